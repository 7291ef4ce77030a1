"""Actions on data points: put, read, list."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.cloudwatch import statistics
from local_aws.cloudwatch.backend import Backend
from local_aws.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    NotEmulated,
    ValidationError,
)
from local_aws.cloudwatch.queries import Periods, Queries, check_period, metric_of
from local_aws.metrics import Metric, Sample
from local_aws.paging import page_of

MAX_DATAPOINTS = 1440
"""Of one GetMetricStatistics."""
_PAGE = 500
_OLDEST_S, _NEWEST_S = 14 * 86_400, 2 * 3600
"""How far in the past and in the future a data point may be (PutMetricData's documentation)."""


def put_data(backend: Backend, request: dict[str, Any]) -> None:
    """PutMetricData: all of the request, or nothing where one of its values cannot be accepted."""
    if request.get("EntityMetricData"):
        raise NotEmulated("EntityMetricData is not emulated")
    namespace = request["Namespace"]
    taken = [
        (Metric.of(namespace, datum["MetricName"], _dimensions(datum)), sample)
        for position, datum in enumerate(request.get("MetricData") or (), start=1)
        for sample in _samples(datum, f"MetricData.member.{position}")
    ]
    for metric, sample in taken:
        backend.metrics.add(backend.region_name, metric, sample)


def get_data(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """GetMetricData, on the wall clock; each series begins with the minute of StartTime."""
    queries = Queries(request["MetricDataQueries"])
    start_s, end_s = _range(request, ValidationError)
    results = []
    for name, query in queries.by_id.items():
        if query.get("ReturnData") is False:
            continue
        periods = _periods(start_s, end_s, queries.period(name))
        series = zip(periods.starts_s, queries.series(name, backend.source, periods), strict=True)
        points = [(at_s, value) for at_s, value in series if value is not None]
        if request.get("ScanBy") != "TimestampAscending":
            points.reverse()
        results.append(
            {
                "Id": name,
                "Label": query.get("Label") or _label(query),
                "Timestamps": [_time(at_s) for at_s, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def get_statistics(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """GetMetricStatistics, on the wall clock."""
    simple, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not simple and not extended:
        raise InvalidParameterCombination("At least one of the parameters Statistics and ExtendedStatistics is needed.")
    for name in [*simple, *extended]:
        statistics.check(name)
    check_period(int(request["Period"]))
    periods = _periods(*_range(request, InvalidParameterValue), int(request["Period"]))
    if periods.number > MAX_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {periods.number:,} datapoints, which exceeds the limit of {MAX_DATAPOINTS:,}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    read = {"Metric": request, "Unit": request.get("Unit")}
    columns = {name: backend.source.read({**read, "Stat": name}, periods) for name in [*simple, *extended]}
    unit = request.get("Unit") or backend.unit_of(metric_of(request))
    points = []
    for at, start_s in enumerate(periods.starts_s):
        row = {name: column[at] for name, column in columns.items() if column[at] is not None}
        more = {name: value for name, value in row.items() if name in extended}
        plain = {name: value for name, value in row.items() if name in simple}
        if row:
            points.append({"Timestamp": _time(start_s), "Unit": unit, **plain, "ExtendedStatistics": more or None})
    return {"Label": request["MetricName"], "Datapoints": points}


def list_metrics(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """ListMetrics."""
    wanted = [(each["Name"], each.get("Value")) for each in request.get("Dimensions") or ()]

    def is_meant(metric: Metric) -> bool:
        held = dict(metric.dimensions)
        return (
            request.get("Namespace") in (None, metric.namespace)
            and request.get("MetricName") in (None, metric.name)
            and all(name in held and value in (None, held[name]) for name, value in wanted)
        )

    found = [metric for metric in backend.metrics.names(backend.region_name) if is_meant(metric)]
    page, token = page_of(found, token=request.get("NextToken"), size=_PAGE, refusal=InvalidParameterValue)
    return {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in page
        ],
        "NextToken": token,
    }


def seconds(moment: datetime) -> float:
    """Unix time; a time that names no zone is UTC's."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _range(request: Mapping[str, Any], refusal: type[Exception]) -> tuple[float, float]:
    start_s, end_s = seconds(request["StartTime"]), seconds(request["EndTime"])
    if start_s >= end_s:
        raise refusal("The parameter StartTime must be less than the parameter EndTime.")
    return start_s, end_s


def _periods(start_s: float, end_s: float, length_s: int) -> Periods:
    """AWS rounds the start down to a whole minute, and for shorter periods to a whole one of these."""
    rounded = start_s // min(length_s, 60) * min(length_s, 60)
    return Periods(rounded, length_s, max(1, math.ceil((end_s - rounded) / length_s)))


def _time(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _label(query: Mapping[str, Any]) -> str:
    return str(query["MetricStat"]["Metric"]["MetricName"]) if "MetricStat" in query else str(query["Id"])


def _dimensions(datum: Mapping[str, Any]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in datum.get("Dimensions") or ()}


def _samples(datum: Mapping[str, Any], place: str) -> Iterator[Sample]:
    """What one MetricDatum says. Raises InvalidParameterValue, InvalidParameterCombination, MissingParameter."""
    at_s, unit = _at(datum, place), datum.get("Unit") or "None"
    kinds = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if not kinds:
        raise MissingParameter(f"The parameter {place}.Value is required.")
    if len(kinds) > 1:
        raise InvalidParameterCombination(
            f"The parameters {place}.{kinds[0]} and {place}.{kinds[1]} are mutually exclusive and you have specified "
            "both."
        )
    if kinds == ["StatisticValues"]:
        told = datum["StatisticValues"]
        names = ("SampleCount", "Sum", "Minimum", "Maximum")
        yield Sample(at_s, unit, *(_number(told[name], f"{place}.StatisticValues.{name}") for name in names))
        return
    values = datum["Values"] if kinds == ["Values"] else [datum["Value"]]
    counts = datum.get("Counts") or [1] * len(values)
    if len(counts) != len(values):
        raise InvalidParameterValue(f"The parameters {place}.Values and {place}.Counts must be of the same size.")
    for value, times in zip(values, counts, strict=True):
        number = _number(value, f"{place}.{kinds[0]}")
        yield Sample(at_s, unit, float(times), number * float(times), number, number)


def _at(datum: Mapping[str, Any], place: str) -> float:
    now = time.time()
    if datum.get("Timestamp") is None:
        return now
    at_s = seconds(datum["Timestamp"])
    if not now - _OLDEST_S <= at_s <= now + _NEWEST_S:
        raise InvalidParameterValue(
            f"The parameter {place}.Timestamp must specify a time no more than two weeks in the past and no more than "
            "two hours in the future."
        )
    return at_s


def _number(value: Any, place: str) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > 2.0**360:
        raise InvalidParameterValue(f"The value {value} for parameter {place} is invalid.")
    return number
