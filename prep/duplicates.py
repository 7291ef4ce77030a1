"""A user's repeated ratings of one item: found among rows of whole users, and kept by a rule."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RULES: Final = ("first", "last", "error")
"""Which of the ratings of one user and item counts, in the order of the files; ``error`` refuses the dataset."""


def repeats(pairs: NDArray[np.uint64], *, keep: str) -> NDArray[np.intp] | None:
    """Rows to leave out, ascending; None where each pair stands once.

    pairs: uint64 (n,) of prep.hashing, all rows of their users, each user's in the order of the files.
    keep: ``first`` or ``last`` of the rows of one pair.
    """
    if (pairs[1:] > pairs[:-1]).all():  # sorted by item within a user, as MovieLens' larger sets are
        return None
    ordered = np.sort(pairs)
    if (ordered[1:] != ordered[:-1]).all():
        return None
    order = np.argsort(pairs, kind="stable")
    same = pairs[order][1:] == pairs[order][:-1]
    return np.sort(order[1:][same] if keep == "first" else order[:-1][same])


def earlier(pairs: NDArray[np.uint64], row: int) -> int:
    """The first row of the same pair."""
    return int(np.flatnonzero(pairs == pairs[row])[0])
