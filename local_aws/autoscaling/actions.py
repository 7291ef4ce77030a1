"""The actions on scalable targets and scaling policies. Nothing scales: one process serves whatever a count says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.utilities.utils import get_partition

from local_aws.autoscaling import targets
from local_aws.autoscaling.errors import ObjectNotFoundException
from local_aws.autoscaling.targets import DIMENSION, NAMESPACE
from local_aws.paging import page_of
from local_aws.sagemaker.errors import ValidationException
from local_aws.world import World

Request = dict[str, Any]

_SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_SERVICE_ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_BURSTABLE = "ml.t"
_PAGE_SIZE = 50


class Actions:
    """What the API does in one account's region."""

    def __init__(self, world: World, backend: ApplicationAutoscalingBackend) -> None:
        self._world, self._backend = world, backend

    def register_scalable_target(self, request: Request) -> dict[str, Any]:
        """Register a variant of an endpoint that is InService, or change what is registered."""
        resource_id, known = request["ResourceId"], self._target(request["ResourceId"])
        least = request.get("MinCapacity", known.min_capacity if known else None)
        most = request.get("MaxCapacity", known.max_capacity if known else None)
        _check_capacity(least, most)
        self._check_variant(resource_id)
        suspended: Any = request.get("SuspendedState")
        target = self._backend.register_scalable_target(
            NAMESPACE, resource_id, DIMENSION, least, most, self._role(), suspended
        )
        return {"ScalableTargetARN": target.arn}

    def deregister_scalable_target(self, request: Request) -> dict[str, Any]:
        """Deregister a variant; its policies go with it."""
        self._registered(request["ResourceId"])
        targets.deregister(self._backend, request["ResourceId"])
        return {}

    def describe_scalable_targets(self, request: Request) -> dict[str, Any]:
        """The targets, all of them or those named."""
        wanted = request.get("ResourceIds")
        found = [
            _describe_target(target)
            for resource_id, target in self._backend.targets.get(DIMENSION, {}).items()
            if wanted is None or resource_id in wanted
        ]
        return _page(found, request, key="ScalableTargets")

    def put_scaling_policy(self, request: Request) -> dict[str, Any]:
        """Keep a target tracking policy of a registered target."""
        self._registered(request["ResourceId"])
        tracking = request.get("TargetTrackingScalingPolicyConfiguration")
        if request.get("PolicyType") != "TargetTrackingScaling" or not tracking:
            raise ValidationException("PolicyType and TargetTrackingScalingPolicyConfiguration are required")
        if not tracking.get("PredefinedMetricSpecification"):
            raise ValidationException("PredefinedMetricSpecification is required")
        policy = self._backend.put_scaling_policy(
            policy_name=request["PolicyName"],
            service_namespace=NAMESPACE,
            resource_id=request["ResourceId"],
            scalable_dimension=DIMENSION,
            policy_body=tracking,
            policy_type=request["PolicyType"],
        )
        return {"PolicyARN": policy.policy_arn, "Alarms": []}

    def describe_scaling_policies(self, request: Request) -> dict[str, Any]:
        """The policies, all of them, one target's or those named."""
        names, resource_id = request.get("PolicyNames"), request.get("ResourceId")
        found = [
            _describe_policy(policy)
            for policy in self._backend.policies.values()
            if (names is None or policy.policy_name in names) and resource_id in (None, policy.resource_id)
        ]
        return _page(found, request, key="ScalingPolicies")

    def delete_scaling_policy(self, request: Request) -> dict[str, Any]:
        """Remove one policy."""
        key = FakeApplicationAutoscalingPolicy.formulate_key(
            NAMESPACE, request["ResourceId"], DIMENSION, request["PolicyName"]
        )
        if self._backend.policies.pop(key, None) is None:
            raise ObjectNotFoundException(
                f"No scaling policy found for service namespace: {NAMESPACE}, resource ID: {request['ResourceId']}, "
                f"scalable dimension: {DIMENSION}, policy name: {request['PolicyName']}"
            )
        return {}

    def describe_scaling_activities(self, request: Request) -> dict[str, Any]:
        """None, ever: nothing scales."""
        return _page([], request, key="ScalingActivities")

    def _target(self, resource_id: str) -> FakeScalableTarget | None:
        return self._backend.targets.get(DIMENSION, {}).get(resource_id)

    def _registered(self, resource_id: str) -> None:
        if self._target(resource_id) is None:
            raise ObjectNotFoundException(
                f"No scalable target registered for service namespace: {NAMESPACE}, resource ID: {resource_id}, "
                f"scalable dimension: {DIMENSION}"
            )

    def _check_variant(self, resource_id: str) -> None:
        endpoint, name = targets.parse(resource_id)
        sagemaker: Any = self._world.client("sagemaker", region=self._backend.region_name)
        try:
            described = sagemaker.describe_endpoint(EndpointName=endpoint)
            config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        except ClientError as error:
            raise ValidationException(error.response["Error"]["Message"]) from error
        if described["EndpointStatus"] != "InService":
            raise ValidationException(
                f"Endpoint {endpoint} is in status {described['EndpointStatus']}, expected InService: {resource_id}"
            )
        kinds = {variant["VariantName"]: variant.get("InstanceType", "") for variant in config["ProductionVariants"]}
        if name not in kinds:
            raise ValidationException(f"Endpoint {endpoint} has no variant {name}: {resource_id}")
        if not kinds[name] or kinds[name].startswith(_BURSTABLE):
            what = kinds[name] or "serverless"
            raise ValidationException(f"Variant {name} is {what}, whose instances are not scaled: {resource_id}")

    def _role(self) -> str:
        partition = get_partition(self._backend.region_name)
        return f"arn:{partition}:iam::{self._backend.account_id}:role/{_SERVICE_ROLE}"


def _check_capacity(least: int | None, most: int | None) -> None:
    if least is None or most is None:
        raise ValidationException("MinCapacity and MaxCapacity are required to register a scalable target")
    if not 0 <= least <= most:
        raise ValidationException(f"MinCapacity {least} to MaxCapacity {most}: expected 0 or more, and no less at most")


def _describe_target(target: FakeScalableTarget) -> dict[str, Any]:
    suspended: Any = target.suspended_state or {}
    return {
        "ServiceNamespace": target.service_namespace,
        "ResourceId": target.resource_id,
        "ScalableDimension": target.scalable_dimension,
        "MinCapacity": target.min_capacity,
        "MaxCapacity": target.max_capacity,
        "RoleARN": target.role_arn,
        "CreationTime": datetime.fromtimestamp(target.creation_time, UTC),
        "SuspendedState": {name: suspended.get(name, False) for name in _SUSPENDED},
        "ScalableTargetARN": target.arn,
    }


def _describe_policy(policy: FakeApplicationAutoscalingPolicy) -> dict[str, Any]:
    return {
        "PolicyARN": policy.policy_arn,
        "PolicyName": policy.policy_name,
        "ServiceNamespace": policy.service_namespace,
        "ResourceId": policy.resource_id,
        "ScalableDimension": policy.scalable_dimension,
        "PolicyType": policy.policy_type,
        "TargetTrackingScalingPolicyConfiguration": policy.target_tracking_scaling_policy_configuration,
        "Alarms": [],
        "CreationTime": datetime.fromtimestamp(policy.creation_time, UTC),
    }


def _page(found: Sequence[dict[str, Any]], request: Request, *, key: str) -> dict[str, Any]:
    size = request.get("MaxResults", _PAGE_SIZE)
    items, following = page_of(found, token=request.get("NextToken"), size=size, refusal=ValidationException)
    return {key: list(items)} | ({"NextToken": following} if following else {})
