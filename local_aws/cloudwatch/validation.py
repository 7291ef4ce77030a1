"""What AWS refuses of an alarm that each member alone does not show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_aws.cloudwatch import statistics
from local_aws.cloudwatch.errors import (
    InvalidParameterCombination,
    MissingParameter,
    NotEmulated,
    ValidationError,
)
from local_aws.cloudwatch.evaluation import TREATMENTS
from local_aws.cloudwatch.queries import Queries

_TOPIC = re.compile(r"arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+(\.fifo)?")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_PERIODS = (10, 20, 30)
MAX_EVALUATED_S, MAX_EVALUATED_OF_SHORT_S = 604_800, 86_400
"""Longest EvaluationPeriods × Period: seven days, and one day for periods of less than an hour."""


def check_actions(request: Mapping[str, Any]) -> None:
    """Raises NotEmulated for actions that are no topics, ValidationError for what is no ARN."""
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in request.get(name) or ():
            if not action.startswith("arn:"):
                raise ValidationError(f"Invalid arn syntax: {action}")
            if not _TOPIC.fullmatch(action):
                raise NotEmulated(f"{name} {action} is not emulated, only topics of SNS")


def check_metric_alarm(request: Mapping[str, Any]) -> None:
    """Raises ValidationError, MissingParameter, InvalidParameterCombination and NotEmulated."""
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if request.get(name) is None:
            raise MissingParameter(f"The parameter {name} is required.")
    if request.get("TreatMissingData", TREATMENTS[0]) not in TREATMENTS:
        raise ValidationError(
            f"Option {request['TreatMissingData']} is not supported. Supported options for parameter TreatMissingData "
            f"are {', '.join(TREATMENTS)}."
        )
    number = int(request["EvaluationPeriods"])
    if not 1 <= int(request.get("DatapointsToAlarm") or 1) <= number:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    period = _period_of_queries(request) if request.get("Metrics") else _period_of_metric(request)
    if period not in _PERIODS and period % 60:
        raise ValidationError(f"Invalid period given: {period}. Periods are 10, 20, 30 or a multiple of 60")
    if period * number > (MAX_EVALUATED_S if period >= 3600 else MAX_EVALUATED_OF_SHORT_S):
        raise ValidationError(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or seven "
            "days (604800) with a period of an hour or more."
        )


def _period_of_metric(request: Mapping[str, Any]) -> int:
    for name in ("MetricName", "Namespace", "Period"):
        if not request.get(name):
            raise MissingParameter(f"The parameter {name} is required.")
    given = [request[name] for name in ("Statistic", "ExtendedStatistic") if request.get(name)]
    if len(given) != 1:
        raise InvalidParameterCombination("Exactly one of Statistic and ExtendedStatistic must be given.")
    statistics.check(given[0])
    return int(request["Period"])


def _period_of_queries(request: Mapping[str, Any]) -> int:
    for name in _OF_ONE_METRIC:
        if request.get(name):
            raise InvalidParameterCombination(f"The parameters {name} and Metrics are mutually exclusive.")
    returned = [query["Id"] for query in request["Metrics"] if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    return Queries(request["Metrics"]).period(returned[0])
