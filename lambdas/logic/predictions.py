"""What is asked of the live endpoint: held-out ratings to show, unseen items to rank, and whether it answers truly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.model import FactorizationMachine
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.inference import JSON, Predictions, decode_response, encode_request
from prep.triplet import Triplet

USERS = 3
SHOWN = 10
TOLERANCE = 1e-4
_ROWS_PER_REQUEST = 2_000  # of users and items alone about 160 kB of sparse JSON, quick to answer
_VALUES_PER_REQUEST = 50_000  # of columns in other blocks: at most 2 MB, far below the limit of 6

Invoke = Callable[[bytes], bytes]
"""A request's body → the response's, both JSON."""
Encode = Callable[[NDArray[Any], NDArray[Any]], Triplet]
"""Ids of users and items (n,) each → their rows."""
Pairs = tuple[NDArray[Any], NDArray[Any]]
"""Ids of users and items, (n,) each."""


class PredictionMismatch(ValueError):
    """The endpoint answers something else than its artifact scores."""


@dataclass(frozen=True)
class Scored:
    """What the endpoint said of (user, item) pairs: ids (n,), float32 scores and predicted labels (n,)."""

    users: NDArray[Any]
    items: NDArray[Any]
    scores: NDArray[np.float32]
    labels: NDArray[np.float32]

    def titled(self, catalogue: Catalogue) -> list[dict[str, Any]]:
        """One JSON object per pair."""
        columns = zip(self.users.tolist(), self.items.tolist(), self.scores.tolist(), self.labels.tolist(), strict=True)
        return [
            {"user": user, "item": item, "title": catalogue.title(item), "score": score, "predicted_label": int(label)}
            for user, item, score, label in columns
        ]


class LivePredictor:
    """Asks the endpoint, and holds every answer against the artifact."""

    def __init__(self, model: FactorizationMachine, encode: Encode, invoke: Invoke) -> None:
        self._model, self._encode, self._invoke = model, encode, invoke
        self.rows = 0
        self.largest_gap = 0.0

    def score(self, users: NDArray[Any], items: NDArray[Any]) -> Scored:
        """Scores of (user, item) pairs, (n,) each. Raises PredictionMismatch, UnknownId."""
        if not users.size:  # an endpoint refuses a request without rows
            return Scored(users, items, np.empty(0, np.float32), np.empty(0, np.float32))
        x = self._encode(users, items)
        answers = [self._ask(x.take(part)) for part in parts(x)]
        scores = np.concatenate([answer.scores for answer in answers])
        self._hold_against_artifact(x, scores)
        return Scored(users, items, scores, np.concatenate([_labels(answer) for answer in answers]))

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


def held_out(predictor: LivePredictor, test: Pairs) -> Scored:
    """The first few users' held-out pairs, a few each."""
    users, items = test
    chosen = np.concatenate([np.flatnonzero(users == user)[:SHOWN] for user in np.unique(users)[:USERS]])
    return predictor.score(users[chosen], items[chosen])


def seen_items(users: NDArray[Any], parts: Iterable[Pairs]) -> dict[Any, NDArray[Any]]:
    """The items that each of these users has rated, distinct, in the order of the users' ids."""
    wanted = np.unique(users)
    seen: dict[Any, list[NDArray[Any]]] = {user: [] for user in wanted.tolist()}
    for part_users, part_items in parts:
        of_wanted = np.isin(part_users, wanted)
        for user in np.unique(part_users[of_wanted]).tolist():
            seen[user].append(part_items[of_wanted & (part_users == user)])
    return {user: np.unique(np.concatenate(items)) for user, items in seen.items()}


def unseen(predictor: LivePredictor, space: FeatureSpace, user: Any, seen: NDArray[Any]) -> Scored:
    """The unseen items that the classifier scores highest for one user, best first; equal scores by item id.

    `seen` are the items the user rated. This orders by the probability of a like *if the user rates the item*, which is
    not what a user would watch next: the ranking model of a later version is.
    """
    items = np.setdiff1d(space.items, seen)
    scored = predictor.score(np.full(len(items), user), items)
    best = np.argsort(-scored.scores, kind="stable")[:SHOWN]  # the items are in the order of their ids
    return Scored(scored.users[best], items[best], scored.scores[best], scored.labels[best])


def parts(x: Triplet) -> Iterator[NDArray[np.int64]]:
    """The rows, cut where a request would have too many rows or values."""
    first = 0
    while first < x.rows:
        most = int(np.searchsorted(x.indptr, x.indptr[first] + _VALUES_PER_REQUEST, side="right")) - 1
        stop = min(max(first + 1, most), first + _ROWS_PER_REQUEST, x.rows)
        yield np.arange(first, stop)
        first = stop


def _labels(answer: Predictions) -> NDArray[np.float32]:
    if answer.labels is None:
        raise PredictionMismatch("predictions without labels, expected those of a classifier")
    return answer.labels
