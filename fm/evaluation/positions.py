"""Positions of users and items, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import MetricError


def positions(what: str, given: ArrayLike, count: int) -> NDArray[Any]:
    """``given`` as (n,) whole numbers from 0 to ``count`` − 1, in their own type. Raises MetricError."""
    found = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise MetricError(f"{what}s of shape {found.shape} and type {found.dtype}, expected (n,) whole numbers")
    outside = (found < 0) | (found >= count)
    if outside.any():
        at = int(np.argmax(outside))
        raise MetricError(f"{what} {found[at]} at {at}, expected 0 to {count - 1}")
    # An empty list is float64 to NumPy.
    return found if found.size else found.astype(np.int64)
