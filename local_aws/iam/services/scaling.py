"""Application Auto Scaling: its page in the Service Authorization Reference, and what it asks of its callers besides.

A caller needs the permissions that the service uses for them too (SageMaker Developer Guide, "Auto scaling
prerequisites"): on the endpoint, on alarms, and to create the service-linked role when there is none yet, as in an
account that has never scaled an endpoint. This local AWS is such an account every time.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Service, anywhere, every, same

_LINKED_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_LINKED_ROLE = f"role/aws-service-role/{_LINKED_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


def _target(call: Call) -> Iterator[Check]:
    """The id in a target's ARN is the service's own: requests do not have it. Its condition keys they have."""
    keys = {"service-namespace": "ServiceNamespace", "scalable-dimension": "ScalableDimension"}
    given = {f"application-autoscaling:{key}": call.get(member) for key, member in keys.items()}
    context = Context.of({key: value for key, value in given.items() if value})
    yield Check(f"application-autoscaling:{call.operation}", call.arn("scalable-target/*"), context)


def _endpoint(call: Call) -> Iterator[Check]:
    place = f"arn:{call.partition}:sagemaker:{call.region}:{call.account}"
    parts = str(call.get("ResourceId")).split("/")
    name = parts[1].lower() if len(parts) > 1 else "*"
    for action in ("DescribeEndpoint", "UpdateEndpointWeightsAndCapacities"):
        yield Check(f"sagemaker:{action}", f"{place}:endpoint/{name}")


def _linked_role(call: Call) -> Iterator[Check]:
    context = Context.of({"iam:AWSServiceName": _LINKED_SERVICE})
    role = f"arn:{call.partition}:iam::{call.account}:{_LINKED_ROLE}"
    yield Check("iam:CreateServiceLinkedRole", role, context)


def _alarms(call: Call) -> Iterator[Check]:
    """On the alarms that target tracking makes for itself on AWS."""
    place = f"arn:{call.partition}:cloudwatch:{call.region}:{call.account}"
    actions = ("PutMetricAlarm", "DescribeAlarms") if call.operation == "PutScalingPolicy" else ("DeleteAlarms",)
    for action in actions:
        yield Check(f"cloudwatch:{action}", f"{place}:alarm:TargetTracking-{call.get('ResourceId')}-*")


SCALING = Service(
    prefix="application-autoscaling",
    models=("application-autoscaling",),
    operations={
        "RegisterScalableTarget": every(_target, _endpoint, _linked_role),
        **same(every(_target, _alarms), "PutScalingPolicy", "DeleteScalingPolicy"),
        "DeregisterScalableTarget": _target,
        **same(anywhere, "DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScalingActivities"),
    },
)
