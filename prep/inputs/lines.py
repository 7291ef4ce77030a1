"""Which line of its file each row of a block stood on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Rows on consecutive lines but for some: memory for those only. Picklable.

    first: line of the block's first line, from 1. skipped: int64, ascending offsets from it of lines that are no row.
    """

    first: int
    skipped: NDArray[np.int64] = field(default_factory=lambda: _NONE)

    def line(self, row: int) -> int:
        """1-based line of the row, which counts from 0."""
        # Before the k-th skipped line there are skipped[k] - k rows.
        rows_before = self.skipped - np.arange(self.skipped.size)
        return self.first + row + int(np.searchsorted(rows_before, row, side="right"))
