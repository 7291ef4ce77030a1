"""MovieLens 100K as the blog encodes it, read with NumPy alone: a second way beside the project's own preparation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prep.triplet import Triplet

USERS, ITEMS = 943, 1682


def read_split(path: Path) -> tuple[Triplet, NDArray[np.float32]]:
    """``ua.base`` or ``ua.test`` in the file's order: one-hot user and item, and 1 for a rating of 4 or 5, else 0."""
    users, items, ratings, _ = np.loadtxt(path, dtype=np.int64, unpack=True)
    rows = Triplet(
        indptr=np.arange(users.size + 1) * 2,
        indices=np.stack([users - 1, USERS + items - 1], axis=1).ravel(),
        data=np.ones(2 * users.size, np.float32),
        n_columns=USERS + ITEMS,
    )
    return rows, (ratings >= 4).astype(np.float32)
