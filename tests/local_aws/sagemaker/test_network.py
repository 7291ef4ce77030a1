"""Trainings, tuning jobs and models in a VPC: what is answered of it, and what they need to be in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import Network, made
from tests.local_aws.sagemaker.endpoint_laboratory import create, put_artifact, random_model
from tests.local_aws.sagemaker.laboratory import Lab
from tests.local_aws.sagemaker.tuning_laboratory import config, continuous, definition, trainings
from tests.local_aws.sagemaker.tuning_laboratory import create as tune
from tests.local_aws.sagemaker.tuning_laboratory import ended as tuned

JOINS = (
    *("CreateNetworkInterface", "CreateNetworkInterfacePermission"),
    *("DeleteNetworkInterface", "DeleteNetworkInterfacePermission"),
    *("DescribeNetworkInterfaces", "DescribeVpcs", "DescribeDhcpOptions", "DescribeSubnets", "DescribeSecurityGroups"),
)
"""SageMaker Developer Guide, "How to use SageMaker AI execution roles": in a private VPC."""
WORKS = ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "logs:*", "cloudwatch:PutMetricData"]
NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the "
    "security groups and the subnet's network ACL allow outbound traffic to S3"
)


def joining(lab: Lab, *, without: str = "") -> str:
    return lab.role(actions=[*WORKS, *(f"ec2:{action}" for action in JOINS if action != without)])


def wrong_configs(network: Network, other: Network) -> list[tuple[dict[str, list[str]], str]]:
    return [
        ({**network.of_sagemaker(), "Subnets": ["subnet-0dead"]}, "The subnet ID 'subnet-0dead' does not exist"),
        ({**network.of_sagemaker(), "SecurityGroupIds": ["sg-0dead"]}, "The security group 'sg-0dead' does not exist"),
        ({**network.of_sagemaker(), "SecurityGroupIds": [other.group]}, "Security Groups are required to be in the"),
        ({**network.of_sagemaker(), "Subnets": [*network.subnets, *other.subnets]}, "Subnets are required to be in"),
    ]


def test_what_cannot_be_is_refused(lab: Lab, network: Network, aws: Callable[[str], Any]) -> None:
    artifact = lab.junk_artifact()
    with made(aws("ec2")) as other:
        for config, message in wrong_configs(network, other):
            with pytest.raises(ClientError, match=message) as error:
                lab.aws("sagemaker").create_training_job(**lab.job_request(lab.name("job"), VpcConfig=config))
            assert error.value.response["Error"]["Code"] == "ValidationException"
            with pytest.raises(ClientError, match=message) as error:
                lab.model(artifact, VpcConfig=config)
            assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("action", JOINS)
def test_a_training_needs_a_role_that_may_join(lab: Lab, network: Network, action: str) -> None:
    name, role = lab.name("job"), joining(lab, without=action)
    request = lab.job_request(name, RoleArn=role, VpcConfig=network.of_sagemaker())
    lab.aws("sagemaker").create_training_job(**request)
    ended = lab.ended(name)
    assert ended["TrainingJobStatus"] == "Failed"
    assert ended["FailureReason"].startswith("ClientError: User: arn:aws:sts::123456789012:assumed-role/")
    assert f"/SageMaker is not authorized to perform: ec2:{action} on resource: " in ended["FailureReason"]
    assert [each["Status"] for each in ended["SecondaryStatusTransitions"]] == ["Starting", "Failed"]
    assert ended["VpcConfig"] == network.of_sagemaker()


def test_an_endpoint_needs_a_model_whose_role_may_join(lab: Lab, network: Network) -> None:
    role = joining(lab, without="DescribeDhcpOptions")
    model = lab.model(lab.junk_artifact(), ExecutionRoleArn=role, VpcConfig=network.of_sagemaker())
    assert lab.aws("sagemaker").describe_model(ModelName=model)["VpcConfig"] == network.of_sagemaker()
    endpoint = lab.settled(create(lab, lab.config(model)))
    assert endpoint["EndpointStatus"] == "Failed"
    assert "is not authorized to perform: ec2:DescribeDhcpOptions on resource: *" in endpoint["FailureReason"]


def test_a_tuning_job_puts_its_trainings_into_the_network(
    lab: Lab, network: Network, aws: Callable[[str], Any]
) -> None:
    training = {**definition(lab, "factors_lr"), "RoleArn": joining(lab, without="DescribeVpcs")}
    search = config(continuous("factors_lr", "0.01", "0.1"), jobs=1)
    with made(aws("ec2")) as other:
        for wrong, message in wrong_configs(network, other):
            with pytest.raises(ClientError, match=message):
                tune(lab, search, {**training, "VpcConfig": wrong})
    name = tune(lab, search, {**training, "VpcConfig": network.of_sagemaker()})
    assert tuned(lab, name)["TrainingJobDefinition"]["VpcConfig"] == network.of_sagemaker()
    (summary,) = trainings(lab, name)
    assert "not authorized to perform: ec2:DescribeVpcs" in summary["FailureReason"]
    assert lab.ended(summary["TrainingJobName"])["VpcConfig"] == network.of_sagemaker()


def test_without_a_way_to_s3_nothing_comes_down(lab: Lab, network: Network) -> None:
    name, role = lab.name("job"), joining(lab)
    lab.aws("sagemaker").create_training_job(**lab.job_request(name, RoleArn=role, VpcConfig=network.of_sagemaker()))
    reason = lab.ended(name)["FailureReason"]
    assert reason.startswith(f"ClientError: Data download failed:{NO_WAY}: ")
    missing = f"is in {network.vpc}, which has no endpoint for s3 (com.amazonaws.eu-west-1.s3)"
    assert reason.endswith(f"training job {name} {missing}")
    model = lab.model(lab.junk_artifact(), ExecutionRoleArn=role, VpcConfig=network.of_sagemaker())
    endpoint = lab.settled(create(lab, lab.config(model)))
    assert endpoint["EndpointStatus"] == "Failed"
    assert endpoint["FailureReason"].endswith(f"{NO_WAY}: model {model} {missing}")


def test_with_a_way_to_s3_a_model_is_trained_and_served(lab: Lab, network: Network) -> None:
    network.gateway("s3")
    name, role = lab.name("job"), joining(lab)
    request = lab.job_request(name, RoleArn=role, VpcConfig=network.of_sagemaker())
    lab.aws("sagemaker").create_training_job(**request)
    ended = lab.ended(name)
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")
    artifact = put_artifact(lab, random_model(1))
    model = lab.model(artifact, ExecutionRoleArn=role, VpcConfig=network.of_sagemaker())
    endpoint = lab.settled(create(lab, lab.config(model)))
    assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")
