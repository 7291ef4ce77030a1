"""Functions in a VPC: what is answered of it, and what Lambda refuses."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.awslambda.conftest import Functions
from tests.local_aws.conftest import LocalAws
from tests.local_aws.networks import LAMBDA_ASKS, Network, made, role, statement

CODE = "def handler(event, context):\n    return 1\n"


@pytest.fixture
def joining(aws: Callable[[str], Any]) -> str:
    """A role that may join a network."""
    return role(aws("iam"), "lambda", statement(*LAMBDA_ASKS))


def described(functions: Functions, name: str) -> Any:
    return functions.client.get_function(FunctionName=name)["Configuration"].get("VpcConfig")


def test_the_vpc_is_answered(functions: Functions, network: Network, joining: str) -> None:
    name = functions.create(CODE, Role=joining, VpcConfig=network.of_lambda())
    expected = {**network.of_lambda(), "VpcId": network.vpc, "Ipv6AllowedForDualStack": False}
    assert described(functions, name) == expected
    assert functions.client.get_function_configuration(FunctionName=name)["VpcConfig"] == expected
    assert functions.invoke(name, {}).payload == 1


def test_a_function_may_enter_and_leave(functions: Functions, network: Network, joining: str) -> None:
    name = functions.create(CODE, Role=joining)
    assert described(functions, name) is None
    update = functions.client.update_function_configuration
    assert update(FunctionName=name, VpcConfig=network.of_lambda())["VpcConfig"]["VpcId"] == network.vpc
    update(FunctionName=name, Description="else", VpcConfig={})
    assert described(functions, name)["VpcId"] == network.vpc
    left = {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}
    assert update(FunctionName=name, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})["VpcConfig"] == left
    assert described(functions, name) == left


def test_a_version_keeps_its_vpc(functions: Functions, network: Network, joining: str) -> None:
    name = functions.create(CODE, Role=joining, VpcConfig=network.of_lambda())
    functions.client.publish_version(FunctionName=name)
    nowhere: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
    functions.client.update_function_configuration(FunctionName=name, VpcConfig=nowhere)
    version = functions.client.get_function_configuration(FunctionName=name, Qualifier="1")
    assert version["VpcConfig"]["VpcId"] == network.vpc


def test_what_cannot_be_is_refused(functions: Functions, network: Network, joining: str, aws: Any) -> None:
    subnets, groups = list(network.subnets), [network.group]
    with made(aws("ec2")) as other:
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"SubnetIds": subnets}, "SubnetIds and SecurityIds must coexist or be both empty list."),
            ({"SecurityGroupIds": groups}, "SubnetIds and SecurityIds must coexist or be both empty list."),
            (
                {"SubnetIds": ["subnet-0dead"], "SecurityGroupIds": groups},
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
                "EC2 Error Message: The subnet ID 'subnet-0dead' does not exist",
            ),
            (
                {"SubnetIds": subnets, "SecurityGroupIds": ["sg-0dead"]},
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
                "EC2 Error Message: The security group 'sg-0dead' does not exist",
            ),
            (
                {"SubnetIds": subnets, "SecurityGroupIds": [other.group]},
                "Security Groups are required to be in the same VPC.",
            ),
            (
                {"SubnetIds": [*subnets, *other.subnets], "SecurityGroupIds": groups},
                "Subnets are required to be in the same VPC.",
            ),
            (
                {**network.of_lambda(), "Ipv6AllowedForDualStack": True},
                "Ipv6AllowedForDualStack: the local AWS has no IPv6",
            ),
        ]
        existing = functions.create(CODE, Role=joining)
        for config, message in wrong:
            for attempt in (
                lambda config=config: functions.create(CODE, Role=joining, VpcConfig=config),
                lambda config=config: functions.client.update_function_configuration(
                    FunctionName=existing, VpcConfig=config
                ),
            ):
                with pytest.raises(ClientError) as error:
                    attempt()
                assert error.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}
        assert described(functions, existing) is None


def test_there_is_an_end_to_groups(functions: Functions, network: Network, joining: str) -> None:
    groups = [network.group] * 6
    with pytest.raises(ClientError, match=r"'vpcConfig.securityGroupIds' failed to satisfy constraint: .* equal to 5"):
        functions.create(CODE, Role=joining, VpcConfig={**network.of_lambda(), "SecurityGroupIds": groups})


@pytest.mark.parametrize("action", LAMBDA_ASKS)
def test_a_role_that_may_not_join_is_refused(
    functions: Functions, network: Network, aws: Callable[[str], Any], action: str
) -> None:
    others = [other for other in LAMBDA_ASKS if other != action]
    on_some = statement(action, resource="arn:aws:ec2:*:*:network-interface/*")
    refused = role(aws("iam"), "lambda", statement(*others), on_some)
    said = f"The provided execution role does not have permissions to call {action} on EC2"
    with pytest.raises(ClientError, match=said) as error:
        functions.create(CODE, Role=refused, VpcConfig=network.of_lambda())
    assert error.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_role_is_asked_when_it_comes_to_the_network_or_the_network_to_it(
    functions: Functions, network: Network, joining: str
) -> None:
    """Not when something else is changed."""
    update, bare = functions.client.update_function_configuration, functions.role
    name = functions.create(CODE, Role=bare)
    with pytest.raises(ClientError, match="permissions to call CreateNetworkInterface on EC2"):
        update(FunctionName=name, VpcConfig=network.of_lambda())
    update(FunctionName=name, Role=joining, VpcConfig=network.of_lambda())
    with pytest.raises(ClientError, match="permissions to call CreateNetworkInterface on EC2"):
        update(FunctionName=name, Role=bare)
    assert update(FunctionName=name, Description="else")["Role"] == joining
    assert update(FunctionName=name, Role=bare, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})["Role"] == bare


def test_the_audit_counts_what_the_role_needed(
    functions: Functions, network: Network, joining: str, local_aws: LocalAws
) -> None:
    functions.create(CODE, Role=joining, VpcConfig=network.of_lambda())
    with urllib.request.urlopen(f"{local_aws.endpoint_url}/_local_aws/iam") as page:  # noqa: S310 - our own server
        audit = json.load(page)
    name = joining.rpartition("/")[2]
    used = {row["action"] for row in audit["used"] if row["role"] == name}
    assert used == {f"ec2:{action}" for action in LAMBDA_ASKS}
    assert [row["statement"] for row in audit["needed"] if row["role"] == name] == [statement(*LAMBDA_ASKS)]
