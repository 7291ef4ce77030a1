"""Items beside items: the nearest by the angle between their vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fm.errors import FoldingError
from fm.top import top


def nearest(
    items: NDArray[np.float32],
    to: int | NDArray[np.floating],
    n: int,
    among: NDArray[np.integer] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``n`` items with the highest cosine to one vector: positions (m,) int64, cosines (m,) float32.

    items: (n_items, factors) float32. to: a vector (factors,), or the position of an item, which is then never among
    the answers. among: positions that may be, in any order; None for all. Best first, equal cosines by position; a
    vector of zeros has cosine 0 with any. Raises FoldingError.
    """
    is_item = isinstance(to, int | np.integer)
    positions = np.arange(items.shape[0]) if among is None else _checked(among, items.shape[0])
    if is_item:
        _checked(np.array([to]), items.shape[0])
        positions = positions[positions != to]
    vector = np.asarray(items[to] if is_item else to, dtype=np.float64)
    if vector.shape != items.shape[1:]:
        raise FoldingError(f"a vector of shape {vector.shape}, expected ({items.shape[1]},)")
    cosines = _cosines(items if positions.size == items.shape[0] else items[positions], vector)
    best = top(cosines, n)
    return positions[best], cosines[best]


def _cosines(items: NDArray[np.float32], vector: NDArray[np.float64]) -> NDArray[np.float32]:
    length = np.sqrt(vector @ vector)
    if length == 0:
        return np.zeros(items.shape[0], np.float32)
    products = items @ (vector / length).astype(np.float32)
    lengths = np.sqrt(np.einsum("if,if->i", items, items))
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(np.clip(cosines, -1, 1))


def _checked(given: NDArray[np.integer], n_items: int) -> NDArray[np.int64]:
    """Ascending and distinct."""
    found = np.unique(given).astype(np.int64)
    if found.size and not 0 <= found[0] <= found[-1] < n_items:
        outside = found[0] if found[0] < 0 else found[-1]
        raise FoldingError(f"item {outside}, expected 0 to {n_items - 1}")
    return found
