"""Ratings on disk between the passes, in plain columns: however many there are, in a few megabytes of memory.

20 bytes a rating at most, in a folder of scratch files that goes with the preparation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CHUNK_ROWS: Final = 1 << 16
"""Rows worked on at a time: their columns stay in the processor's cache."""
_HELD_BYTES: Final = 1 << 18

Columns = dict[str, NDArray[Any]]


class Spool:
    """Columns of equal length in one file each. Append, then read as often as needed."""

    _serial = itertools.count()

    def __init__(self, folder: Path, dtypes: Mapping[str, Any]) -> None:
        """dtypes: of each column by its name, in the order in which chunks have them."""
        self._dtypes = {name: np.dtype(dtype) for name, dtype in dtypes.items()}
        number = next(self._serial)
        self._paths = {name: folder / f"{number}.{name}" for name in self._dtypes}
        self._held: dict[str, list[NDArray[Any]]] = {name: [] for name in self._dtypes}
        self._held_bytes = 0
        self.rows = 0

    def __len__(self) -> int:
        return self.rows

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(self._dtypes)

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Rows of all columns, not to be changed afterwards; what is not in the column's dtype is cast."""
        parts = {name: np.ascontiguousarray(columns[name], dtype) for name, dtype in self._dtypes.items()}
        counts = {part.size for part in parts.values()}
        if len(counts) != 1:
            raise ValueError(f"columns of {sorted(counts)} rows, expected as many of each")
        for name, part in parts.items():
            self._held[name].append(part)
            self._held_bytes += part.nbytes
        self.rows += counts.pop()
        if self._held_bytes >= _HELD_BYTES:
            self.flush()

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Columns]:
        """All rows in order, at most so many at a time. The arrays are the caller's."""
        for first in range(0, self.rows, rows):
            yield self.read(first, min(self.rows, first + rows))

    def read(self, first: int, stop: int) -> Columns:
        """Rows ``first`` to before ``stop``."""
        self.flush()
        if first == stop:
            return {name: np.empty(0, dtype) for name, dtype in self._dtypes.items()}
        return {
            name: np.fromfile(self._paths[name], dtype, stop - first, offset=first * dtype.itemsize)
            for name, dtype in self._dtypes.items()
        }

    def mapped(self, name: str) -> NDArray[Any]:
        """One whole column as a read-only map of its file: its pages are the system's to keep or drop."""
        self.flush()
        if not self.rows:
            return np.empty(0, self._dtypes[name])
        return np.memmap(self._paths[name], self._dtypes[name], "r", shape=(self.rows,))

    def flush(self) -> None:
        """See to it that what was appended can be read."""
        if not self._held_bytes:
            return
        # Files are not kept open: there may be more spools than a process may have files.
        for name, parts in self._held.items():
            with self._paths[name].open("ab", buffering=0) as file:
                file.writelines(part.data for part in parts)
            parts.clear()
        self._held_bytes = 0

    def drop(self) -> None:
        """Give the disk back."""
        for name, path in self._paths.items():
            self._held[name].clear()
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a spool that came from one parsed block: ``first`` is the spool's row of the block's row 0."""

    first: int
    file: str
    lines: Any


class Origins:
    """Which file and line each row of a spool came from, in memory that grows with the blocks, not with the rows."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    def add(self, first: int, file: str, lines: Any) -> None:
        """The block whose first row is the spool's row ``first``."""
        self._stretches.append(Stretch(first, file, lines))

    def of(self, row: int) -> tuple[str, int]:
        """File and line of one row."""
        starts = [stretch.first for stretch in self._stretches]
        stretch = self._stretches[int(np.searchsorted(starts, row, side="right")) - 1]
        return stretch.file, int(stretch.lines.line(row - stretch.first))
