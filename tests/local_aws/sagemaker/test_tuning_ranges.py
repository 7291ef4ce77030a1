"""Ranges as a unit cube: what uniform points become, and that nothing leaves its range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.tuning_ranges import Space, parse

DRAWS = 4000


def continuous(low: float, high: float, scaling: str = "Linear", name: str = "x") -> dict[str, Any]:
    asked = {"Name": name, "MinValue": repr(low), "MaxValue": repr(high), "ScalingType": scaling}
    return {"ContinuousParameterRanges": [asked]}


def integer(low: int, high: int, scaling: str = "Linear", name: str = "x") -> dict[str, Any]:
    asked = {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scaling}
    return {"IntegerParameterRanges": [asked]}


def categorical(*values: str, name: str = "x") -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


def drawn(ranges: dict[str, Any]) -> list[str]:
    space, rng = parse(ranges), np.random.default_rng(5)
    return [space.decode(rng.random(space.width))["x"] for _ in range(DRAWS)]


def distance_from_uniform(values: list[float]) -> float:
    """Kolmogorov–Smirnov statistic against U(0, 1): above 1.95 / √n one of a thousand uniform samples would be."""
    ordered = np.sort(values)
    steps = np.arange(1, ordered.size + 1) / ordered.size
    return float(max(np.max(steps - ordered), np.max(ordered - steps + 1 / ordered.size)))


LOW, HIGH = 0.001, 0.999
ON_SCALE: dict[str, Callable[[float], float]] = {
    "Linear": lambda x: (x - LOW) / (HIGH - LOW),
    "Logarithmic": lambda x: math.log10(x / LOW) / math.log10(HIGH / LOW),
    # 0.9, 0.99 and 0.999 are equally far apart
    "ReverseLogarithmic": lambda x: math.log10((1 - LOW) / (1 - x)) / math.log10((1 - LOW) / (1 - HIGH)),
}


@pytest.mark.parametrize("scaling", ON_SCALE)
def test_draws_are_uniform_on_the_asked_scale_and_on_no_other(scaling: str) -> None:
    values = [float(value) for value in drawn(continuous(LOW, HIGH, scaling))]
    assert LOW <= min(values) <= max(values) <= HIGH
    for name, on_scale in ON_SCALE.items():
        distance = distance_from_uniform([on_scale(value) for value in values])
        assert (distance < 1.95 / math.sqrt(DRAWS)) == (name == scaling), (name, distance)


def test_linear_ranges_may_hold_what_has_no_logarithm() -> None:
    values = [float(value) for value in drawn(continuous(-3, 5))]
    assert -3 <= min(values) < -2.9
    assert 4.9 < max(values) <= 5


def test_integers_are_drawn_equally_often_ends_included() -> None:
    counts = np.bincount([int(value) for value in drawn(integer(2, 6))], minlength=7)
    assert counts[:2].sum() == 0
    # Binomial(4000, 1/5): standard deviation 25.3
    assert np.all(np.abs(counts[2:] - DRAWS / 5) < 5 * 25.3)


def test_integers_on_a_logarithmic_scale_fill_each_decade_alike() -> None:
    values = np.array([int(value) for value in drawn(integer(10, 9999, "Logarithmic"))])
    decades = np.histogram(np.log10(values), [1, 2, 3, 4])[0]
    assert np.all(np.abs(decades - DRAWS / 3) < 5 * 29.8)


def test_choices_are_drawn_equally_often() -> None:
    values = drawn(categorical("a", "b", "c"))
    assert all(abs(values.count(value) - DRAWS / 3) < 5 * 29.8 for value in "abc")


@pytest.mark.parametrize(
    ("ranges", "is_logarithmic"),
    [
        (continuous(1e-5, 1e-1, "Auto"), True),
        (continuous(1.0, 5.0, "Auto"), False),
        (continuous(0.0, 1e3, "Auto"), False),
        (integer(1, 1000, "Auto"), True),
        (integer(1, 20, "Auto"), False),
    ],
)
def test_auto_is_logarithmic_where_a_positive_range_spans_two_decades(
    ranges: dict[str, Any], is_logarithmic: bool
) -> None:
    [[asked]] = ranges.values()
    named = {key: [{**asked, "ScalingType": "Logarithmic" if is_logarithmic else "Linear"}] for key in ranges}
    assert drawn(ranges) == drawn(named)


def test_auto_is_what_holds_when_nothing_is_said() -> None:
    asked = {"Name": "x", "MinValue": "0.001", "MaxValue": "1"}
    assert drawn({"ContinuousParameterRanges": [asked]}) == drawn(continuous(0.001, 1.0, "Logarithmic"))


@st.composite
def spaces(draw: Any) -> Space:
    low, high = sorted(draw(st.tuples(st.floats(1e-8, 512), st.floats(1e-8, 512))))
    first, last = sorted(draw(st.tuples(st.integers(1, 1000), st.integers(1, 1000))))
    values = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4, unique=True))
    scaling = draw(st.sampled_from(["Linear", "Logarithmic"]))
    return parse(
        continuous(low, high, scaling, "lr")
        | integer(first, last, scaling, "epochs")
        | categorical(*values, name="kind")
    )


@given(spaces(), st.data())
def test_any_point_is_a_setting_within_the_ranges_and_encodes_back(space: Space, data: Any) -> None:
    point = np.array(data.draw(st.lists(st.floats(0, 1), min_size=space.width, max_size=space.width)))
    setting = space.decode(point)
    rate, epochs, kind = ({each.name: each for each in space.ranges}[name] for name in ("lr", "epochs", "kind"))
    assert rate.low <= float(setting["lr"]) <= rate.high  # type: ignore[attr-defined]
    assert epochs.low <= int(setting["epochs"]) <= epochs.high  # type: ignore[attr-defined]
    assert setting["kind"] in kind.values  # type: ignore[attr-defined]
    encoded = space.encode(setting)
    assert encoded.shape == (space.width,)
    assert np.all((encoded >= -1e-6) & (encoded <= 1 + 1e-6))
    again = space.decode(encoded)
    assert (again["epochs"], again["kind"]) == (setting["epochs"], setting["kind"])
    assert float(again["lr"]) == pytest.approx(float(setting["lr"]), rel=1e-6)


def test_a_single_value_takes_no_coordinate() -> None:
    space = parse(continuous(0.5, 0.5, name="lr") | integer(7, 7, name="epochs") | categorical("a", name="kind"))
    assert (space.width, space.combinations) == (0, 1)
    assert space.decode(np.empty(0)) == {"epochs": "7", "lr": "0.5", "kind": "a"}


def test_combinations_are_counted() -> None:
    assert parse(integer(1, 10, name="epochs") | categorical("a", "b", name="kind")).combinations == 20
    assert parse(continuous(0, 1) | categorical("a", "b", name="kind")).combinations == math.inf


@pytest.mark.parametrize(
    ("ranges", "named"),
    [
        ({}, "0 hyperparameter ranges, expected 1 to 30"),
        (categorical("a", "a"), "'x' has a value twice"),
        (continuous(0, 1) | categorical("a"), "'x' has two ranges"),
        (continuous(2, 1), "'x': MinValue 2.0 is greater than MaxValue 1.0"),
        (continuous(0, 1, "Logarithmic"), "'x': Logarithmic scaling needs values above 0"),
        (continuous(0, 1, "ReverseLogarithmic"), "'x': ReverseLogarithmic scaling needs"),
        (integer(0, 0, "ReverseLogarithmic"), "'x': ReverseLogarithmic scaling needs"),
        (continuous(0, math.inf), "'x': MaxValue 'inf', expected a number"),
        ({"IntegerParameterRanges": [{"Name": "x", "MinValue": "1.5", "MaxValue": "2"}]}, "'1.5', expected an integer"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(ranges: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationException) as caught:
        parse(ranges)
    assert named in str(caught.value)
