"""Metric math, missing values among them."""

from __future__ import annotations

import pytest

from local_aws.cloudwatch.errors import NotEmulated, ValidationError
from local_aws.cloudwatch.expressions import Expression, Series

KNOWN: dict[str, Series] = {"m1": [1.0, None, 3.0], "m2": [2.0, 4.0, 0.0]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1", [1.0, None, 3.0]),
        ("m1 + m2 * 2", [5.0, None, 3.0]),
        ("m1 / m2", [0.5, None, None]),
        ("-m2 + 1", [-1.0, -3.0, 1.0]),
        ("100 * (m1 / (m1 + m2))", [pytest.approx(100 / 3), None, 100.0]),
        ("FILL(m1, 0)", [1.0, 0.0, 3.0]),
        ("FILL(m1, REPEAT)", [1.0, 1.0, 3.0]),
        ("IF(m2 > 1, m2, 0)", [2.0, 4.0, 0.0]),
        ("IF(m2 > 3, 1)", [None, 1.0, None]),
        ("IF(FILL(m1, 0) >= 1, 1, 0)", [1.0, 0.0, 1.0]),
        ("SUM([m1, m2])", [3.0, 4.0, 3.0]),
        ("MAX([m1, m2])", [2.0, 4.0, 3.0]),
        ("MIN([m1, m2])", [1.0, 4.0, 0.0]),
        ("AVG([m1, m2])", [1.5, 4.0, 1.5]),
        ("SUM(m1)", [4.0, 4.0, 4.0]),
        ("ABS(m1 - m2)", [1.0, None, 3.0]),
        ("3", [3.0, 3.0, 3.0]),
    ],
)
def test_values(text: str, expected: Series) -> None:
    assert Expression(text).value(KNOWN, 3) == expected


def test_what_an_expression_is_about() -> None:
    assert Expression("IF(m1 > m2, FILL(m3, REPEAT), 0)").ids == {"m1", "m2", "m3"}


@pytest.mark.parametrize(
    "text",
    [
        "ANOMALY_DETECTION_BAND(m1, 2)",
        "SEARCH('x', 'Sum')",
        "m1 AND m2",
        "m1 && m2",
        "m1 ^ 2",
        "RATE(m1)",
        "m1.n",
        "'a'",
    ],
)
def test_what_is_not_here_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotEmulated, match="not emulated"):
        Expression(text)


def test_a_wrong_number_of_arguments() -> None:
    with pytest.raises(ValidationError, match="IF with 1 arguments"):
        Expression("IF(m1)")
