"""What is drawn stands where its numbers are, found by coordinates."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.lambdas.report.elements import drawing, drawn, on_unit_axes
from tests.lambdas.report.figures import CURVES, EVALUATION, FIGURES


@pytest.mark.parametrize(
    ("name", "curve", "x", "y"),
    [("roc", "roc", "false_positive_rate", "true_positive_rate")],
)
def test_the_curve_is_drawn_where_its_numbers_are(name: str, curve: str, x: str, y: str) -> None:
    line = on_unit_axes(FIGURES[name], max(drawn(FIGURES[name], "model"), key=len))
    given = np.column_stack([CURVES[curve][x], CURVES[curve][y]])
    assert len(line) > 50
    np.testing.assert_allclose(line[[0, -1]], given[[0, -1]], atol=1e-3)
    assert max(_distance(corner, given) for corner in line) < 1e-3
    assert max(_distance(corner, line) for corner in given) < 2e-3


def _distance(point: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    """Of a point (2,) to the nearest piece of a line (n, 2)."""
    start, along = line[:-1], np.diff(line, axis=0)
    lengths = np.maximum((along**2).sum(1), 1e-18)
    at = np.clip(((point - start) * along).sum(1) / lengths, 0, 1)
    return float(np.sqrt((((start + at[:, None] * along) - point) ** 2).sum(1)).min())


def test_calibration_is_drawn_where_its_numbers_are() -> None:
    figure = FIGURES["calibration"]
    line = on_unit_axes(figure, max(drawn(figure, "model"), key=len))
    given = [[row["mean_probability"], row["share_positive"]] for row in CURVES["calibration"]]
    np.testing.assert_allclose(line, given, atol=1e-3)


def test_the_chosen_threshold_is_marked_on_the_curve() -> None:
    figure = FIGURES["roc"]
    dot = next(node for node in drawing(figure).iter("use") if "fill-ink" in node.get("class", ""))
    at = on_unit_axes(figure, np.array([float(dot.get(axis, "nan")) for axis in "xy"]))
    nearest = int(np.argmin(np.abs(np.array(CURVES["roc"]["threshold"]) - 0.46)))
    expected = [CURVES["roc"][key][nearest] for key in ("false_positive_rate", "true_positive_rate")]
    np.testing.assert_allclose(at, expected, atol=1e-3)


def test_whiskers_begin_and_end_where_the_interval_does() -> None:
    """On the scale of a panel: the whisker's ends are to its dot as the interval's ends are to the value."""
    figure = FIGURES["measures"]
    whiskers = [line for line in drawn(figure, "model") if len(line) == 2]
    low, high = EVALUATION["intervals"]["accuracy"]
    value = EVALUATION["metrics"]["accuracy"]
    dots = [float(use.get("x", "nan")) for use in drawing(figure).iter("use") if "fill-model" in use.get("class", "")]
    (start, end), dot = whiskers[0][:, 0], dots[0]
    assert (dot - start) / (end - start) == pytest.approx((value - low) / (high - low), abs=0.01)
    assert len(whiskers) == len(dots) - 1 == 9, "one of the dots is the legend's"


def test_a_bar_is_as_long_as_its_state_took() -> None:
    bars = [_extent(path) for path in drawing(FIGURES["timeline"]).iter("path") if path.get("class") == "fill-model"]
    validate, fetch, prepare = bars[:3]
    assert (prepare[1] - prepare[0]) / (validate[1] - validate[0]) == pytest.approx(1.7 / 1.1, rel=0.01)
    assert (fetch[0] - validate[0]) / (validate[1] - validate[0]) == pytest.approx(1.12 / 1.1, rel=0.01)


def _extent(path: Element) -> tuple[float, float]:
    numbers = [float(word) for word in str(path.get("d")).split() if word[-1].isdigit()]
    return min(numbers[::2]), max(numbers[::2])
