"""Choice rules in JSONPath: what holds, and what fails the execution instead of taking a branch."""

from __future__ import annotations

import datetime
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.stepfunctions.comparisons import holds
from tests.local_aws.stepfunctions.workflows import Json, Workflows

COMPARISONS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def choice(rule: dict[str, Json], **before: Json) -> dict[str, Json]:
    """A machine whose output is whether the rule holds; `before` are fields of a Pass state ahead of it."""
    states: dict[str, Json] = {
        "Ahead": {"Type": "Pass", **before, "Next": "Ask"},
        "Ask": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }
    return {"StartAt": "Ahead", "States": states}


@pytest.mark.parametrize("name", COMPARISONS)
@given(left=st.integers() | st.floats(allow_nan=False), right=st.integers() | st.floats(allow_nan=False))
def test_numbers_compare_as_numbers(name: str, left: float, right: float) -> None:
    assert holds(f"Numeric{name}", left, right) is COMPARISONS[name](left, right)


# Before that, some zones were seconds off, which RFC 3339 cannot write.
MOMENTS = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2099, 1, 1), timezones=st.timezones())


@pytest.mark.parametrize("name", COMPARISONS)
@given(left=MOMENTS, right=MOMENTS)
def test_timestamps_compare_as_moments(name: str, left: datetime.datetime, right: datetime.datetime) -> None:
    first, second = left.astimezone(datetime.UTC), right.astimezone(datetime.UTC)
    assert holds(f"Timestamp{name}", left.isoformat(), right.isoformat()) is COMPARISONS[name](first, second)


@pytest.mark.parametrize(
    ("name", "value", "operand", "expected"),
    [
        ("NumericEquals", True, 1, False),
        ("NumericEquals", "1", 1, False),
        ("StringEquals", None, "None", False),
        ("BooleanEquals", 0, False, False),
        ("IsNull", None, True, True),
        ("IsNull", 0, False, True),
        ("IsNumeric", True, True, False),
        ("IsBoolean", False, True, True),
        ("IsString", "", True, True),
        ("IsTimestamp", "2024-01-01T00:00:00.123Z", True, True),
        ("IsTimestamp", "2024-01-01T00:00:00+02:00", True, True),
        ("IsTimestamp", "2024-01-01 00:00:00Z", True, False),
        ("IsTimestamp", "2024-01-01T00:00:00", True, False),
        ("TimestampLessThan", "2023-12-31T21:00:00.5Z", "2024-01-01T00:00:00+02:00", True),
        ("TimestampEquals", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", True),
        # "Choice workflow state": the star is the only wildcard, two backslashes and a star in JSON are a star.
        ("StringMatches", "log-2024.txt", "log-*.txt", True),
        ("StringMatches", "a\nb", "a*b", True),
        ("StringMatches", "abc", "a?c", False),
        ("StringMatches", "abc", "a[b]c", False),
        ("StringMatches", "abc", "A*", False),
        ("StringMatches", "a*c", "a\\*c", True),
        ("StringMatches", "abc", "a\\*c", False),
        ("StringMatches", "a\\b", "a\\\\*", True),
    ],
)
def test_holds(name: str, value: Json, operand: Json, *, expected: bool) -> None:
    assert holds(name, value, operand) is expected


MISSING = "Invalid path '{}': The choice state's condition path references an invalid value."


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"Variable": "$.none", "NumericEquals": 1}, "$.none"),
        ({"Variable": "$.none", "IsNull": True}, "$.none"),
        ({"Variable": "$.none", "IsString": False}, "$.none"),
        ({"Variable": "$.list[3]", "StringEquals": "x"}, "$.list[3]"),
        ({"Variable": "$nowhere", "NumericEquals": 1}, "$nowhere"),
        ({"Variable": "$$.Execution.Nope", "NumericEquals": 1}, "$$.Execution.Nope"),
        ({"Not": {"Variable": "$.none", "NumericEquals": 1}}, "$.none"),
        ({"Variable": "$.n", "NumericLessThanPath": "$.none"}, "$.none"),
        ({"Variable": "$.n", "NumericLessThanPath": "$nowhere"}, "$nowhere"),
        ({"Variable": "$.n", "NumericLessThanPath": "$.text"}, "$.text"),
    ],
)
def test_a_path_to_nothing_fails_the_execution(workflows: Workflows, rule: Json, path: str) -> None:
    outcome = workflows.run(choice(rule), {"n": 1, "list": [], "text": "x"})
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert outcome.cause.endswith(MISSING.format(path))
    assert "'Ask' (entered at the event id #" in outcome.cause


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.none", "IsPresent": False}, True),
        ({"Variable": "$.nil", "IsPresent": True}, True),
        ({"Variable": "$.nil", "IsNull": True}, True),
        ({"And": [{"Variable": "$.none", "IsPresent": True}, {"Variable": "$.none", "NumericEquals": 1}]}, False),
        ({"Or": [{"Variable": "$.none", "IsPresent": False}, {"Variable": "$.none", "NumericEquals": 1}]}, True),
        ({"Variable": "$.one", "NumericLessThanPath": "$five"}, True),
        ({"Variable": "$.nine", "NumericLessThanPath": "$five"}, False),
        ({"Variable": "$five", "NumericLessThanPath": "$.nine"}, True),
        ({"Variable": "$.one", "NumericLessThanPath": "$.nine"}, True),
        ({"Variable": "$.now", "TimestampGreaterThanPath": "$$.Execution.StartTime"}, True),
        ({"Variable": "$$.Execution.StartTime", "TimestampLessThan": "2024-01-01T00:00:00Z"}, False),
    ],
)
def test_what_is_there_decides(workflows: Workflows, rule: Json, *, expected: bool) -> None:
    given = {"nil": None, "one": 1, "nine": 9, "now": "2999-01-01T00:00:00.5+02:00"}
    assert workflows.run(choice(rule, Assign={"five": 5}), given).output is expected
