"""What the kernels work on: the rows, the optimizer's settings, the model with Adam's moments, and room for a batch.

Factors are divided into one or two parts of equal width, a multiple of LANES, zeros beyond the last factor. A part is
learnt by itself but for one number a row and batch: its share of the score. So two threads need to meet once a batch,
and because the parts are there whether one thread learns them or two, both get the same bits.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fm.kernels.meeting import APART
from fm.kernels.vectors import LANES

MOMENTS: Final = 3
"""A weight, and Adam's running mean and variance of its gradients, side by side: one place in memory to go to."""
PARTS: Final = 2
_ALIGNED_BYTES: Final = 64
_ROUNDS: Final = 2

Floats = NDArray[np.float32]
Whole = NDArray[np.uint32]
"""Unsigned: of every other index compiled code asks whether it counts from the end."""
NOWHERE: Final = np.uint32(0xFFFFFFFF)


class Parameters(NamedTuple):
    """One number per parameter of the model."""

    w0: Floats  # (1,)
    w: Floats  # (features,)
    v: Floats  # (features, factors)


class PairRows(NamedTuple):
    """Rows that each have the value 1 in two columns."""

    first: Whole  # (rows,)
    second: Whole  # (rows,), never the same as the first
    labels: Floats  # (rows,)


class CsrRows(NamedTuple):
    """Rows in CSR form."""

    indptr: NDArray[np.int64]  # (rows + 1,)
    indices: Whole  # (stored,), each column at most once in a row
    data: Floats  # (stored,)
    labels: Floats  # (rows,)


class Settings(NamedTuple):
    """How is learnt: rates and decays of bias, linear weights and factors, and what MXNet's Adam takes besides."""

    batch: int
    is_classifier: bool
    bias_lr: float
    linear_lr: float
    factors_lr: float
    bias_wd: float
    linear_wd: float
    factors_wd: float
    rescale: float
    eps: float
    clip: float  # infinite: none


class State(NamedTuple):
    """The model in training."""

    bias: Floats  # (MOMENTS,)
    linear: Floats  # (features, MOMENTS)
    factors: Floats  # (parts, features · MOMENTS · width)
    registers: tuple[int, ...]  # where each begins in a part's width; their number is known when compiling


class Scratch(NamedTuple):
    """Of one batch. A place is where a feature's gradients are summed, in order of appearance."""

    places: Whole  # (parts, features) place of each feature, NOWHERE outside a batch
    features: Whole  # (parts, m) feature of each place
    linear: Floats  # (m,) sums of gradients
    factors: Floats  # (parts, m · width)
    shares: Floats  # (2, parts, batch) of the score; two, as a thread may be a batch ahead of who still reads
    errors: Floats  # (parts, batch, rounded up to LANES) the loss's derivative by the score
    sums: Floats  # (parts, batch · width) Σ v_if x_i, of sparse rows only
    counts: NDArray[np.int64]  # (parts · APART,) batches begun


def state_of(parameters: Parameters) -> State:
    """The model at the start of training: these weights, and no moments."""
    features, factors = parameters.v.shape
    parts = PARTS if factors > LANES else 1
    width = -(-factors // (parts * LANES)) * LANES
    state = State(
        bias=np.zeros(MOMENTS, np.float32),
        linear=np.zeros((features, MOMENTS), np.float32),
        factors=_aligned(parts, features * MOMENTS * width),
        registers=tuple(range(0, width, LANES)),
    )
    state.bias[0] = parameters.w0[0]
    state.linear[:, 0] = parameters.w
    for part, weights in enumerate(_weights(state)):
        of_part = parameters.v[:, part * width : (part + 1) * width]
        weights[:, : of_part.shape[1]] = of_part
    return state


def parameters_of(state: State, factors: int) -> Parameters:
    """The model's weights, copied. factors: how many it has."""
    v = np.hstack(_weights(state))[:, :factors]
    return Parameters(w0=state.bias[:1].copy(), w=state.linear[:, 0].copy(), v=np.ascontiguousarray(v))


def is_finite(state: State) -> bool:
    """Whether every weight is a finite number."""
    return all(np.isfinite(part).all() for part in (state.bias[0], state.linear[:, 0], *_weights(state)))


def scratch_for(rows: PairRows | CsrRows, state: State, batch: int) -> Scratch:
    """Room for as many features as the fullest batch can name."""
    parts, features, width = len(state.factors), len(state.linear), LANES * len(state.registers)
    places = min(features, _fullest(rows, batch))
    return Scratch(
        places=np.full((parts, features), NOWHERE),
        features=np.empty((parts, places), np.uint32),
        linear=np.empty(places, np.float32),
        factors=_aligned(parts, places * width),
        shares=np.zeros((_ROUNDS, parts, batch), np.float32),
        errors=np.zeros((parts, -(-batch // LANES) * LANES), np.float32),
        sums=_aligned(parts, batch * width if isinstance(rows, CsrRows) else 0),
        counts=np.zeros(parts * APART, np.int64),
    )


def _fullest(rows: PairRows | CsrRows, batch: int) -> int:
    """Values in the batch that has most of them."""
    if isinstance(rows, PairRows):
        return 2 * min(batch, rows.labels.size)
    edges = np.append(np.arange(0, rows.labels.size, batch), rows.labels.size)
    return int(np.diff(rows.indptr[edges]).max(initial=0))


def _weights(state: State) -> list[Floats]:
    """Of each part, (features, width), sharing memory."""
    return [part.reshape(-1, MOMENTS, LANES * len(state.registers))[:, 0] for part in state.factors]


def _aligned(parts: int, size: int) -> Floats:
    """Zeros, (parts, size), that begin with a cache line: lanes that lie in two take two loads."""
    octets = np.zeros(parts * size * 4 + _ALIGNED_BYTES, np.uint8)
    start = -octets.ctypes.data % _ALIGNED_BYTES
    return octets[start : start + parts * size * 4].view(np.float32).reshape(parts, size)
