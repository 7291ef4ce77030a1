"""The training loop that numba compiles: exact mini-batch Adam with lazy rows, as MXNet runs SageMaker's FM.

What one batch does, checked against MXNet 1.9.1 (``adam_update`` and its row-sparse form with ``lazy_update``):
gradient sum · rescale + decay · weight, then clipping, then Adam(0.9, 0.999) with epsilon outside the square root and
one step count for all parameters; rows of ``w`` and ``v`` that no row of the batch names keep weights and moments.
State is float32 as MXNet's is; step sizes are computed in float64 and rounded once.

The first call compiles for some seconds; the result is cached on disk (NUMBA_CACHE_DIR, else beside this file).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

BETA1 = 0.9
BETA2 = 0.999

# Sums may be reordered, which vector instructions need; the order is fixed at compile time, so results repeat bit for
# bit on one machine. "nnan" and "ninf" are left out: divergence must stay visible as NaN.
_jit = numba.njit(
    cache=True, nogil=True, boundscheck=False, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"}
)


# Parts are inlined, not called: a called part may be compiled otherwise in the run that fills the cache than in those
# that read it, and then the last bits of the weights differ between the two.
_inline = numba.njit(inline="always")


class Parameters(NamedTuple):
    """One number per parameter of the model: its weights, or Adam's running mean or variance of their gradients."""

    w0: NDArray[np.float32]  # (1,)
    w: NDArray[np.float32]  # (features,)
    v: NDArray[np.float32]  # (features, factors)


class Batches(NamedTuple):
    """The training rows in CSR form, and how they are learned from."""

    indptr: NDArray[np.int64]  # (rows + 1,)
    indices: NDArray[np.int64]  # (stored,), each column at most once in a row
    data: NDArray[np.float32]  # (stored,)
    labels: NDArray[np.float32]  # (rows,)
    size: int
    is_classifier: bool


class Adam(NamedTuple):
    """The optimizer's settings: rates and decays of bias, linear weights and factors."""

    bias_lr: float
    linear_lr: float
    factors_lr: float
    bias_wd: float
    linear_wd: float
    factors_wd: float
    rescale: float
    eps: float
    clip: float  # infinite: none


class Scratch(NamedTuple):
    """Gradient sums of the features one batch names, in order of appearance; ``slot`` is −1 outside a batch."""

    slot: NDArray[np.int64]  # (features,) place of each feature below
    touched: NDArray[np.int64]  # (m,) feature of each place
    w: NDArray[np.float32]  # (m,)
    v: NDArray[np.float32]  # (m, factors)
    sums: NDArray[np.float32]  # (factors,) Σ v_if x_i of the row at hand


@_jit
def run_epoch(
    batches: Batches,
    adam: Adam,
    weights: Parameters,
    means: Parameters,
    variances: Parameters,
    scratch: Scratch,
    steps_done: int,
    scores: NDArray[np.float32],
) -> int:
    """One pass over the rows in their order; updates the three Parameters in place, returns the steps done so far.

    ``scores`` (rows,) float32 receives each row's raw score before its batch's update, which is what the container's
    training metrics are made of.
    """
    rows = batches.labels.size
    for first in range(0, rows, batches.size):
        last = min(rows, first + batches.size)
        bias_gradient, touched = _gather(batches, weights, scratch, first, last, scores)
        steps_done += 1
        _update(adam, weights, means, variances, scratch, bias_gradient, touched, steps_done)
    return steps_done


@_jit
def run_pair_epoch(
    batches: Batches,
    adam: Adam,
    weights: Parameters,
    means: Parameters,
    variances: Parameters,
    scratch: Scratch,
    steps_done: int,
    scores: NDArray[np.float32],
) -> int:
    """:func:`run_epoch` for rows that all have two values, such as user and item: three times as fast."""
    rows = batches.labels.size
    for first in range(0, rows, batches.size):
        last = min(rows, first + batches.size)
        bias_gradient, touched = _gather_pairs(batches, weights, scratch, first, last, scores)
        steps_done += 1
        _update(adam, weights, means, variances, scratch, bias_gradient, touched, steps_done)
    return steps_done


@_inline
def _gather(batches, weights, scratch, first, last, scores):  # type: ignore[no-untyped-def]
    """Scores of the rows first to last, and the sums of their gradients; returns the bias's and how many features."""
    touched = 0
    bias_gradient = np.float32(0)
    for row in range(first, last):
        start, stop = batches.indptr[row], batches.indptr[row + 1]
        score = _score(batches, weights, scratch.sums, start, stop)
        error = _error(batches, row, score)
        scores[row] = score
        bias_gradient += error
        for at in range(start, stop):
            feature, value = batches.indices[at], batches.data[at]
            touched, slot = _slot(scratch, touched, feature)
            slope = error * value
            scratch.w[slot] += slope
            for f in range(scratch.sums.size):
                scratch.v[slot, f] += slope * (scratch.sums[f] - weights.v[feature, f] * value)
    return bias_gradient, touched


@_inline
def _score(batches, weights, sums, start, stop):  # type: ignore[no-untyped-def]
    """y(x) of one row; leaves Σ v_if x_i in ``sums``."""
    score = weights.w0[0]
    pairs = np.float32(0)
    for f in range(sums.size):
        sums[f] = 0
    for at in range(start, stop):
        feature, value = batches.indices[at], batches.data[at]
        score += weights.w[feature] * value
        for f in range(sums.size):
            term = weights.v[feature, f] * value
            sums[f] += term
            pairs -= term * term
    for f in range(sums.size):
        pairs += sums[f] * sums[f]
    return score + np.float32(0.5) * pairs


@_inline
def _gather_pairs(batches, weights, scratch, first, last, scores):  # type: ignore[no-untyped-def]
    """:func:`_gather` where y(x) = w0 + w_i x_i + w_j x_j + x_i x_j <v_i, v_j>, so that no sums are needed."""
    touched = 0
    bias_gradient = np.float32(0)
    for row in range(first, last):
        i, x_i = batches.indices[2 * row], batches.data[2 * row]
        j, x_j = batches.indices[2 * row + 1], batches.data[2 * row + 1]
        product = np.float32(0)
        for f in range(scratch.sums.size):
            product += weights.v[i, f] * weights.v[j, f]
        score = weights.w0[0] + weights.w[i] * x_i + weights.w[j] * x_j + x_i * x_j * product
        error = _error(batches, row, score)
        scores[row] = score
        bias_gradient += error
        touched, slot_i = _slot(scratch, touched, i)
        touched, slot_j = _slot(scratch, touched, j)
        scratch.w[slot_i] += error * x_i
        scratch.w[slot_j] += error * x_j
        slope = error * x_i * x_j
        for f in range(scratch.sums.size):
            scratch.v[slot_i, f] += slope * weights.v[j, f]
            scratch.v[slot_j, f] += slope * weights.v[i, f]
    return bias_gradient, touched


@_inline
def _error(batches, row, score):  # type: ignore[no-untyped-def]
    """The loss's derivative by the score: of cross-entropy for a classifier, of half the squared error else."""
    prediction = 1.0 / (1.0 + math.exp(-score)) if batches.is_classifier else float(score)
    return np.float32(prediction - batches.labels[row])


@_inline
def _slot(scratch, touched, feature):  # type: ignore[no-untyped-def]
    """The feature's place in ``scratch``, cleared when it is new to this batch; returns (features so far, place)."""
    slot = scratch.slot[feature]
    if slot < 0:
        slot = touched
        touched += 1
        scratch.slot[feature] = slot
        scratch.touched[slot] = feature
        scratch.w[slot] = 0
        for f in range(scratch.sums.size):
            scratch.v[slot, f] = 0
    return touched, slot


@_inline
def _update(adam, weights, means, variances, scratch, bias_gradient, touched, step):  # type: ignore[no-untyped-def]
    """Adam's step for the bias and the features of one batch; makes ``scratch.slot`` ready for the next."""
    correction = math.sqrt(1 - BETA2**step) / (1 - BETA1**step)
    rescale, eps, clip = np.float32(adam.rescale), np.float32(adam.eps), np.float32(adam.clip)
    bias_rate, bias_decay = np.float32(adam.bias_lr * correction), np.float32(adam.bias_wd)
    linear_rate, linear_decay = np.float32(adam.linear_lr * correction), np.float32(adam.linear_wd)
    factors_rate, factors_decay = np.float32(adam.factors_lr * correction), np.float32(adam.factors_wd)
    slope = bias_gradient * rescale + bias_decay * weights.w0[0]
    _adam(weights.w0, means.w0, variances.w0, 0, slope, bias_rate, eps, clip)
    for slot in range(touched):
        feature = scratch.touched[slot]
        scratch.slot[feature] = -1
        slope = scratch.w[slot] * rescale + linear_decay * weights.w[feature]
        _adam(weights.w, means.w, variances.w, feature, slope, linear_rate, eps, clip)
        for f in range(scratch.sums.size):
            slope = scratch.v[slot, f] * rescale + factors_decay * weights.v[feature, f]
            _adam(weights.v, means.v, variances.v, (feature, f), slope, factors_rate, eps, clip)


@_inline
def _adam(weight, mean, variance, at, slope, rate, eps, clip):  # type: ignore[no-untyped-def]
    # Selects, since numba's min and max keep the loop from being vectorised. NaN passes both.
    below = clip if slope > clip else slope
    clipped = -clip if below < -clip else below
    m = np.float32(BETA1) * mean[at] + np.float32(1 - BETA1) * clipped
    s = np.float32(BETA2) * variance[at] + np.float32(1 - BETA2) * clipped * clipped
    mean[at] = m
    variance[at] = s
    weight[at] -= rate * m / (np.sqrt(s) + eps)
