"""Which members of a request this local AWS honours (docs/fidelity/cloudwatch.md says which).

Any other is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudwatch.errors import NotEmulated
from local_aws.cloudwatch.evaluation import COMPARISONS
from local_aws.members import ANY, Members, first_unsupported

_ALARM: Members = {
    "AlarmName": ANY,
    "AlarmDescription": ANY,
    "ActionsEnabled": ANY,
    "OKActions": ANY,
    "AlarmActions": ANY,
    "InsufficientDataActions": ANY,
    "Tags": ANY,
}
SUPPORTED: Mapping[str, Members] = {
    "PutMetricAlarm": {
        **_ALARM,
        "MetricName": ANY,
        "Namespace": ANY,
        "Statistic": ANY,
        "ExtendedStatistic": ANY,
        "Dimensions": ANY,
        "Period": ANY,
        "Unit": ANY,
        "EvaluationPeriods": ANY,
        "DatapointsToAlarm": ANY,
        "Threshold": ANY,
        "ComparisonOperator": tuple(COMPARISONS),
        "TreatMissingData": ANY,
        "EvaluateLowSampleCountPercentile": ("evaluate",),
        "Metrics": ANY,
    },
    "PutCompositeAlarm": {**_ALARM, "AlarmRule": ANY},
    "GetMetricData": {
        "MetricDataQueries": ANY,
        "StartTime": ANY,
        "EndTime": ANY,
        "ScanBy": ANY,
    },
    "ListMetrics": {"Namespace": ANY, "MetricName": ANY, "Dimensions": ANY, "NextToken": ANY},
}


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member or value that would have no effect here."""
    if action in SUPPORTED and (found := first_unsupported(SUPPORTED[action], request)):
        raise NotEmulated(f"{action}: {found}")
