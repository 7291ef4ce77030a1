"""The training loops that numba compiles: exact mini-batch Adam with lazy rows, as MXNet runs SageMaker's FM.

What one batch does, checked against MXNet 1.9.1 (``adam_update`` and its row-sparse form with ``lazy_update``):
gradient sum · rescale + decay · weight, then clipping, then Adam(0.9, 0.999) with epsilon outside the square root and
one step count for all parameters; rows of ``w`` and ``v`` that no row of the batch names keep weights and moments.
State is float32 as MXNet's is; step sizes are computed in float64 and rounded once.

The first call compiles for some seconds; the result is cached on disk (NUMBA_CACHE_DIR, else beside this file).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import numba
import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from fm.kernels.meeting import meet
from fm.kernels.state import MOMENTS, NOWHERE, CsrRows, PairRows, Scratch, Settings, State
from fm.kernels.steps import (
    BETA1,
    BETA2,
    adam_of_bias,
    adam_of_factors,
    adam_of_linear,
    errors_of,
    inline,
    tally_classifier,
    tally_regressor,
)
from fm.kernels.vectors import LANES, fma, load, spread, store, total


def run_epoch(
    rows: PairRows | CsrRows,
    settings: Settings,
    state: State,
    scratch: Scratch,
    parts: tuple[int, int],
    steps_done: int,
    tallies: NDArray[np.float64],
) -> int:
    """One pass over the rows in their order; updates ``state``, returns the steps done so far.

    parts: those learnt by this thread, from the first to before the last; where that is not all, another thread has to
    run the others at the same time. tallies: (batches, 3) zeros receive what the tallies of ``steps`` say of each batch
    before its update, which is what the container's training metrics are made of.
    """
    first_part, last_part = parts
    # Whoever learns the first part also learns linear weights and bias.
    count, tells = len(state.factors), last_part == len(state.factors)
    for batch in range(len(tallies)):
        first, last = batch * settings.batch, min(len(rows.labels), (batch + 1) * settings.batch)
        shares, errors = scratch.shares[batch % 2], scratch.errors[first_part]
        for part in range(first_part, last_part):
            _score(rows, state, scratch, part, first, last, shares[part])
        steps_done += 1
        if last_part - first_part < count:
            meet(scratch.counts, first_part, count, steps_done)
        doubt = errors_of(settings, rows.labels, shares, errors, first, last)
        if tells:
            tallies[batch, 0] = doubt
            if settings.is_classifier:
                tally_classifier(rows.labels, errors, first, last, tallies[batch])
            else:
                tally_regressor(errors, first, last, tallies[batch])
        correction = math.sqrt(1 - BETA2**steps_done) / (1 - BETA1**steps_done)
        for part in range(first_part, last_part):
            touched = _gather(rows, state, scratch, part, first, last, errors)
            adam_of_factors(settings, state, scratch, part, touched, correction)
            if part == 0:
                adam_of_linear(settings, state, scratch, touched, correction)
                adam_of_bias(settings, state.bias, errors, last - first, correction)
    return steps_done


def _compiled(loop: Callable[..., int]) -> Callable[..., int]:
    """Compiled when first called, or read from the cache, whose files are named after all that is compiled together.

    By itself numba looks whether the loop's own file has changed, not the files of what is inlined into it. Without
    fastmath: results must not depend on how this was compiled, and divergence must stay visible as NaN.
    """
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    loop.__qualname__ = f"{loop.__name__}-{hashlib.sha256(b''.join(sources)).hexdigest()[:16]}"
    jit = numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
    return cast(Callable[..., int], jit(loop))


compiled_epoch: Final = _compiled(run_epoch)
"""``run_epoch``, compiled."""


def _score(rows: Any, state: Any, scratch: Any, part: int, first: int, last: int, shares: Any) -> None:
    """A part's share of y(x) of the rows first to last, by what kind they are: shares (batch,) receives it."""


@overload(_score, inline="always")
def _score_of(rows, state, scratch, part, first, last, shares):  # type: ignore[no-untyped-def]
    return _score_pairs if rows.instance_class is PairRows else _score_sparse


def _gather(rows: Any, state: Any, scratch: Any, part: int, first: int, last: int, errors: Any) -> int:
    """The sums of a part's gradients over the rows first to last; returns how many features they name."""
    raise NotImplementedError


@overload(_gather, inline="always")
def _gather_of(rows, state, scratch, part, first, last, errors):  # type: ignore[no-untyped-def]
    return _gather_pairs if rows.instance_class is PairRows else _gather_sparse


def _score_pairs(rows, state, scratch, part, first, last, shares):  # type: ignore[no-untyped-def]
    """A part's share of y(x) = w0 + w_i + w_j + <v_i, v_j> of the rows first to last."""
    width, factors, linear = LANES * len(state.registers), state.factors[part], state.linear
    ones, others, bias = rows.first, rows.second, state.bias[0]
    for row in range(first, last):
        i, j = ones[row], others[row]
        i_at, j_at = i * MOMENTS * width, j * MOMENTS * width
        products = load(factors, i_at) * load(factors, j_at)
        for lane in range(LANES, width, LANES):
            products = fma(load(factors, i_at + lane), load(factors, j_at + lane), products)
        share = total(products)
        if part == 0:
            share += bias + linear[i, 0] + linear[j, 0]
        shares[row - first] = share


def _gather_pairs(rows, state, scratch, part, first, last, errors):  # type: ignore[no-untyped-def]
    """The sums of a part's gradients over the rows first to last; returns how many features they name."""
    width, factors, slopes, linear = (
        LANES * len(state.registers),
        state.factors[part],
        scratch.factors[part],
        scratch.linear,
    )
    places, features = scratch.places[part], scratch.features[part]
    ones, others, touched = rows.first, rows.second, 0
    for row in range(first, last):
        one, other, error = ones[row], others[row], errors[row - first]
        for _ in range(2):
            place = places[one]
            is_new = place == NOWHERE
            if is_new:
                place = np.uint32(touched)
                places[one] = place
                features[place] = one
                touched += 1
            if part == 0:
                linear[place] = error if is_new else linear[place] + error
            _add_factors(slopes, place * width, is_new, error, factors, other * MOMENTS * width, width)
            one, other = other, one
    return touched


@inline
def _add_factors(slopes, at, is_new, error, factors, other_at, width):  # type: ignore[no-untyped-def]
    """The gradient of a feature's factors is the error times the other feature's factors."""
    errors = spread(error)
    if is_new:
        for lane in range(0, width, LANES):
            store(slopes, at + lane, errors * load(factors, other_at + lane))
    else:
        for lane in range(0, width, LANES):
            store(slopes, at + lane, fma(errors, load(factors, other_at + lane), load(slopes, at + lane)))


def _score_sparse(rows, state, scratch, part, first, last, shares):  # type: ignore[no-untyped-def]
    """A part's share of y(x) of the rows first to last; leaves Σ v_if x_i of each in ``scratch.sums``."""
    width, factors, linear, kept = LANES * len(state.registers), state.factors[part], state.linear, scratch.sums[part]
    indptr, indices, data, bias = rows.indptr, rows.indices, rows.data, state.bias[0]
    for row in range(first, last):
        start, stop = indptr[row], indptr[row + 1]
        pairs = squares = spread(np.float32(0))
        for lane in range(0, width, LANES):
            sums = spread(np.float32(0))
            for at in range(start, stop):
                term = spread(data[at]) * load(factors, indices[at] * MOMENTS * width + lane)
                sums = sums + term
                squares = fma(term, term, squares)
            store(kept, (row - first) * width + lane, sums)
            pairs = fma(sums, sums, pairs)
        share = np.float32(0.5) * total(pairs - squares)
        if part == 0:
            share += bias
            for at in range(start, stop):
                share += linear[indices[at], 0] * data[at]
        shares[row - first] = share


def _gather_sparse(rows, state, scratch, part, first, last, errors):  # type: ignore[no-untyped-def]
    """:func:`_gather_pairs` for any rows."""
    width, factors, slopes, linear = (
        LANES * len(state.registers),
        state.factors[part],
        scratch.factors[part],
        scratch.linear,
    )
    places, features, kept = scratch.places[part], scratch.features[part], scratch.sums[part]
    indptr, indices, data, touched = rows.indptr, rows.indices, rows.data, 0
    for row in range(first, last):
        for stored in range(indptr[row], indptr[row + 1]):
            feature, value = indices[stored], data[stored]
            place = places[feature]
            is_new = place == NOWHERE
            if is_new:
                place = np.uint32(touched)
                places[feature] = place
                features[place] = feature
                touched += 1
            slope = errors[row - first] * value
            if part == 0:
                linear[place] = slope if is_new else linear[place] + slope
            at, sums_at, factors_at = place * width, (row - first) * width, feature * MOMENTS * width
            slopes_of_row, values = spread(slope), spread(value)
            for lane in range(0, width, LANES):
                others = load(kept, sums_at + lane) - values * load(factors, factors_at + lane)
                before = spread(np.float32(0)) if is_new else load(slopes, at + lane)
                store(slopes, at + lane, fma(slopes_of_row, others, before))
    return touched
