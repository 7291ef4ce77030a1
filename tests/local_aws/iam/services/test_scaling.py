"""What the calls of Application Auto Scaling need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import ACCOUNT, Call, arn, assert_needs_exactly, calls

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ResourceId": "endpoint/None/variant/A",
}
LINKED_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
TRACKING = {"TargetValue": 1.0}


def on_target(action: str) -> tuple[str, str]:
    return f"application-autoscaling:{action}", arn("application-autoscaling", "scalable-target/*")


def on_alarms(action: str) -> tuple[str, str]:
    return f"cloudwatch:{action}", arn("cloudwatch", "alarm:TargetTracking-endpoint/None/variant/A-*")


CALLS: list[Call] = [
    (
        "application-autoscaling",
        "register_scalable_target",
        {**TARGET, "MinCapacity": 1, "MaxCapacity": 2},
        [
            on_target("RegisterScalableTarget"),
            ("sagemaker:DescribeEndpoint", arn("sagemaker", "endpoint/none")),
            ("sagemaker:UpdateEndpointWeightsAndCapacities", arn("sagemaker", "endpoint/none")),
            ("iam:CreateServiceLinkedRole", LINKED_ROLE),
        ],
    ),
    ("application-autoscaling", "deregister_scalable_target", TARGET, [on_target("DeregisterScalableTarget")]),
    (
        "application-autoscaling",
        "put_scaling_policy",
        {
            **TARGET,
            "PolicyName": "p",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": TRACKING,
        },
        [on_target("PutScalingPolicy"), on_alarms("PutMetricAlarm"), on_alarms("DescribeAlarms")],
    ),
    (
        "application-autoscaling",
        "delete_scaling_policy",
        {**TARGET, "PolicyName": "p"},
        [on_target("DeleteScalingPolicy"), on_alarms("DeleteAlarms")],
    ),
    *(
        (
            "application-autoscaling",
            method,
            {"ServiceNamespace": "sagemaker"},
            [(f"application-autoscaling:{action}", "*")],
        )
        for method, action in (
            ("describe_scalable_targets", "DescribeScalableTargets"),
            ("describe_scaling_policies", "DescribeScalingPolicies"),
            ("describe_scaling_activities", "DescribeScalingActivities"),
        )
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
