"""Who rated what in train, both ways, as arrays that may lie on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Ascending lists of distinct positions, one after the other: list ``k`` is ``members[indptr[k]:indptr[k + 1]]``.

    indptr: int64 (lists + 1,), from 0. members: int32 or int64 (all members,), also a memory map. Raises ValueError
    where the arrays do not fit together; ``problem`` looks at every member.
    """

    indptr: NDArray[np.int64]
    members: NDArray[Any]

    def __post_init__(self) -> None:
        if self.indptr.dtype != np.int64 or self.indptr.ndim != 1 or not self.indptr.size:
            raise ValueError(f"indptr is {self.indptr.ndim}-d {self.indptr.dtype}, expected int64 (lists + 1,)")
        if self.members.dtype not in (np.int32, np.int64) or self.members.ndim != 1:
            raise ValueError(f"members are {self.members.ndim}-d {self.members.dtype}, expected 1-d int32 or int64")
        if self.indptr[0] != 0 or self.indptr[-1] != self.members.size or (np.diff(self.indptr) < 0).any():
            ends = f"from {self.indptr[0]} to {self.indptr[-1]}"
            raise ValueError(f"indptr {ends}, expected ascending from 0 to {self.members.size} members")

    def __len__(self) -> int:
        return self.indptr.size - 1

    @classmethod
    def of(cls, keys: NDArray[np.integer], members: NDArray[np.integer], *, lists: int) -> Lists:
        """``members[r]`` goes into list ``keys[r]``; pairs (n,) in any order, each pair once or more often."""
        order = np.lexsort((members, keys))
        keys, members = keys[order].astype(np.int64), members[order].astype(np.int32)
        is_new = np.ones(keys.size, np.bool_)
        is_new[1:] = (np.diff(keys) != 0) | (np.diff(members) != 0)
        indptr = np.zeros(lists + 1, np.int64)
        np.cumsum(np.bincount(keys[is_new], minlength=lists), out=indptr[1:])
        return cls(indptr, members[is_new])

    def problem(self, bound: int) -> str | None:
        """What is wrong with the members, if anything: each is to be from 0 to below ``bound``, each list ascending."""
        for first in range(0, self.members.size, _LOOKED_AT):
            part = np.asarray(self.members[max(0, first - 1) : first + _LOOKED_AT])
            if part.min() < 0 or part.max() >= bound:
                return f"members from {part.min()} to {part.max()}, expected 0 to {bound - 1}"
            falls = np.flatnonzero(np.diff(part) <= 0) + max(1, first)
            if not np.isin(falls, self.indptr, kind="sort").all():
                return "a list whose members do not ascend"
        return None


_LOOKED_AT = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The items each user rated in train, and the users who rated each item, as positions.

    by_user: as many lists as users, of item positions. by_item: as many lists as items, of user positions.
    """

    by_user: Lists
    by_item: Lists

    @classmethod
    def from_arrays(
        cls,
        *,
        user_indptr: NDArray[np.int64],
        user_items: NDArray[Any],
        item_indptr: NDArray[np.int64],
        item_raters: NDArray[Any],
    ) -> History:
        """Of arrays made elsewhere, such as maps of files. Raises ValueError where they do not fit together."""
        return cls(Lists(user_indptr, user_items), Lists(item_indptr, item_raters))

    @classmethod
    def of(cls, users: NDArray[np.integer], items: NDArray[np.integer], *, n_users: int, n_items: int) -> History:
        """Of train rows in memory, positions (n,) each."""
        return cls(Lists.of(users, items, lists=n_users), Lists.of(items, users, lists=n_items))
