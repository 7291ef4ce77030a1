"""The one owner of column indices: which column stands for which user and which item.

Users come first, then items, each block in ascending order of id, as in the blog post: ml-100k gives 943 + 1,682 =
2,625 columns. The document ``feature_space.json`` travels with the model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep import documents
from prep.errors import NotOneHot, UnknownId, UnreadableDocument
from prep.triplet import Triplet

VERSION: Final = 1
MAX_FEATURES: Final = 1 << 25
"""What a document may hold: three times the largest ``feature_dim`` that SageMaker suggests; 270 MB of ids."""

Run = tuple[int, int]
"""The first of ids in a row, and how many there are."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSpace:
    """Column layout of one user block and one item block.

    users, items: int64, ascending and distinct. Make one with ``FeatureSpace.of``, which sees to that.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]

    @classmethod
    def of(cls, *, users: ArrayLike, items: ArrayLike) -> FeatureSpace:
        """The space of these ids, in any order and however often each occurs."""
        return cls(np.unique(_whole(users)), np.unique(_whole(items)))

    @property
    def feature_dim(self) -> int:
        """Number of columns, SageMaker's hyperparameter of that name."""
        return len(self.users) + len(self.items)

    def encode(self, users: ArrayLike, items: ArrayLike) -> Triplet:
        """One-hot rows, one per (user, item) pair: two float32 ones each, columns ascending.

        users, items: whole numbers (n,), or one. Raises UnknownId naming the first id without a column, ValueError for
        arrays of another shape, or not of one length.
        """
        user_column = _positions(self.users, users, kind="user")
        item_column = _positions(self.items, items, kind="item") + len(self.users)
        if len(user_column) != len(item_column):
            raise ValueError(f"{len(user_column)} users and {len(item_column)} items, expected as many of each")
        indices = np.column_stack((user_column, item_column)).ravel()
        return Triplet(
            indptr=np.arange(0, len(indices) + 1, 2, dtype=np.int64),
            indices=indices,
            data=np.ones(len(indices), dtype=np.float32),
            n_columns=self.feature_dim,
        )

    def decode(self, x: Triplet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The (users, items) that ``encode`` made these rows from, int64 (n,) each. Raises NotOneHot for other rows."""
        if x.n_columns != self.feature_dim:
            raise NotOneHot(f"rows of {x.n_columns} columns, expected {self.feature_dim}")
        lengths = np.diff(x.indptr)
        if (wrong := np.flatnonzero(lengths != 2)).size:
            raise NotOneHot(f"row {wrong[0]}: {lengths[wrong[0]]} values, expected one user and one item")
        user_column, item_column = x.indices.reshape(-1, 2).T
        first_item = len(self.users)
        is_pair = (user_column >= 0) & (user_column < first_item) & (first_item <= item_column)
        is_pair &= (item_column < self.feature_dim) & (x.data.reshape(-1, 2) == 1).all(axis=1)
        if (wrong := np.flatnonzero(~is_pair)).size:
            found = x.indices[2 * wrong[0] : 2 * wrong[0] + 2].tolist()
            raise NotOneHot(f"row {wrong[0]}: columns {found}, expected a one for a user, then a one for an item")
        return self.users[user_column], self.items[item_column - first_item]

    def to_json(self) -> bytes:
        """A compact document: ids as runs [first, count], so dense ids take one run whatever their number."""
        blocks = [{"name": "user", "runs": _runs(self.users)}, {"name": "item", "runs": _runs(self.items)}]
        document = {"version": VERSION, "feature_dim": self.feature_dim, "blocks": blocks}
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, document: bytes | str) -> FeatureSpace:
        """Reads what ``to_json`` wrote. Raises UnreadableDocument."""
        stated, users, items = _checked(document)
        counted = sum(count for _, count in [*users, *items])
        if type(stated) is not int or not stated == counted <= MAX_FEATURES:
            found = f"runs of {counted} ids, feature_dim {documents.excerpt(stated)}"
            raise UnreadableDocument(f"feature space: {found}, expected as many, at most {MAX_FEATURES}")
        space = cls.of(users=_from_runs(users), items=_from_runs(items))
        if space.feature_dim != counted:
            raise UnreadableDocument(f"feature space: {space.feature_dim} distinct ids, expected feature_dim {stated}")
        return space


def _positions(ids: NDArray[np.int64], wanted: ArrayLike, *, kind: str) -> NDArray[np.int64]:
    values = _whole(wanted)
    position = np.searchsorted(ids, values)
    is_known = position < len(ids)
    is_known[is_known] = ids[position[is_known]] == values[is_known]
    if not is_known.all():
        unknown = values[~is_known][0]
        span = f"one of {len(ids)} ids from {ids[0]} to {ids[-1]}" if len(ids) else "none: the space has no ids"
        raise UnknownId(f"{kind} {unknown} has no column, expected {span}")
    return position.astype(np.int64)


def _whole(ids: ArrayLike) -> NDArray[np.int64]:
    values = np.atleast_1d(np.asarray(ids))
    if values.ndim != 1:
        raise ValueError(f"ids of shape {values.shape}, expected (n,)")
    # A float id would be cut to the whole number below it without a word. An empty list is float64 to NumPy.
    return values.astype(np.int64, casting="safe" if values.size else "unsafe")


def _runs(ids: NDArray[np.int64]) -> list[list[int]]:
    starts = np.flatnonzero(np.diff(ids, prepend=ids[:1] - 2) != 1)
    counts = np.diff(starts, append=len(ids))
    return [[int(first), int(count)] for first, count in zip(ids[starts], counts, strict=True)]


def _from_runs(runs: list[Run]) -> NDArray[np.int64]:
    whole = [np.arange(first, first + count, dtype=np.int64) for first, count in runs]
    return np.concatenate([np.empty(0, np.int64), *whole])


def _checked(document: bytes | str) -> tuple[Any, list[Run], list[Run]]:
    """The stated ``feature_dim`` and the runs of users and of items."""
    content = documents.parse_version(document, VERSION, what="feature space")
    match content.get("blocks"):
        case [{"name": "user", "runs": list(users)}, {"name": "item", "runs": list(items)}]:
            return content.get("feature_dim"), [_run(run) for run in users], [_run(run) for run in items]
        case blocks:
            expected = "a user and an item block of runs"
            raise UnreadableDocument(f"feature space: blocks {documents.excerpt(blocks)}, expected {expected}")


def _run(run: Any) -> Run:
    match run:
        case [int(first), int(count)] if all(map(documents.is_int64, (first, count, first + count - 1))) and count > 0:
            return first, count
        case _:
            raise UnreadableDocument(f"feature space: run {documents.excerpt(run)}, expected [first id, how many]")
