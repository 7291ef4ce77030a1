"""Runs of jobs with connections: what Glue looks at before it starts them, and where their calls go from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local_aws.glue.laboratory import READS, Lab
from tests.local_aws.networks import Network, made, role

ASKED = (
    *("DescribeSubnets", "DescribeSecurityGroups", "DescribeVpcEndpoints", "DescribeRouteTables"),
    *("DescribeVpcAttribute", "CreateNetworkInterface", "CreateTags"),
    *("DescribeNetworkInterfaces", "DeleteTags", "DeleteNetworkInterface"),
)
"""AWS managed policy AWSGlueServiceRole, of EC2."""
ARN = "arn:aws:glue:eu-west-1:123456789012"
INTERFACES = "arn:aws:ec2:eu-west-1:123456789012:network-interface/*"
ALL_TCP = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65_535}
SHUT = (
    "At least one security group must open all {}gress ports.To limit traffic, the source security group in your "
    "{}bound rule can be restricted to the same security group"
)
UNTAGGED = "The specified role doesn't have a permission to create a tag for your elastic network interface."
CALLS = """
import boto3
from botocore.exceptions import ClientError
for service, call in (("s3", "list_buckets"), ("sts", "get_caller_identity")):
    try:
        getattr(boto3.client(service), call)()
        print(service, "reached")
    except ClientError as error:
        print(service, error.response["Error"]["Code"])
"""


@pytest.fixture
def network(lab: Lab) -> Iterator[Network]:
    with made(lab.aws("ec2")) as network:
        yield network


@pytest.fixture
def connect(network: Network, lab: Lab) -> Iterator[Callable[..., str]]:
    """Makes a connection into the network; its name. The group is open to itself."""
    itself = [{**ALL_TCP, "UserIdGroupPairs": [{"GroupId": network.group}]}]
    network.ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=itself)
    names = []

    def connection(**changed: Any) -> str:
        subnet, name = network.subnets[0], lab.name("connection")
        (known,) = network.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
        where = {
            "SubnetId": subnet,
            "SecurityGroupIdList": [network.group],
            "AvailabilityZone": known["AvailabilityZone"],
        }
        wanted = {"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {}}
        lab.glue.create_connection(ConnectionInput={**wanted, "PhysicalConnectionRequirements": {**where, **changed}})
        names.append(name)
        return name

    yield connection
    for name in names:
        lab.glue.delete_connection(ConnectionName=name)
    network.ec2.revoke_security_group_ingress(GroupId=network.group, IpPermissions=itself)


def allowed(lab: Lab, *, without: str = "") -> str:
    """A role that may do what the managed policy says, on the resources that it says, but for one action."""
    tags = {"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}}
    wanted = [action for action in ASKED if action != without]
    on_all = [f"ec2:{action}" for action in wanted if not action.endswith("Tags")]
    on_tags = [f"ec2:{action}" for action in wanted if action.endswith("Tags")]
    return role(
        lab.aws("iam"),
        "glue",
        {"Effect": "Allow", "Action": [*READS, "s3:ListAllMyBuckets", "sts:GetCallerIdentity"], "Resource": "*"},
        {"Effect": "Allow", "Action": on_all, "Resource": "*"},
        {"Effect": "Allow", "Action": on_tags, "Resource": INTERFACES, "Condition": tags},
        {
            "Effect": "Allow",
            "Action": "glue:NoAction" if without == "GetConnection" else "glue:GetConnection",
            "Resource": [f"{ARN}:catalog", f"{ARN}:connection/*"],
        },
    )


def failure(lab: Lab, role_arn: str, *connections: str) -> str:
    """Why the run of a job with these connections failed, before it began."""
    job = lab.job("pass", role=role_arn, Connections={"Connections": list(connections)})
    run = lab.run(job)
    ended = lab.ended(job, run)
    assert (ended["JobRunState"], ended["ExecutionTime"]) == ("FAILED", 0), ended
    prefix = f"JobName:{job} and JobRunId:{run} failed to execute with exception "
    assert ended["ErrorMessage"].startswith(prefix), ended
    return str(ended["ErrorMessage"][len(prefix) :])


def test_a_connection_that_is_not_there_or_not_to_be_read(
    lab: Lab, network: Network, connect: Callable[..., str]
) -> None:
    assert failure(lab, allowed(lab), "absent") == "DataCatalog Connection issue: Connection absent not found."
    said = failure(lab, allowed(lab, without="GetConnection"), connect())
    assert said.startswith("DataCatalog Connection issue: User: arn:aws:sts::123456789012:assumed-role/")
    assert f"is not authorized to perform: glue:GetConnection on resource: {ARN}:catalog" in said


@pytest.mark.parametrize("action", ASKED)
def test_each_action_of_the_role_is_needed(
    lab: Lab, network: Network, connect: Callable[..., str], action: str
) -> None:
    network.gateway("s3")
    said = failure(lab, allowed(lab, without=action), connect())
    expected = {
        "DescribeVpcEndpoints": f"DescribeVpcEndpoints action is unauthorized. unable to validate VPC ID {network.vpc}",
        "DescribeRouteTables": "DescribeRouteTables action is unauthorized. unable to validate subnet id: "
        f"{network.subnets[0]} in VPC id: {network.vpc}",
        "CreateTags": UNTAGGED,
    }.get(action, f"Failed to call ec2:{action}: You are not authorized to perform this operation. User: ")
    assert said.startswith(expected)


def test_the_groups_must_let_workers_find_each_other(
    lab: Lab, network: Network, connect: Callable[..., str], role_arn: str
) -> None:
    network.gateway("s3")
    connection, ec2 = connect(), network.ec2
    itself = {"UserIdGroupPairs": [{"GroupId": network.group}]}
    ec2.revoke_security_group_ingress(GroupId=network.group, IpPermissions=[{**ALL_TCP, **itself}])
    assert failure(lab, role_arn, connection) == SHUT.format("in", "in")
    for other in (
        {**ALL_TCP, "FromPort": 1024, **itself},
        {**ALL_TCP, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
        {**ALL_TCP, "IpProtocol": "udp", **itself},
    ):
        ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[other])
        assert failure(lab, role_arn, connection) == SHUT.format("in", "in")
        ec2.revoke_security_group_ingress(GroupId=network.group, IpPermissions=[other])
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=network.group, IpPermissions=[everything])
    assert failure(lab, role_arn, connection) == f"{SHUT.format('in', 'in')} {SHUT.format('e', 'out')}"
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[{**ALL_TCP, **itself}])
    assert failure(lab, role_arn, connection) == SHUT.format("e", "out")
    ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[everything])


def test_s3_must_be_reached(lab: Lab, network: Network, connect: Callable[..., str], role_arn: str) -> None:
    subnet = network.subnets[0]
    missing = (
        f"VPC S3 endpoint validation failed for SubnetId: {subnet}. VPC: {network.vpc}. Reason: Could not find S3 "
        f"endpoint or NAT gateway for subnetId: {subnet} in Vpc {network.vpc}"
    )
    connection = connect()
    assert failure(lab, role_arn, connection) == missing
    network.gateway("s3", RouteTableIds=[network.main_table()])
    assert failure(lab, role_arn, connection) == missing
    assert failure(lab, role_arn, connection, "absent") == (
        f"{missing} DataCatalog Connection issue: Connection absent not found."
    )


def test_a_run_calls_from_the_network(lab: Lab, network: Network, connect: Callable[..., str], role_arn: str) -> None:
    """By the first connection that can be used."""
    network.gateway("s3")
    job = lab.job(CALLS, role=role_arn, Connections={"Connections": ["absent", connect()]})
    run = lab.run(job)
    ended = lab.ended(job, run)
    assert ended["JobRunState"] == "SUCCEEDED", ended
    assert lab.log(run) == ["s3 reached", "sts NoRouteFromVpc"]


@pytest.fixture
def role_arn(lab: Lab) -> str:
    return allowed(lab)
