"""What the live endpoint is asked of held-out ratings and unseen items, and whether it answers truly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.model import FactorizationMachine
from lambdas.logic.channels import Ratings
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.inference import JSON, Predictions, decode_response, encode_request
from prep.triplet import Triplet

USERS = 10
SHOWN = 10
TOLERANCE = 1e-4
_ROWS_PER_REQUEST = 2_000  # of users and items alone about 160 kB of sparse JSON, quick to answer
_VALUES_PER_REQUEST = 50_000  # of columns in other blocks: at most 2 MB, far below the limit of 6

Invoke = Callable[[bytes], bytes]
"""A request's body → the response's, both JSON."""
Encode = Callable[[NDArray[Any], NDArray[Any]], Triplet]
"""Ids of users and items (n,) each → their rows."""


class PredictionMismatch(ValueError):
    """The endpoint answers something else than its artifact scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a model said of (user, item) pairs: ids (n,), float32 scores (n,), and predicted labels (n,) if it has any.

    A regressor has none, and neither has a model whose scores order items and decide nothing.
    """

    users: NDArray[Any]
    items: NDArray[Any]
    scores: NDArray[np.float32]
    labels: NDArray[np.float32] | None

    def take(self, at: NDArray[np.intp]) -> Scored:
        """The pairs at these places."""
        labels = None if self.labels is None else self.labels[at]
        return Scored(self.users[at], self.items[at], self.scores[at], labels)

    def titled(self, catalogue: Catalogue) -> list[dict[str, Any]]:
        """One JSON object per pair; ``predicted_label`` is null where there is none."""
        labels = [None] * self.users.size if self.labels is None else self.labels.astype(int).tolist()
        columns = zip(self.users.tolist(), self.items.tolist(), self.scores.tolist(), labels, strict=True)
        return [
            {"user": user, "item": item, "title": catalogue.title(item), "score": score, "predicted_label": label}
            for user, item, score, label in columns
        ]


Score = Callable[[NDArray[Any], NDArray[Any]], Scored]
"""Ids of users and items (n,) each → what a model says of them."""


class LivePredictor:
    """Asks the endpoint, and holds every answer against the artifact."""

    def __init__(self, model: FactorizationMachine, encode: Encode, invoke: Invoke) -> None:
        self._model, self._encode, self._invoke = model, encode, invoke
        self.rows = 0
        self.largest_gap = 0.0

    def score(self, users: NDArray[Any], items: NDArray[Any]) -> Scored:
        """Scores of (user, item) pairs, (n,) each. Raises PredictionMismatch, UnknownId."""
        if not users.size:  # an endpoint refuses a request without rows
            return Scored(users, items, np.empty(0, np.float32), None)
        x = self._encode(users, items)
        answers = [self._ask(x.take(part)) for part in parts(x)]
        scores = np.concatenate([answer.scores for answer in answers])
        self._hold_against_artifact(x, scores)
        return Scored(users, items, scores, self._labels(answers))

    def _ask(self, x: Triplet) -> Predictions:
        answer = decode_response(self._invoke(encode_request(x)), content_type=JSON)
        if len(answer.scores) != x.rows:
            raise PredictionMismatch(f"{len(answer.scores)} predictions for {x.rows} rows")
        return answer

    def _hold_against_artifact(self, x: Triplet, scores: NDArray[np.float32]) -> None:
        expected, _ = self._model.predict(x)
        gaps = np.abs(scores - expected)
        worst = int(np.argmax(gaps))
        if not gaps[worst] <= TOLERANCE:
            raise PredictionMismatch(
                f"endpoint scores {scores[worst]:.6f}, expected the artifact's {expected[worst]:.6f} within {TOLERANCE}"
            )
        self.rows += x.rows
        self.largest_gap = max(self.largest_gap, float(gaps[worst]))

    def _labels(self, answers: list[Predictions]) -> NDArray[np.float32] | None:
        """Those of a classifier, none of a regressor."""
        labels = [answer.labels for answer in answers if answer.labels is not None]
        kind = self._model.predictor_type
        if len(labels) != (len(answers) if kind == "binary_classifier" else 0):
            found = "with" if labels else "without"
            raise PredictionMismatch(f"predictions {found} labels, expected those of a {kind}")
        return np.concatenate(labels) if labels else None


def artifact_score(model: FactorizationMachine, encode: Encode) -> Score:
    """What an artifact that no endpoint serves says of pairs: scores alone. Raises UnknownId."""

    def score(users: NDArray[Any], items: NDArray[Any]) -> Scored:
        return Scored(users, items, model.predict(encode(users, items))[0], None)

    return score


def held_out(score: Score, space: FeatureSpace, test: Ratings) -> Scored:
    """The first few users' held-out ratings, a few each."""
    first = np.unique(test.users)[:USERS]
    chosen = np.concatenate([np.flatnonzero(test.users == user)[:SHOWN] for user in first])
    return score(space.users[test.users[chosen]], space.items[test.items[chosen]])


def parts(x: Triplet) -> Iterator[NDArray[np.int64]]:
    """The rows, cut where a request would have too many rows or values."""
    first = 0
    while first < x.rows:
        most = int(np.searchsorted(x.indptr, x.indptr[first] + _VALUES_PER_REQUEST, side="right")) - 1
        stop = min(max(first + 1, most), first + _ROWS_PER_REQUEST, x.rows)
        yield np.arange(first, stop)
        first = stop
