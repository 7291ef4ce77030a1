"""A model in training, and the threads that train it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fm.kernels import state
from fm.kernels.epochs import compiled_epoch
from fm.kernels.state import CsrRows, PairRows, Parameters, Settings

ENOUGH: Final = 1 << 27
"""Rows times factors of an epoch from which a second thread is worth having: 2 million rows of 64.

Where another program needs the processor, two threads that wait for each other after each batch are slower than one.
Less than this is learnt in a moment, and often beside others.
"""


class Learner:
    """Runs epochs; to be used as a context, which ends its threads."""

    def __init__(self, rows: PairRows | CsrRows, settings: Settings, weights: Parameters, *, threads: int) -> None:
        """threads: 1 or 2; the same bits come out. Compiles what is not compiled yet, so that no epoch is timed with
        it. Raises ValueError for another number.
        """
        if threads not in (1, 2):
            raise ValueError(f"threads {threads}, expected 1 or 2")
        self._rows, self._settings = rows, settings
        self._factors = weights.v.shape[1]
        self._state = state.state_of(weights)
        self._scratch = state.scratch_for(rows, self._state, settings.batch)
        self._batches = -(-rows.labels.size // settings.batch)
        self._steps_done = 0
        parts = len(self._state.factors)
        self._shares = [(0, 1), (1, 2)] if threads == 2 and parts == 2 else [(0, parts)]
        self._pool = ThreadPoolExecutor(len(self._shares), thread_name_prefix="learner")
        self._run(self._shares[0], np.empty((0, 3)))

    def __enter__(self) -> Learner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()

    def run_epoch(self) -> NDArray[np.float64]:
        """Learn from all rows once; returns what ``epochs.run_epoch`` tells of each batch, (batches, 3)."""
        tallies = np.zeros((self._batches, 3))
        others = [self._pool.submit(self._run, parts, tallies) for parts in self._shares[1:]]
        done = self._run(self._shares[0], tallies)
        for other in others:
            other.result()
        self._steps_done = done
        return tallies

    def parameters(self) -> Parameters:
        """The weights as they are now, copied."""
        return state.parameters_of(self._state, self._factors)

    def is_finite(self) -> bool:
        """Whether every weight is a finite number."""
        return state.is_finite(self._state)

    def _run(self, parts: tuple[int, int], tallies: NDArray[np.float64]) -> int:
        return compiled_epoch(self._rows, self._settings, self._state, self._scratch, parts, self._steps_done, tallies)


def threads_for(rows: int, factors: int) -> int:
    """As many threads as are of use on this machine: 1 or 2."""
    return 2 if rows * factors >= ENOUGH and _processors() > 1 else 1


def _processors() -> int:
    """Those that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
