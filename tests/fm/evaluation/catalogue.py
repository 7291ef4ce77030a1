"""A small catalogue with a model of it, for the tests of rankings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm.evaluation.user_items import UserItems
from fm.model import FactorizationMachine

USERS, ITEMS, FACTORS = 17, 23, 3


@dataclass(frozen=True)
class TableScores:
    """Scores that are given: (users, items)."""

    table: NDArray[np.float64]

    @property
    def n_items(self) -> int:
        return int(self.table.shape[1])

    def scores(self, users: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.table[users]


def pairs(rng: np.random.Generator, share: float) -> UserItems:
    users, items = np.nonzero(rng.random((USERS, ITEMS)) < share)
    return UserItems.of(users, items, n_users=USERS, n_items=ITEMS)


def model(rng: np.random.Generator, features: int = USERS + ITEMS) -> FactorizationMachine:
    w0, w, v = (rng.normal(size=size).astype(np.float32) for size in (1, features, (features, FACTORS)))
    return FactorizationMachine(w0=w0, w=w, v=v, predictor_type="binary_classifier")


def rows_of(dense: NDArray[np.float64]) -> csr_array[np.float32, tuple[int, int]]:
    return csr_array(dense.astype(np.float32))
