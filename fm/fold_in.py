"""A vector for a user whom the model never saw, from what they like and dislike; the items' vectors stay as they are.

With z = (user's vector, user's term), x_i = (item's vector, 1) and o_i = w0 + the item's term, the raw score of item i
is s_i = o_i + z · x_i. The user is the z with the least of the loss that the ranking model is trained with,

    Σ_liked −log σ(s_i) + negatives · likes · mean_all −log σ(−s_i) + dislike · Σ_disliked −log σ(−s_i)

and of −log of a normal distribution with the trained users' mean and covariance. The mean over all items is taken by
its second-order expansion around the mean user, which is the same for everybody (:class:`ItemPrior`): a user costs
O(rated · factors² + factors³), however many items there are. On ml-100k it ranks as the sum over all items does
(NDCG@10 .1927 and .1915, on validation splits).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import FoldInError, NothingToFoldIn
from fm.folded import Folded, UserVector

Floats = NDArray[np.float64]

_CHUNK_ROWS: Final = 1 << 13
_LEAST_VARIANCE: Final = 1e-12
_MOST_STEPS: Final = 50
_LEAST_DECREASE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldIn:
    """What a new user's likes and dislikes weigh. The defaults are for a ranking model; docs/presets.md has how they
    were found.

    negatives: items of the whole catalogue held against each like, as in training; 0 for none. dislike: what a dislike
    weighs beside a like. prior: how strongly the user is held to the trained ones, 1 for as strongly as these are held
    together. liked_from: the raw score from which an item counts as liked. Raises FoldInError.
    """

    negatives: float = 8.0
    dislike: float = 0.3
    prior: float = 0.3
    liked_from: float = 0.0

    def __post_init__(self) -> None:
        is_usable = self.negatives >= 0 and self.dislike > 0 and self.prior > 0
        if not is_usable or not np.isfinite([self.negatives, self.dislike, self.prior, self.liked_from]).all():
            raise FoldInError(f"{self}, expected finite numbers, negatives ≥ 0, dislike and prior above 0")
        if self.negatives and self.liked_from:
            raise FoldInError(f"{self}, expected liked_from 0 beside negatives: they belong to a ranking model")

    @classmethod
    def of_ratings(cls, liked_from: float = 0.0) -> FoldIn:
        """For a model of observed ratings, where only a dislike speaks against an item.

        liked_from: of a regressor the rating that counts as a like.
        """
        return cls(negatives=0.0, dislike=1.0, liked_from=liked_from)


RANKING: Final = FoldIn()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ItemPrior:
    """What is known before anything is liked, float64; factors + 1 = d numbers stand for a user.

    ``mean`` (d,), ``precision`` (d, d): of the trained users' vectors and terms. ``pull`` (d,), ``gram`` (d, d): the
    mean over items of −log σ(−s_i) is, but for a constant, pull · (z − mean) + ½ (z − mean) · gram (z − mean).
    """

    mean: Floats
    precision: Floats
    pull: Floats
    gram: Floats

    @classmethod
    def of(cls, folded: Folded, users: NDArray[np.integer] | None = None) -> ItemPrior:
        """Of all users, or of some by position: those who were trained. O((users + items) · factors²).

        Raises FoldInError where there is none.
        """
        mean, precision = _spread_of_users(folded, np.arange(folded.n_users) if users is None else users)
        pull, gram = np.zeros_like(mean), np.zeros_like(precision)
        for first in range(0, folded.n_items, _CHUNK_ROWS):
            x, offsets = _items(folded, slice(first, first + _CHUNK_ROWS))
            p = _sigmoid(offsets + x @ mean)
            pull += p @ x
            gram += (x * (p * (1 - p))[:, None]).T @ x
        count = max(1, folded.n_items)
        return cls(mean=mean, precision=precision, pull=pull / count, gram=gram / count)


def fold_in(
    folded: Folded,
    liked: ArrayLike,
    disliked: ArrayLike = (),
    *,
    prior: ItemPrior | None = None,
    settings: FoldIn = RANKING,
) -> UserVector:
    """The vector and the term of a new user who likes and dislikes items, given by position.

    Their order does not matter, nor does an item given twice. prior: ``ItemPrior.of(folded)``, which a server makes
    once. Raises NothingToFoldIn for neither likes nor dislikes, and FoldInError for a position that is none, or an item
    both liked and disliked.
    """
    likes, dislikes = _positions("liked", liked, folded.n_items), _positions("disliked", disliked, folded.n_items)
    if not likes.size and not dislikes.size:
        raise NothingToFoldIn("0 liked and 0 disliked items, expected at least one")
    if both := np.intersect1d(likes, dislikes).tolist():
        raise FoldInError(f"item {both[0]} both liked and disliked, expected it once")
    known = ItemPrior.of(folded) if prior is None else prior
    x, offsets = _items(folded, np.concatenate((likes, dislikes)))
    counts = (likes.size, dislikes.size)
    loss = _Loss(
        x=x,
        at_mean=offsets + x @ known.mean - settings.liked_from,
        signs=np.repeat((1.0, -1.0), counts),
        weights=np.repeat((1.0, settings.dislike), counts),
        pull=settings.negatives * likes.size * known.pull,
        curvature=settings.negatives * likes.size * known.gram + settings.prior * known.precision,
    )
    z = known.mean + loss.least()
    return UserVector(z[:-1].astype(np.float32), float(z[-1]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Loss:
    """Σ weights · −log σ(signs · (at_mean + x · off)) + pull · off + ½ off · curvature off, convex in ``off`` (d,)."""

    x: Floats
    at_mean: Floats
    signs: Floats
    weights: Floats
    pull: Floats
    curvature: Floats

    def at(self, off: Floats) -> float:
        margins = self.signs * (self.at_mean + self.x @ off)
        return float(self.weights @ np.logaddexp(0, -margins) + self.pull @ off + 0.5 * off @ self.curvature @ off)

    def least(self) -> Floats:
        """Where it is least: Newton's steps from 0, halved while they lead up."""
        off = np.zeros_like(self.pull)
        value = self.at(off)
        for _ in range(_MOST_STEPS):
            step, decrease = self._step(off)
            if decrease <= _LEAST_DECREASE * (1 + abs(value)):
                break
            size = 1.0
            # Armijo's rule: a quarter of what the slope promises is enough.
            while (lower := self.at(off + size * step)) > value - 0.25 * size * decrease and size > 1e-6:
                size /= 2
            off, value = off + size * step, lower
        return off

    def _step(self, off: Floats) -> tuple[Floats, float]:
        """Newton's step (d,), and how much the slope along it is below zero."""
        wrong = _sigmoid(-self.signs * (self.at_mean + self.x @ off))
        slope = self.pull + self.curvature @ off - (self.weights * self.signs * wrong) @ self.x
        bend = self.curvature + (self.x * (self.weights * wrong * (1 - wrong))[:, None]).T @ self.x
        step = -np.asarray(np.linalg.solve(bend, slope), np.float64)
        return step, float(-slope @ step)


def _spread_of_users(folded: Folded, users: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Mean (d,) and inverse covariance (d, d) of vectors and terms.

    The covariance is drawn towards that of numbers that vary alike, each by itself, as if d more such users had been
    seen; so few users have one with an inverse, and of many it stays what it is.
    """
    if not users.size:
        raise FoldInError("0 trained users, expected at least one")
    d = folded.n_factors + 1
    total, products = np.zeros(d), np.zeros((d, d))
    for first in range(0, users.size, _CHUNK_ROWS):
        part = users[first : first + _CHUNK_ROWS]
        z = np.column_stack((folded.users[part], folded.user_terms[part])).astype(np.float64)
        total += z.sum(axis=0)
        products += z.T @ z
    mean = total / users.size
    scatter = products - users.size * np.outer(mean, mean)
    alike = max(np.trace(scatter) / (users.size * d), _LEAST_VARIANCE)
    covariance = (scatter + d * alike * np.eye(d)) / (users.size + d)
    return mean, np.asarray(np.linalg.inv(covariance), np.float64)


def _items(folded: Folded, which: slice | NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Vectors with a one after them (n, d), and what is added to their product (n,)."""
    vectors = folded.items[which].astype(np.float64)
    return np.column_stack((vectors, np.ones(len(vectors)))), folded.w0 + folded.item_terms[which].astype(np.float64)


def _positions(what: str, given: ArrayLike, n_items: int) -> NDArray[np.int64]:
    """Ascending and distinct."""
    found: NDArray[Any] = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise FoldInError(f"{what} items of shape {found.shape} and type {found.dtype}, expected (n,) whole numbers")
    distinct = np.unique(found).astype(np.int64)
    if distinct.size and not 0 <= distinct[0] <= distinct[-1] < n_items:
        outside = distinct[0] if distinct[0] < 0 else distinct[-1]
        raise FoldInError(f"{what} item {outside}, expected 0 to {n_items - 1}")
    return distinct


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))
