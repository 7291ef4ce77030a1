"""A factorization machine folded to one vector and one number for each user and each item.

Where no pair of features stands across, a row that is a user's features beside an item's has the score

    w0 + (user's own terms) + (item's own terms) + (user's sum of factors) · (item's sum of factors)

(Rendle, "Factorization Machines", ICDM 2010, lemma 3.1, over two groups; :mod:`fm.terms`), so that all items of a user
are one matrix-vector product, and rows are needed no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fm.errors import FeatureCountMismatch, FoldingError
from fm.matrix import Rows, SparseRows, as_rows
from fm.model import FactorizationMachine
from fm.terms import group_terms

_CHUNK_NUMBERS = 1 << 22
"""Gathered factors held at once, 32 MB of float64."""


class UserVector(NamedTuple):
    """What a user brings to every score: ``vector`` (factors,) float32, and ``term``, the same for all items."""

    vector: NDArray[np.float32]
    term: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Folded:
    """Users and items of a model, by position.

    ``users`` (n_users, factors), ``items`` (n_items, factors): sums of factors. ``user_terms`` (n_users,),
    ``item_terms`` (n_items,): linear terms and pairs within a user's or an item's own features. All float32 and finite;
    other float types are converted. ``w0``: the model's bias. Raises FoldingError where they do not fit together.
    """

    w0: float
    users: NDArray[np.float32]
    user_terms: NDArray[np.float32]
    items: NDArray[np.float32]
    item_terms: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, ndim in (("users", 2), ("user_terms", 1), ("items", 2), ("item_terms", 1)):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            object.__setattr__(self, name, array)
            if array.ndim != ndim:
                raise FoldingError(f"{name} of shape {array.shape}, expected {ndim} dimension(s)")
        for one, name in (("user", "users"), ("item", "items")):
            vectors, terms = getattr(self, name), getattr(self, f"{one}_terms")
            if terms.size != vectors.shape[0]:
                raise FoldingError(f"{terms.size} {one}_terms, expected one for each of {vectors.shape[0]} {name}")
        if self.users.shape[1] != self.items.shape[1]:
            widths = f"users of {self.users.shape[1]} factors and items of {self.items.shape[1]}"
            raise FoldingError(f"{widths}, expected as many")

    @property
    def n_users(self) -> int:
        """How many users there are."""
        return int(self.user_terms.size)

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return int(self.item_terms.size)

    @property
    def n_factors(self) -> int:
        """Length of every vector."""
        return int(self.items.shape[1])

    @classmethod
    def of_columns(cls, model: FactorizationMachine, *, users: slice, items: slice) -> Folded:
        """Of a space whose rows are one user column and one item column, both 1; no copies.

        Raises FeatureCountMismatch.
        """
        for name, part in (("users", users), ("items", items)):
            if part.step not in (None, 1) or not 0 <= part.start <= part.stop <= model.n_features:
                raise FeatureCountMismatch(f"{name} in columns {part}, expected a part of 0 to {model.n_features}")
        return cls(
            w0=float(model.w0[0]),
            users=model.v[users],
            user_terms=model.w[users],
            items=model.v[items],
            item_terms=model.w[items],
        )

    @classmethod
    def of_rows(cls, model: FactorizationMachine, *, users: SparseRows, items: SparseRows) -> Folded:
        """Of any space: the rows that each user (n_users, features) and each item (n_items, features) brings along.

        Raises FoldingError where a column is both a user's and an item's; FeatureCountMismatch, MalformedMatrix.
        """
        of_users, of_items = as_rows(users), as_rows(items)
        shared = np.intersect1d(of_users.indices, of_items.indices)
        if shared.size:
            raise FoldingError(f"column {shared[0]} in rows of users and of items, expected it in one kind only")
        user_sums, user_terms = fold_rows(model, of_users)
        item_sums, item_terms = fold_rows(model, of_items)
        return cls(
            w0=float(model.w0[0]), users=user_sums, user_terms=user_terms, items=item_sums, item_terms=item_terms
        )

    def raw(self, users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.float32]:
        """Raw scores of pairs, before any sigmoid: positions (n,) each → (n,) float32."""
        products = np.einsum("nf,nf->n", self.users[users], self.items[items])
        return np.asarray(products + self.user_terms[users] + self.item_terms[items] + np.float32(self.w0))

    def of_user(self, user: int) -> UserVector:
        """A user of the model, by position."""
        return UserVector(self.users[user], float(self.user_terms[user]))

    def scores(self, vector: NDArray[np.float32], term: float = 0.0) -> NDArray[np.float32]:
        """Raw scores of all items for one user, (n_items,) float32: one matrix-vector product.

        vector: (factors,). term: the user's own, which changes no order. Raises FoldingError.
        """
        if vector.shape != (self.n_factors,):
            raise FoldingError(f"a vector of shape {vector.shape}, expected ({self.n_factors},)")
        scores = self.items @ vector.astype(np.float32, copy=False)
        scores += self.item_terms
        scores += np.float32(self.w0 + term)
        return np.asarray(scores)


def fold_rows(model: FactorizationMachine, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each row's sum of factors (rows, factors), and its own linear and pair terms (rows,), float32.

    Raises FeatureCountMismatch.
    """
    if rows.n_columns != model.n_features:
        raise FeatureCountMismatch(f"{rows.n_columns} columns, expected {model.n_features} as the model has")
    sums = np.zeros((rows.count, model.n_factors), dtype=np.float32)
    own = np.zeros(rows.count, dtype=np.float32)
    for first, last in rows.parts(max(1, _CHUNK_NUMBERS // max(1, model.n_factors))):
        indptr = rows.indptr[first : last + 1]
        begin, end = indptr[0], indptr[-1]
        filled = np.flatnonzero(np.diff(indptr))
        terms = group_terms(model, rows.indices[begin:end], rows.data[begin:end], indptr[filled] - begin)
        sums[first + filled], own[first + filled] = terms.sums, terms.linear + terms.within
    return sums, own
