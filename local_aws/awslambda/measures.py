"""What Lambda measures of its functions ("Types of metrics for Lambda functions")."""

from __future__ import annotations

from local_aws.awslambda.deployment import Deployment, Invocation
from local_aws.metrics import Measure, Metrics, count, milliseconds

NAMESPACE = "AWS/Lambda"


def ended(
    metrics: Metrics, deployment: Deployment, invocation: Invocation, *, duration_s: float, is_error: bool
) -> None:
    """A function ran. As on AWS there is a zero for what did not go wrong."""
    measures = {
        "Invocations": count(),
        "Errors": count(is_error),
        "Throttles": count(0),
        "Duration": milliseconds(duration_s),
    }
    _publish(metrics, deployment, invocation, measures)


def throttled(metrics: Metrics, deployment: Deployment, invocation: Invocation) -> None:
    """A call was refused, as so many of the function were running already; it counts as no invocation."""
    _publish(metrics, deployment, invocation, {"Throttles": count()})


def not_buried(metrics: Metrics, deployment: Deployment, invocation: Invocation) -> None:
    """An event that the function had failed for good did not reach its dead-letter queue."""
    _publish(metrics, deployment, invocation, {"DeadLetterErrors": count()})


def _publish(metrics: Metrics, deployment: Deployment, invocation: Invocation, measures: dict[str, Measure]) -> None:
    name = {"FunctionName": deployment.name}
    resource = invocation.arn.partition(":function:")[2] or deployment.name
    dimensions: list[dict[str, str]] = [name, {**name, "Resource": resource}, {}]
    metrics.publish(NAMESPACE, measures, region=deployment.region, dimensions=dimensions)
