"""Overlapping stores: pieces of different length laid end to end with stores of one fixed size.

Each store writes its piece and some bytes after it that do not matter, because the next store overwrites them. NumPy
does that in one call, ``windows(octets, size)[positions] = pieces``, as long as it assigns in the order of the
positions. It always has, but its documentation does not promise it for places that overlap: ``stores_in_order`` looks.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_PROBES = 9_000
"""More than the 8,192 elements that NumPy buffers at a time."""


def windows(octets: NDArray[np.uint8], dtype: DTypeLike) -> NDArray[Any]:
    """View of every place where one ``dtype`` fits: element ``i`` is the bytes from ``i`` on. It shares the memory.

    octets: (n,) contiguous. Returns (n - itemsize + 1,) of ``dtype``, unaligned.
    """
    size = np.dtype(dtype).itemsize
    return np.ndarray((max(0, octets.size - size + 1),), dtype, buffer=octets, strides=(1,))


@cache
def stores_in_order() -> bool:
    """Whether this NumPy assigns in the order of the positions, as far as thousands of probes can tell.

    Whoever relies on it has another way, slower and without overlaps, for where it is False.
    """
    return all(_is_laid_in_order(dtype) for dtype in ("<u4", "<u8", "V40", "V128"))


def _is_laid_in_order(dtype: str) -> bool:
    """Lays pieces of changing lengths with overlapping stores, and without."""
    size = np.dtype(dtype).itemsize
    lengths = 1 + np.arange(_PROBES) * 7 % size
    pieces = (np.arange(_PROBES * size) * 131 >> 3).astype(np.uint8).reshape(_PROBES, size)
    ends = np.cumsum(lengths)
    laid = np.zeros(int(ends[-1]) + size, np.uint8)
    windows(laid, dtype)[ends - lengths] = pieces.view(dtype)[:, 0]
    return np.array_equal(laid[: ends[-1]], pieces[np.arange(size) < lengths[:, None]])
