"""How far the ratings just prepared are from those that the live model has learnt from.

Two indices of population stability (`fm.evaluation.stability`), each against the live model's own training ratings: of
the scores that it gives, and of the items that are rated, where those it does not know are a bin of their own. Scores
alone do not see a catalogue that is exchanged: what a model does not know it does not score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fm.evaluation.stability import MAJOR, MINOR, counted, edges_of, groups_of, stability_index
from fm.folded import Folded
from lambdas.logic.channels import Ratings
from prep.feature_space import FeatureSpace
from prep.features.ids import find

MOST_SCORED: Final = 1 << 18
"""Ratings whose scores stand for those of all: chance moves an index of so many by .0001."""
FEWEST: Final = 300
"""Ratings that an index needs on either side: by chance so few make it .06 on average, and .25 twice in 100,000."""
_WORDS: Final = {
    "none": f"below {MINOR:g}, no shift",
    "minor": f"{MINOR:g} or more, a minor shift",
    "major": f"{MAJOR:g} or more, a major shift",
}
_AT_ONCE: Final = 1 << 15
_SEED: Final = 0


class NotMeasurable(ValueError):
    """There is nothing to measure drift by; the message ends a sentence that says so."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """What a model has learnt from, as an execution leaves it for later ones.

    edges, scores: deciles of its own scores, and how many there are between them. items: how often each item of its
    feature space was rated, (n_items,). decision: of the ordinal task the threshold whose scores these are.
    """

    edges: NDArray[np.float64]
    scores: NDArray[np.int64]
    items: NDArray[np.int64]
    decision: int | None = None

    @classmethod
    def of(cls, folded: Folded, trained: Ratings, decision: int | None = None) -> Reference:
        """From the model and its training ratings, by position. Raises MetricError."""
        scores = _scores(folded, trained.users, trained.items)
        edges = edges_of(scores)
        items = np.bincount(trained.items, minlength=folded.n_items)
        return cls(edges=edges, scores=counted(scores, edges), items=items, decision=decision)

    def to_json(self) -> bytes:
        """The document `reference.json`."""
        fields = {name: getattr(self, name).tolist() for name in ("edges", "scores", "items")}
        return json.dumps({**fields, "decision": self.decision}).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Reference:
        """Raises NotMeasurable for anything else than `to_json` writes."""
        try:
            found = json.loads(content)
            edges = np.array(found["edges"], np.float64)
            scores, items = (_counts(found[name]) for name in ("scores", "items"))
            decision = found["decision"]
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise NotMeasurable(f"its reference cannot be read: {type(error).__name__}: {error}") from error
        is_sound = edges.ndim == 1 and scores.size == edges.size + 1 and bool((np.diff(edges) > 0).all())
        if not is_sound or not (decision is None or isinstance(decision, int)):
            raise NotMeasurable(f"its reference has {scores.size} bins of scores and {edges.size} edges")
        return cls(edges=edges, scores=scores, items=items, decision=decision)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Known:
    """The live model: its feature space, itself folded to vectors, and what it has learnt from."""

    space: FeatureSpace
    folded: Folded
    reference: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """scores: of ratings whose user and item the live model knows, None of too few. items: of all ratings.

    unknown_items, unknown_users: shares of the ratings. bins: shares before and now, for either index.
    """

    scores: float | None
    items: float
    unknown_items: float
    unknown_users: float
    ratings: int
    bins: Mapping[str, Mapping[str, list[float]]]

    @property
    def index(self) -> float:
        """The greater of both."""
        return max(self.items, self.scores or 0.0)

    @property
    def level(self) -> str:
        """By the custom of those who use the index."""
        return "major" if self.index >= MAJOR else "minor" if self.index >= MINOR else "none"

    def as_json(self) -> dict[str, Any]:
        """What the evaluation document has of it."""
        return {
            "measured": True,
            "reason": self._sentence(),
            "level": self.level,
            "index": self.index,
            "scores": self.scores,
            "items": self.items,
            "unknown_items": self.unknown_items,
            "unknown_users": self.unknown_users,
            "ratings": self.ratings,
            "bins": self.bins,
        }

    def _sentence(self) -> str:
        scores = "too few to tell of scores" if self.scores is None else f"{self.scores:.4f} of scores"
        return (
            f"PSI {self.items:.4f} of items and {scores} beside what the live model has learnt from: "
            f"{_WORDS[self.level]}; of {self.ratings:,} ratings {_percent(self.unknown_items)} are of items and "
            f"{_percent(self.unknown_users)} of users that it does not know"
        )


def not_measured(why: str) -> dict[str, Any]:
    """The same where there is no index, in words."""
    return {"measured": False, "reason": f"not measured: {why}"}


def measure(live: Known, ratings: Ratings, space: FeatureSpace) -> Drift:
    """Of ratings by their positions in ``space``. Raises NotMeasurable."""
    before, n_ratings = live.reference, int(ratings.items.size)
    if before.items.size != live.folded.n_items:
        raise NotMeasurable(f"its reference is of {before.items.size} items, the model of {live.folded.n_items}")
    if min(n_ratings, before.items.sum()) < FEWEST:
        raise NotMeasurable(f"{n_ratings} ratings beside {before.items.sum()}, expected {FEWEST} of each")
    users = find(live.space.users, space.users)[ratings.users]
    items = find(live.space.items, space.items)[ratings.items]
    of_items = _of_items(before, items)
    of_scores = _of_scores(live, users, items)
    return Drift(
        scores=None if of_scores is None else stability_index(*of_scores),
        items=stability_index(*of_items),
        unknown_items=float(np.mean(items < 0)),
        unknown_users=float(np.mean(users < 0)),
        ratings=n_ratings,
        bins={"items": _shares(of_items), **({} if of_scores is None else {"scores": _shares(of_scores)})},
    )


def _of_items(before: Reference, items: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ratings of items by tenths of the reference, the most popular items first; last those of items not known."""
    groups = groups_of(before.items)
    bins = int(groups.max()) + 1
    is_known = items >= 0
    reference = np.bincount(groups, before.items, minlength=bins).astype(np.int64)
    current = np.bincount(groups[items[is_known]], minlength=bins)
    return np.append(reference, 0), np.append(current, np.count_nonzero(~is_known))


def _of_scores(
    live: Known, users: NDArray[np.int64], items: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    is_known = (users >= 0) & (items >= 0)
    if min(np.count_nonzero(is_known), live.reference.scores.sum()) < FEWEST:
        return None
    scores = _scores(live.folded, users[is_known], items[is_known])
    return live.reference.scores, counted(scores, live.reference.edges)


def _scores(folded: Folded, users: NDArray[Any], items: NDArray[Any]) -> NDArray[np.float32]:
    """Raw ones, of all pairs (n,) or of as many as stand for them."""
    if users.size > MOST_SCORED:
        drawn = np.random.default_rng(_SEED).integers(users.size, size=MOST_SCORED)
        users, items = users[drawn], items[drawn]
    parts = (slice(first, first + _AT_ONCE) for first in range(0, users.size, _AT_ONCE))
    return np.concatenate([np.empty(0, np.float32), *(folded.raw(users[part], items[part]) for part in parts)])


def _shares(pair: tuple[NDArray[np.int64], NDArray[np.int64]]) -> dict[str, list[float]]:
    named = zip(("before", "now"), pair, strict=True)
    return {name: np.round(counts / counts.sum(), 4).tolist() for name, counts in named}


def _counts(given: object) -> NDArray[np.int64]:
    found = np.array(given)
    if found.ndim != 1 or found.dtype.kind != "i" or (found < 0).any():
        raise ValueError(f"counts of shape {found.shape} and type {found.dtype}, expected (n,) whole numbers from 0")
    return found.astype(np.int64)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
