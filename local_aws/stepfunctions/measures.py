"""What Step Functions measures of executions ("Execution metrics")."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.metrics import Measure, Metrics, count, milliseconds

NAMESPACE = "AWS/States"
_ENDS: Mapping[str, str] = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def started(metrics: Metrics, machine_arn: str, *, region: str) -> None:
    """An execution began."""
    _publish(metrics, machine_arn, {"ExecutionsStarted": count()}, region)


def ended(metrics: Metrics, machine_arn: str, status: str, *, took_s: float, region: str) -> None:
    """An execution ended, with this status of DescribeExecution."""
    _publish(metrics, machine_arn, {_ENDS[status]: count(), "ExecutionTime": milliseconds(took_s)}, region)


def _publish(metrics: Metrics, machine_arn: str, measures: dict[str, Measure], region: str) -> None:
    metrics.publish(NAMESPACE, measures, region=region, dimensions=[{"StateMachineArn": machine_arn}])
