"""Lanes against NumPy's float32, bit for bit, and against exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numba
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from fm.kernels.steps import exponential
from fm.kernels.vectors import (
    LANES,
    clamp,
    fma,
    load,
    nearest,
    power_of_two,
    prefetch,
    root,
    spread,
    store,
    total,
)


@numba.njit
def calculated(one, other, addend, limit, out):  # type: ignore[no-untyped-def]
    a, b, c, bound = load(one, 3), load(other, 0), load(addend, 0), spread(limit)
    prefetch(out, 0)
    for place, lanes in enumerate((a + b, a - b, a * b, a / b, root(b), clamp(a, bound), fma(a, b, c))):
        store(out, place * LANES, lanes)
    return total(a)


@numba.njit
def elementwise(numbers, rounded, powers, exponentials):  # type: ignore[no-untyped-def]
    for at in range(0, len(numbers), LANES):
        lanes = load(numbers, at)
        store(rounded, at, nearest(lanes))
        store(powers, at, power_of_two(nearest(lanes)))
        store(exponentials, at, exponential(lanes))


@pytest.fixture(scope="module")
def arrays() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], Any]:
    rng = np.random.default_rng(5)
    one, other, addend = (rng.normal(size=LANES + 3).astype(np.float32) for _ in range(3))
    other = np.abs(other)
    one[7] = np.nan
    out = np.zeros(7 * LANES, np.float32)
    sum_of_one = calculated(one, other, addend, np.float32(0.5), out)
    return one[3:], other[:LANES], addend[:LANES], out.reshape(7, LANES), sum_of_one


def test_lanes_are_calculated_as_float32_are(arrays: Any) -> None:
    a, b, _, out, _ = arrays
    for found, expected in zip(out, (a + b, a - b, a * b, a / b, np.sqrt(b), np.clip(a, -0.5, 0.5)), strict=False):
        assert_array_equal(found, expected)


def test_a_product_is_added_before_it_is_rounded(arrays: Any) -> None:
    a, b, c, out, _ = arrays
    keeps = ~np.isnan(a)
    exact = [
        Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        for x, y, z in zip(a[keeps], b[keeps], c[keeps], strict=True)
    ]
    nearest = np.array([float(number) for number in exact], np.float64)
    fused, twice = out[6][keeps], (a * b + c)[keeps]
    assert np.abs(fused - nearest).max() <= np.abs(np.spacing(fused)).max() / 2
    assert_array_equal(fused, nearest.astype(np.float32))
    assert (fused != twice).any(), "no product here needs more than float32"


def test_a_sum_is_the_sum_of_halves() -> None:
    numbers = np.random.default_rng(1).normal(size=LANES + 3).astype(np.float32)
    halves = numbers[3:]
    while halves.size > 1:
        halves = halves[: halves.size // 2] + halves[halves.size // 2 :]
    ones = np.ones(LANES, np.float32)
    found = calculated(numbers, ones, ones, np.float32(1), np.zeros(7 * LANES, np.float32))
    assert found == halves[0]


def test_what_is_no_number_stays_so(arrays: Any) -> None:
    *_, out, sum_of_one = arrays
    assert np.isnan(out[5][4])
    assert np.isnan(sum_of_one)


def test_powers_are_near_enough() -> None:
    """Halves included; the exponential counts beyond 87 as at 87, so that what is added to it stays a number."""
    numbers = np.concatenate([np.linspace(-126, 127, 254 * LANES), np.arange(-8, 8) + 0.5]).astype(np.float32)
    rounded, powers, exponentials = (np.empty_like(numbers) for _ in range(3))
    elementwise(numbers, rounded, powers, exponentials)
    assert_array_equal(rounded, np.round(numbers))
    assert_array_equal(powers, np.ldexp(np.float32(1), np.round(numbers).astype(int)))
    exact = np.exp(np.clip(numbers.astype(np.float64), -87, 87))
    assert np.abs(exponentials / exact - 1).max() < 2.5e-7
    nan = np.full(LANES, np.nan, np.float32)
    elementwise(nan, *(out := [np.empty_like(nan) for _ in range(3)]))
    assert np.isnan(out[2]).all()
