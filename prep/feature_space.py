"""The one owner of column indices: which column stands for which user, which item, and what else is known of a row.

Users come first, then items, each block in ascending order of id, as in the blog post: ml-100k gives 943 + 1,682 =
2,625 columns. Optional blocks follow (``features.blocks``). The document ``feature_space.json`` travels with the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep.errors import NotOneHot, NotPlain
from prep.features import space_document
from prep.features.blocks import THRESHOLDS, Block, fault, placed
from prep.features.ids import Ids, distinct, positions
from prep.triplet import Triplet

__all__ = ["Block", "FeatureSpace", "Ids"]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSpace:
    """Column layout of one user block, one item block, and the optional blocks after them.

    users, items: int64 or ``<U``, ascending and distinct. blocks: the optional ones, each in its place. Make one with
    ``FeatureSpace.of``, which sees to all that. Raises ValueError for blocks that are not one after the other.
    """

    users: Ids
    items: Ids
    blocks: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        if problem := fault(self.blocks, users=len(self.users), items=len(self.items)):
            raise ValueError(problem)

    @classmethod
    def of(cls, *, users: ArrayLike, items: ArrayLike, blocks: Iterable[Block] = ()) -> FeatureSpace:
        """The space of these ids, in any order and however often each occurs, and of these blocks, in this order."""
        user_ids, item_ids = distinct(users), distinct(items)
        return cls(user_ids, item_ids, placed(blocks, len(user_ids) + len(item_ids)))

    @property
    def feature_dim(self) -> int:
        """Number of columns, SageMaker's hyperparameter of that name."""
        return self.blocks[-1].stop if self.blocks else len(self.users) + len(self.items)

    @property
    def all_blocks(self) -> tuple[Block, ...]:
        """All blocks in the order of their columns: users, items, then the optional ones."""
        users = Block("user", "user", len(self.users))
        return (users, Block("item", "item", len(self.items), first=users.stop), *self.blocks)

    @property
    def is_plain(self) -> bool:
        """Whether a row is one user and one item and nothing else."""
        return not self.blocks

    @property
    def thresholds(self) -> tuple[str, ...]:
        """The thresholds of the ordinal task, or none."""
        return next((block.categories for block in self.blocks if block.kind == THRESHOLDS), ())

    def positions_of_users(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The column of each user, (n,): its position among users. Raises UnknownId naming the first without one."""
        return positions(self.users, ids, kind="user")

    def positions_of_items(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The position of each item among items, (n,). Raises UnknownId naming the first that has none."""
        return positions(self.items, ids, kind="item")

    def encode(self, users: ArrayLike, items: ArrayLike) -> Triplet:
        """One-hot rows of a plain space, one per (user, item) pair: two float32 ones each, columns ascending.

        users, items: ids (n,), or one. Raises UnknownId naming the first id without a column, ValueError for arrays of
        another shape, or not of one length, and NotPlain where rows have more to them (``features.encoder``).
        """
        if not self.is_plain:
            names = ", ".join(block.name for block in self.blocks)
            raise NotPlain(f"a feature space with blocks {names}, expected users and items alone")
        user_column = self.positions_of_users(users)
        item_column = self.positions_of_items(items) + len(self.users)
        if len(user_column) != len(item_column):
            raise ValueError(f"{len(user_column)} users and {len(item_column)} items, expected as many of each")
        indices = np.column_stack((user_column, item_column)).ravel()
        return Triplet(
            indptr=np.arange(0, len(indices) + 1, 2, dtype=np.int64),
            indices=indices,
            data=np.ones(len(indices), dtype=np.float32),
            n_columns=self.feature_dim,
        )

    def decode(self, x: Triplet) -> tuple[Ids, Ids]:
        """The users and items of rows of this space, ids (n,) each; other blocks may hold anything.

        Raises NotOneHot for a row that is not one user and one item first, and then columns of optional blocks.
        """
        users, items = self.pair_positions(x)
        return self.users[users], self.items[items]

    def pair_positions(self, x: Triplet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same by position among users and items, (n,) each. Raises NotOneHot."""
        user_column, item_column = self._pair_columns(x)
        return user_column, item_column - len(self.users)

    def _pair_columns(self, x: Triplet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if x.n_columns != self.feature_dim:
            raise NotOneHot(f"rows of {x.n_columns} columns, expected {self.feature_dim}")
        lengths = np.diff(x.indptr)
        is_wrong = lengths != 2 if self.is_plain else lengths < 2
        if (wrong := np.flatnonzero(is_wrong)).size:
            raise NotOneHot(f"row {wrong[0]}: {lengths[wrong[0]]} values, expected one user and one item")
        first, first_item, first_other = x.indptr[:-1], len(self.users), len(self.users) + len(self.items)
        user_column, item_column = x.indices[first], x.indices[first + 1]
        is_pair = (user_column >= 0) & (user_column < first_item) & (first_item <= item_column)
        is_pair &= (item_column < first_other) & (x.data[first] == 1) & (x.data[first + 1] == 1)
        if (wrong := np.flatnonzero(~is_pair)).size:
            found = x.indices[first[wrong[0]] : first[wrong[0]] + 2].tolist()
            raise NotOneHot(f"row {wrong[0]}: columns {found}, expected a one for a user, then a one for an item")
        self._check_other_columns(x, first_other)
        return user_column, item_column

    def _check_other_columns(self, x: Triplet, first_other: int) -> None:
        is_other = (x.indices >= first_other) & (x.indices < self.feature_dim)
        is_other[x.indptr[:-1]] = is_other[x.indptr[:-1] + 1] = True
        if (wrong := np.flatnonzero(~is_other)).size:
            row = int(np.searchsorted(x.indptr, wrong[0], side="right")) - 1
            found, expected = x.indices[wrong[0]], f"{first_other} to {self.feature_dim - 1}"
            raise NotOneHot(f"row {row}: column {found} after the user's and the item's, expected {expected}")

    def to_json(self) -> bytes:
        """A compact document: whole-number ids as runs [first, count], so dense ids take one run; text as it is."""
        return space_document.dump(self.users, self.items, self.blocks)

    @classmethod
    def from_json(cls, document: bytes | str) -> FeatureSpace:
        """Reads what ``to_json`` wrote. Raises UnreadableDocument."""
        return cls(*space_document.load(document))
