"""Data points over HTTP: put, and read back as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.metrics import MAX_SAMPLES, Metric, Metrics, Sample
from tests.local_aws.cloudwatch.laboratory import Lab, name

NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
A, B = {"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def get(lab: Lab, queries: list[dict[str, Any]], *, minutes: int = 3, **more: Any) -> dict[str, list[float]]:
    """The values of each query from noon on, the oldest first."""
    answer = lab.cloudwatch.get_metric_data(
        MetricDataQueries=queries,
        StartTime=NOON,
        EndTime=at(60 * minutes),
        **({"ScanBy": "TimestampAscending"} | more),
    )
    return {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}


def stat(namespace: str, metric: str, kind: str, **more: Any) -> dict[str, Any]:
    described = {"Namespace": namespace, "MetricName": metric, "Dimensions": more.pop("Dimensions", [])}
    return {"Id": kind.lower(), "MetricStat": {"Metric": described, "Period": 60, "Stat": kind, **more}}


@pytest.fixture
def namespace(lab: Lab) -> str:
    """Three minutes of `m`: 1 and 3, nothing, and a set of statistics; and as many of others of its name."""
    made = name()
    lab.cloudwatch.put_metric_data(
        Namespace=made,
        MetricData=[
            {"MetricName": "m", "Value": 1, "Timestamp": at(1), "Unit": "Count"},
            {"MetricName": "m", "Value": 3, "Timestamp": at(59), "Unit": "Count"},
            {
                "MetricName": "m",
                "StatisticValues": {"SampleCount": 4, "Sum": 8, "Minimum": 1, "Maximum": 5},
                "Timestamp": at(120),
            },
            {"MetricName": "m", "Value": 100, "Timestamp": at(1), "Dimensions": [A]},
            {"MetricName": "m", "Value": 200, "Timestamp": at(1), "Dimensions": [B, A]},
            {"MetricName": "many", "Values": [1, 5], "Counts": [9, 1], "Timestamp": at(60)},
        ],
    )
    return made


def test_statistics_of_each_period(lab: Lab, namespace: str) -> None:
    kinds = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"]
    values = get(lab, [stat(namespace, "m", kind) for kind in kinds])
    assert values == {
        "sum": [4.0, 8.0],
        "average": [2.0, 2.0],
        "minimum": [1.0, 1.0],
        "maximum": [3.0, 5.0],
        "samplecount": [2.0, 4.0],
    }
    answer = lab.cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName="m", StartTime=NOON, EndTime=at(180), Period=60, Statistics=kinds
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    assert [point["Timestamp"] for point in points] == [at(0), at(120)]
    assert [[point[kind] for kind in kinds] for point in points] == [
        [4.0, 2.0, 1.0, 3.0, 2.0],
        [8.0, 2.0, 1.0, 5.0, 4.0],
    ]


def test_a_metric_is_its_very_dimensions(lab: Lab, namespace: str) -> None:
    assert get(lab, [stat(namespace, "m", "Sum", Dimensions=[A])]) == {"sum": [100.0]}
    assert get(lab, [stat(namespace, "m", "Sum", Dimensions=[A, B])]) == {"sum": [200.0]}
    assert get(lab, [stat(namespace, "m", "Sum", Dimensions=[B])]) == {"sum": []}
    listed = lab.cloudwatch.list_metrics(Namespace=namespace, MetricName="m")["Metrics"]
    assert [len(metric["Dimensions"]) for metric in listed] == [0, 1, 2]
    with_b = lab.cloudwatch.list_metrics(Namespace=namespace, Dimensions=[{"Name": "B"}])["Metrics"]
    assert [metric["Dimensions"] for metric in with_b] == [[A, B]]


def test_percentiles_and_units(lab: Lab, namespace: str) -> None:
    assert get(lab, [stat(namespace, "many", "p90"), stat(namespace, "many", "p95")]) == {"p90": [1.0], "p95": [5.0]}
    assert get(lab, [stat(namespace, "m", "p50")]) == {"p50": [1.0]}, "a set of statistics has no percentile"
    assert get(lab, [stat(namespace, "m", "Sum", Unit="Count")]) == {"sum": [4.0]}
    assert get(lab, [stat(namespace, "m", "Sum", Unit="Bytes")]) == {"sum": []}


def test_math(lab: Lab, namespace: str) -> None:
    hidden = {**stat(namespace, "m", "Sum"), "ReturnData": False}
    twice = {"Id": "twice", "Expression": "2 * filled", "Label": "two"}
    filled = {"Id": "filled", "Expression": "FILL(sum, -1)"}
    assert get(lab, [twice, filled, hidden]) == {"twice": [8.0, -2.0, 16.0], "filled": [4.0, -1.0, 8.0]}
    newest_first = get(lab, [stat(namespace, "m", "Sum")], ScanBy="TimestampDescending")
    assert newest_first == {"sum": [8.0, 4.0]}


def test_a_data_point_without_a_time_is_of_now(lab: Lab) -> None:
    namespace = name()
    lab.put(namespace, "m", 7)
    assert lab.sums(namespace, "m", {}) == [7.0]


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Value": 2.0**361}, "InvalidParameterValue"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue"),
        ({}, "MissingParameter"),
        ({"Value": 1, "Timestamp": datetime.now(UTC) - timedelta(days=15)}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": datetime.now(UTC) + timedelta(hours=3)}, "InvalidParameterValue"),
    ],
)
def test_what_cannot_be_put_leaves_nothing_behind(lab: Lab, datum: dict[str, Any], code: str) -> None:
    namespace = name()
    with pytest.raises(ClientError) as refused:
        lab.cloudwatch.put_metric_data(
            Namespace=namespace, MetricData=[{"MetricName": "good", "Value": 1}, {"MetricName": "m", **datum}]
        )
    assert refused.value.response["Error"]["Code"] == code
    assert lab.cloudwatch.list_metrics(Namespace=namespace)["Metrics"] == []


def test_too_many_data_points_at_once(lab: Lab) -> None:
    with pytest.raises(ClientError, match="1,440") as refused:
        lab.cloudwatch.get_metric_statistics(
            Namespace="N", MetricName="m", StartTime=NOON, EndTime=at(60 * 1441), Period=60, Statistics=["Sum"]
        )
    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_only_the_newest_are_kept() -> None:
    metrics, metric = Metrics(), Metric("N", "m")
    for second in range(MAX_SAMPLES + 1):
        metrics.add("eu-west-1", metric, Sample(second, "None", 1, 1, 1, 1))
    kept = metrics.between("eu-west-1", metric, 0, float("inf"))
    assert len(kept) == MAX_SAMPLES + 1 - MAX_SAMPLES // 10
    assert kept[-1].at_s == MAX_SAMPLES


def test_what_comes_late_is_put_in_its_place() -> None:
    metrics, metric = Metrics(), Metric("N", "m")
    for second in (5, 1, 3):
        metrics.add("r", metric, Sample(second, "None", 1, second, second, second))
    assert [sample.at_s for sample in metrics.between("r", metric, 1, 5)] == [1, 3]
    assert metrics.between("another", metric, 0, 9) == []
