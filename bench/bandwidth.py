"""How fast this machine moves memory: the triad of STREAM (McCalpin 1995), a = b + s · c, on arrays no cache holds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

NUMBERS: Final = 1 << 26
"""Of each of the three arrays: 0.5 GB, more than the caches of large servers."""
_REPEATS: Final = 5
_ARRAYS: Final = 3


def triad_bandwidth(threads: int, numbers: int = NUMBERS) -> float:
    """Bytes per second that ``threads`` read and write together, at their best of some repeats.

    As STREAM counts: two numbers read and one written, not the cache line that is read to be written to.
    """
    arrays = [np.full(numbers, value) for value in (0.0, 1.0, 2.0)]
    parts = [slice(numbers * part // threads, numbers * (part + 1) // threads) for part in range(threads)]
    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        _triad(*(array[:1] for array in arrays))  # compiles
        for _ in range(_REPEATS):
            started = time.perf_counter()
            list(pool.map(lambda part: _triad(*(array[part] for array in arrays)), parts))
            seconds.append(time.perf_counter() - started)
    return _ARRAYS * numbers * arrays[0].itemsize / min(seconds)


@numba.njit(nogil=True, fastmath=True)
def _triad(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> None:
    for at in range(a.size):
        a[at] = b[at] + 3.0 * c[at]
