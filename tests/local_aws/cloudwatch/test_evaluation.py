"""When an alarm changes its state: AWS's own tables of missing data, and the words of the reasons."""

from __future__ import annotations

import json

import pytest

from local_aws.cloudwatch.evaluation import Threshold, judge
from local_aws.cloudwatch.queries import Periods
from local_aws.cloudwatch.reasons import state_of

STATES = {"ok": "OK", "alarm": "ALARM", "none": "INSUFFICIENT_DATA", "stay": None}
TABLE = """
3/3 | 0 - X - X | ok    | ok   | ok    | ok
3/3 | 0 - - - - | ok    | ok   | ok    | ok
3/3 | - - - - - | none  | stay | alarm | ok
3/3 | 0 X X - X | alarm | alarm| alarm | alarm
3/3 | - - X - - | alarm | stay | alarm | ok
2/3 | 0 - X - X | alarm | alarm| alarm | alarm
2/3 | 0 0 X 0 X | alarm | alarm| alarm | alarm
2/3 | 0 - X - - | ok    | ok   | alarm | ok
2/3 | - - - - 0 | ok    | ok   | alarm | ok
2/3 | - - - X - | alarm | stay | alarm | ok
"""
""""Configuring how CloudWatch alarms treat missing data", both tables: missing, ignore, breaching, notBreaching."""
VALUES = {"0": 0.0, "X": 9.0, "-": None}


def threshold(needed: int, periods: int, missing: str) -> Threshold:
    return Threshold(
        comparison="GreaterThanThreshold",
        value=5.0,
        periods=periods,
        to_alarm=needed,
        is_m_of_n=needed != periods,
        missing=missing,
    )


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_the_documented_tables(row: str) -> None:
    of, points, *states = (cell.strip() for cell in row.split("|"))
    needed, periods = map(int, of.split("/"))
    values = [VALUES[point] for point in points.split()]
    for missing, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True):
        assert judge(threshold(needed, periods, missing), values).state == STATES[state], missing


@pytest.mark.parametrize("points", ["- - - - X", "- - - X -"])
def test_few_breaching_values_are_no_premature_alarm(points: str) -> None:
    assert judge(threshold(3, 3, "missing"), [VALUES[point] for point in points.split()]).state != "ALARM"


@pytest.mark.parametrize(
    ("name", "value", "is_breached"),
    [
        ("GreaterThanThreshold", 5.0, False),
        ("GreaterThanOrEqualToThreshold", 5.0, True),
        ("LessThanThreshold", 5.0, False),
        ("LessThanOrEqualToThreshold", 5.0, True),
        ("LessThanThreshold", 4.9, True),
    ],
)
def test_comparisons(name: str, value: float, *, is_breached: bool) -> None:
    alarm = Threshold.of({"ComparisonOperator": name, "Threshold": 5, "EvaluationPeriods": 1})
    assert alarm.is_breached_by(value) is is_breached


def test_alarms_on_dynamodb_ignore_missing_data_by_default() -> None:
    given = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "EvaluationPeriods": 1}
    assert Threshold.of({**given, "Namespace": "AWS/DynamoDB"}).missing == "ignore"
    assert Threshold.of(given).missing == "missing"


def reason(alarm: Threshold, *values: float | None) -> str:
    series = list(values)
    periods = Periods(1_664_131_500, 60, len(series))  # 25/09/22 18:45:00
    verdict = judge(alarm, series)
    state = state_of(alarm, {"Statistic": "Sum"}, verdict, series, periods, period_s=60)
    data = json.loads(state.reason_data)
    assert (data["threshold"], data["period"], data["statistic"]) == (5.0, 60, "Sum")
    return state.reason


def test_reasons_in_the_words_of_published_messages() -> None:
    one = Threshold.of({"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5, "EvaluationPeriods": 1})
    given = Threshold.of(
        {
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 5,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "TreatMissingData": "notBreaching",
        }
    )
    assert reason(given, None, None, 6.0) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [6.0 (25/09/22 18:47:00)] was greater than the threshold "
        "(5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert reason(given, None, None, 0.0) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (25/09/22 18:47:00)] was not greater than the "
        "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )
    assert reason(one, 6.0, None, None) == (
        "Threshold Crossed: 1 datapoint [6.0 (25/09/22 18:45:00)] was greater than the threshold (5.0)."
    )
    assert reason(given, None, None, None) == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )
    silent = threshold(2, 3, "breaching")
    assert reason(silent, None, None, None, None, 0.0) == (
        "Threshold Crossed: 2 missing datapoints were treated as [Breaching]."
    )
    assert reason(silent, None, None, None, None, 9.0) == (
        "Threshold Crossed: 1 out of the last 3 datapoints [9.0 (25/09/22 18:49:00)] was greater than the threshold "
        "(5.0) and 2 missing datapoints were treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert reason(one, None, None, None) == "Insufficient Data: 1 datapoint was unknown."
