"""A vector for a user whom the model never saw, from what they like and dislike; the items' vectors stay as they are.

With z = (user's vector, user's term), x_i = (item's vector, 1) and o_i = w0 + the item's term, the raw score of item i
is s_i = o_i + z · x_i. The vector is the z that minimises the loss which the ranking model is trained with,

    Σ_liked −log σ(s_i) + Σ_disliked −weight · log σ(−s_i) + negatives · mean_all −log σ(−s_i)

plus a Gaussian prior with the mean and covariance of the trained users' vectors. The mean over all items is taken by
its second-order expansion, which is the same for everybody (:class:`ItemPrior`), so a person costs
O(rated · factors² + factors³), however many items there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import FoldInError, NothingToFoldIn
from fm.folded import Folded, UserVector

Floats = NDArray[np.float64]

_CHUNK_ITEMS: Final = 1 << 13
_MOST_STEPS: Final = 20
_SMALL_STEP: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldIn:
    """negatives: items held against each like, as in training. dislike: what a dislike weighs beside a like.

    prior: how strongly the vector is held to those of the trained users; 1 as they are spread.
    """

    negatives: float = 8.0
    dislike: float = 0.5
    prior: float = 1.0


DEFAULT: Final = FoldIn()


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
        """Of all users, or of the trained ones, given by position. O((users + items) · factors²)."""
        trained = _with_term(folded, users)
        mean = trained.mean(axis=0)
        off = trained - mean
        covariance = off.T @ off / max(1, len(trained))
        ridge = 1e-3 * np.trace(covariance) / covariance.shape[0] + np.finfo(np.float32).tiny
        precision = np.linalg.inv(covariance + ridge * np.eye(covariance.shape[0]))
        pull, gram = np.zeros_like(mean), np.zeros_like(precision)
        for first in range(0, folded.n_items, _CHUNK_ITEMS):
            x, offsets = _items(folded, slice(first, first + _CHUNK_ITEMS))
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
    settings: FoldIn = DEFAULT,
) -> UserVector:
    """The vector and the term of a new user who likes and dislikes items, given by position in any order.

    prior: ``ItemPrior.of(folded)``, which a server makes once. Raises NothingToFoldIn for neither likes nor dislikes,
    and FoldInError for a position that is none, or an item both liked and disliked.
    """
    likes, dislikes = _positions("liked", liked, folded.n_items), _positions("disliked", disliked, folded.n_items)
    if not likes.size and not dislikes.size:
        raise NothingToFoldIn("0 liked and 0 disliked items, expected at least one")
    if both := np.intersect1d(likes, dislikes).tolist():
        raise FoldInError(f"item {both[0]} liked and disliked, expected one of both")
    known = ItemPrior.of(folded) if prior is None else prior
    x, offsets = _items(folded, np.concatenate((likes, dislikes)))
    wants = np.repeat((1.0, 0.0), (likes.size, dislikes.size))
    weights = np.repeat((1.0, settings.dislike), (likes.size, dislikes.size))
    negatives = settings.negatives * max(1, likes.size)
    pull = negatives * known.pull
    curvature = negatives * known.gram + settings.prior * known.precision
    off = np.zeros_like(known.mean)
    for _ in range(_MOST_STEPS):
        p = _sigmoid(offsets + x @ (known.mean + off))
        slope = pull + curvature @ off + (weights * (p - wants)) @ x
        bend = curvature + (x * (weights * p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(bend, slope)
        off -= step
        if np.abs(step).max() <= _SMALL_STEP:
            break
    z = known.mean + off
    return UserVector(z[:-1].astype(np.float32), float(z[-1]))


def _with_term(folded: Folded, users: NDArray[np.integer] | None) -> Floats:
    vectors = folded.users if users is None else folded.users[users]
    terms = folded.user_terms if users is None else folded.user_terms[users]
    return np.column_stack((vectors, terms)).astype(np.float64)


def _items(folded: Folded, which: slice | NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Vectors with a one after them (n, d), and what is added to their product (n,)."""
    vectors = folded.items[which].astype(np.float64)
    return np.column_stack((vectors, np.ones(len(vectors)))), folded.w0 + folded.item_terms[which].astype(np.float64)


def _positions(what: str, given: ArrayLike, n_items: int) -> NDArray[np.int64]:
    """Ascending and distinct."""
    found: NDArray[Any] = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise FoldInError(f"{what} of shape {found.shape} and type {found.dtype}, expected (n,) whole numbers")
    distinct = np.unique(found).astype(np.int64)
    if distinct.size and not 0 <= distinct[0] <= distinct[-1] < n_items:
        outside = distinct[0] if distinct[0] < 0 else distinct[-1]
        raise FoldInError(f"{what} item {outside}, expected 0 to {n_items - 1}")
    return distinct


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))
