"""Which members of a request are honoured here (docs/fidelity/sagemaker.md says which); others are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.autoscaling.errors import NotEmulated
from local_aws.autoscaling.targets import DIMENSION, NAMESPACE
from local_aws.members import ANY, Members, first_unsupported

_TARGET: Members = {"ServiceNamespace": (NAMESPACE,), "ResourceId": ANY, "ScalableDimension": (DIMENSION,)}
_TRACKING = "TargetTrackingScalingPolicyConfiguration"
_PAGE: Members = dict.fromkeys(("NextToken", "MaxResults"), ANY)

SUPPORTED: Mapping[str, Members] = {
    "RegisterScalableTarget": {
        **_TARGET,
        **dict.fromkeys(("MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState"), ANY),
    },
    "DeregisterScalableTarget": _TARGET,
    "DescribeScalableTargets": {**_TARGET, **_PAGE, "ResourceIds": ANY},
    "PutScalingPolicy": {
        **_TARGET,
        "PolicyName": ANY,
        "PolicyType": ("TargetTrackingScaling",),
        f"{_TRACKING}.TargetValue": ANY,
        f"{_TRACKING}.PredefinedMetricSpecification.PredefinedMetricType": ("SageMakerVariantInvocationsPerInstance",),
        **{f"{_TRACKING}.{name}": ANY for name in ("ScaleInCooldown", "ScaleOutCooldown", "DisableScaleIn")},
    },
    "DescribeScalingPolicies": {**_TARGET, **_PAGE, "PolicyNames": ANY},
    "DeleteScalingPolicy": {**_TARGET, "PolicyName": ANY},
    "DescribeScalingActivities": {**_TARGET, **_PAGE, "IncludeNotScaledActivities": ANY},
}
"""Actions that are here, with their members."""


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member or value that would have no effect here."""
    if found := first_unsupported(SUPPORTED[action], request):
        raise NotEmulated(f"{action}: {found}")
