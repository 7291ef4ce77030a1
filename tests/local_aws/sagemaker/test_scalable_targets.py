"""Scalable targets of endpoints: what can be registered, what is kept, and what goes with an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import LocalAws
from tests.local_aws.sagemaker.endpoint_laboratory import create, delete_and_wait
from tests.local_aws.sagemaker.laboratory import Lab

KIND = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
TRACKING = {
    "TargetValue": 100.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    "ScaleInCooldown": 300,
}


@pytest.fixture(scope="module")
def endpoint(lab: Lab, names: list[str]) -> Iterator[str]:
    """In service, with the variant A; tests leave it without targets."""
    made = create(lab, lab.config(names[0]))
    lab.settled(made)
    yield made
    delete_and_wait(lab, made)


def target(endpoint: str, variant: str = "A") -> dict[str, str]:
    return {**KIND, "ResourceId": f"endpoint/{endpoint}/variant/{variant}"}


def register(lab: Lab, endpoint: str, **changes: Any) -> str:
    request = {**target(endpoint), "MinCapacity": 1, "MaxCapacity": 3, **changes}
    arn: str = lab.aws("application-autoscaling").register_scalable_target(**request)["ScalableTargetARN"]
    return arn


def registered(lab: Lab, endpoint: str) -> list[dict[str, Any]]:
    resource = target(endpoint)["ResourceId"]
    listed = lab.aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[resource]
    )
    found: list[dict[str, Any]] = listed["ScalableTargets"]
    return found


def test_a_target_is_kept_changed_and_removed_with_its_policies(lab: Lab, endpoint: str) -> None:
    scaling = lab.aws("application-autoscaling")
    arn = register(lab, endpoint)
    assert register(lab, endpoint, MaxCapacity=5) == arn
    (described,) = registered(lab, endpoint)
    assert (described["MinCapacity"], described["MaxCapacity"]) == (1, 5)
    assert described["RoleARN"].endswith("/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")
    assert not any(described["SuspendedState"].values())
    policy: dict[str, Any] = {**target(endpoint), "PolicyName": "invocations"}
    wanted = policy | {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": TRACKING}
    made = scaling.put_scaling_policy(**wanted)
    (kept,) = scaling.describe_scaling_policies(**target(endpoint))["ScalingPolicies"]
    assert (kept["PolicyARN"], kept["TargetTrackingScalingPolicyConfiguration"]) == (made["PolicyARN"], TRACKING)
    scaling.delete_scaling_policy(**policy)
    with pytest.raises(ClientError, match="No scaling policy found") as caught:
        scaling.delete_scaling_policy(**policy)
    assert caught.value.response["Error"]["Code"] == "ObjectNotFoundException"
    scaling.put_scaling_policy(**wanted)
    scaling.deregister_scalable_target(**target(endpoint))
    assert registered(lab, endpoint) == []
    assert scaling.describe_scaling_policies(**target(endpoint))["ScalingPolicies"] == []
    for action, arguments in (("deregister_scalable_target", target(endpoint)), ("put_scaling_policy", wanted)):
        with pytest.raises(ClientError, match="No scalable target registered") as caught:
            getattr(scaling, action)(**arguments)
        assert caught.value.response["Error"]["Code"] == "ObjectNotFoundException"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"ResourceId": "endpoint/sm-nobody/variant/A"}, "ValidationException", "Could not find endpoint"),
        ({"ResourceId": "endpoint/{}/variant/Z"}, "ValidationException", "has no variant Z"),
        ({"ResourceId": "table/x"}, "ValidationException", "expected endpoint/"),
        ({"MinCapacity": 4}, "ValidationException", "MinCapacity 4 to MaxCapacity 3"),
        ({"ScalableDimension": "sagemaker:nothing"}, "ValidationException", "scalableDimension"),
        ({"ServiceNamespace": "ecs"}, "NotEmulated", "ServiceNamespace 'ecs' is not emulated"),
    ],
)
def test_targets_that_cannot_be_are_refused(
    lab: Lab, endpoint: str, changes: dict[str, Any], code: str, said: str
) -> None:
    changes = {name: each.format(endpoint) if isinstance(each, str) else each for name, each in changes.items()}
    with pytest.raises(ClientError, match=said) as caught:
        register(lab, endpoint, **changes)
    assert caught.value.response["Error"]["Code"] == code
    assert registered(lab, endpoint) == []


def test_an_endpoint_must_be_in_service(lab: Lab) -> None:
    broken = create(lab, lab.config(lab.model(lab.junk_artifact())))
    with pytest.raises(ClientError, match=r"in status (Creating|Failed), expected InService"):
        register(lab, broken)
    lab.settled(broken)
    delete_and_wait(lab, broken)


def test_policies_of_other_kinds_are_refused_by_name(lab: Lab, endpoint: str) -> None:
    scaling = lab.aws("application-autoscaling")
    with pytest.raises(ClientError, match="PolicyType 'StepScaling' is not emulated"):
        scaling.put_scaling_policy(**target(endpoint), PolicyName="p", PolicyType="StepScaling")
    with pytest.raises(ClientError, match=r"PutScheduledAction is not emulated"):
        scaling.put_scheduled_action(**target(endpoint), ScheduledActionName="s", Schedule="rate(1 day)")


def test_updates_keep_the_instance_type_of_what_is_scaled(lab: Lab, endpoint: str, names: list[str]) -> None:
    sagemaker, other = lab.aws("sagemaker"), lab.name("config")
    variant = {"VariantName": "A", "ModelName": names[0], "InitialInstanceCount": 1, "InstanceType": "ml.c5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=other, ProductionVariants=[variant])
    register(lab, endpoint)
    with pytest.raises(ClientError, match=r"instance type ml\.m5\.large cannot become ml\.c5\.large"):
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=other)
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=lab.config(names[1]))
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    lab.aws("application-autoscaling").deregister_scalable_target(**target(endpoint))


def test_deleting_an_endpoint_deregisters_it_with_its_callers_permission(
    lab: Lab, local_aws: LocalAws, names: list[str]
) -> None:
    doomed = create(lab, lab.config(names[0]))
    lab.settled(doomed)
    register(lab, doomed)
    role = lab.role(actions=["sagemaker:DeleteEndpoint"], trusted="states.amazonaws.com")
    delete = as_role(lab, local_aws, role)("sagemaker").delete_endpoint
    with pytest.raises(ClientError, match="application-autoscaling:DeregisterScalableTarget"):
        delete(EndpointName=doomed)
    assert registered(lab, doomed)
    lab.allow(role, "application-autoscaling:DeregisterScalableTarget")
    delete(EndpointName=doomed)
    assert registered(lab, doomed) == []


def as_role(lab: Lab, local_aws: LocalAws, role: str) -> Callable[[str], Any]:
    """Clients that act for the role."""
    issued = lab.aws("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    return lambda service: local_aws.client(
        service,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )
