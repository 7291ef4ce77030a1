"""Endpoints of VPCs in stacks: what is set, changed, replaced and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.following import Properties, statement, tags

TYPE = "AWS::EC2::VPCEndpoint"
NAME = {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"}


def network(**endpoints: Properties) -> dict[str, Any]:
    """A VPC with names, two subnets, two tables, two groups, and these endpoints."""
    of = {"VpcId": {"Ref": "V"}}
    names = {"EnableDnsHostnames": True, "EnableDnsSupport": True}
    made: dict[str, Any] = {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16", **names}}}
    for number in (0, 1):
        zone = {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
        place = {"CidrBlock": f"10.9.{number}.0/24", "AvailabilityZone": zone}
        made[f"S{number}"] = {"Type": "AWS::EC2::Subnet", "Properties": {**of, **place}}
        made[f"T{number}"] = {"Type": "AWS::EC2::RouteTable", "Properties": of}
        made[f"G{number}"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": {**of, "GroupDescription": "d"}}
    return made | {name: {"Type": TYPE, "Properties": {**of, **properties}} for name, properties in endpoints.items()}


def refs(*names: str) -> list[dict[str, str]]:
    return [{"Ref": name} for name in names]


def gateway(*tables: str, **more: Any) -> Properties:
    return {"ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}, "RouteTableIds": refs(*tables), **more}


def interface(**more: Any) -> Properties:
    return {"ServiceName": NAME, "VpcEndpointType": "Interface", **more}


def told(deployer: Deployer, name: str, logical: str = "E") -> dict[str, Any]:
    held = deployer.physical(name)[logical]
    (found,) = deployer.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[held])["VpcEndpoints"]
    return dict(found)


def test_a_gateway_follows_its_template(deployer: Deployer) -> None:
    policy = statement(Principal="*", Action="s3:Get*", Resource="*")
    name = deployer.create(network(E=gateway("T0", PolicyDocument=policy, Tags=tags("a=1", "b=2"))))
    held, made = deployer.physical(name), told(deployer, name)
    assert (made["VpcEndpointType"], made["RouteTableIds"], made["Tags"]) == (
        "Gateway", [held["T0"]], tags("a=1", "b=2"),
    )  # fmt: skip
    assert json.loads(made["PolicyDocument"]) == policy
    other = json.dumps(statement(Principal="*", Action="s3:Put*", Resource="*"))
    deployer.update(name, network(E=gateway("T1", PolicyDocument=other, Tags=tags("b=3"))))
    made = told(deployer, name)
    assert (made["RouteTableIds"], made["PolicyDocument"], made["Tags"]) == ([held["T1"]], other, tags("b=3"))
    deployer.update(name, network(E=gateway("T0", "T1")))
    made = told(deployer, name)
    assert sorted(made["RouteTableIds"]) == sorted([held["T0"], held["T1"]])
    assert (json.loads(made["PolicyDocument"])["Statement"][0]["Action"], made["Tags"]) == ("*", [])
    assert deployer.physical(name)["E"] == held["E"]


def test_an_interface_endpoint_follows_its_template(deployer: Deployer) -> None:
    first = interface(SubnetIds=refs("S0"), SecurityGroupIds=refs("G0"), PrivateDnsEnabled=True)
    name = deployer.create(network(E=first))
    held, made = deployer.physical(name), told(deployer, name)
    assert (made["SubnetIds"], made["PrivateDnsEnabled"]) == ([held["S0"]], True)
    assert [each["GroupId"] for each in made["Groups"]] == [held["G0"]]
    second = interface(SubnetIds=refs("S1"), SecurityGroupIds=refs("G1"), PrivateDnsEnabled="false")
    deployer.update(name, network(E=second))
    made = told(deployer, name)
    assert (made["SubnetIds"], made["PrivateDnsEnabled"]) == ([held["S1"]], False)
    assert [each["GroupId"] for each in made["Groups"]] == [held["G1"]]
    assert deployer.physical(name)["E"] == held["E"]


def test_private_dns_is_for_those_who_ask(deployer: Deployer) -> None:
    assert told(deployer, deployer.create(network(E=interface())))["PrivateDnsEnabled"] is False


def test_what_an_endpoint_is_can_be_asked_for(deployer: Deployer) -> None:
    endpoint = interface(SubnetIds=refs("S0", "S1"), PrivateDnsEnabled=True)
    outputs = {
        "Id": {"Value": {"Fn::GetAtt": ["E", "Id"]}},
        "Dns": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["E", "DnsEntries"]}]}},
        "Interfaces": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["E", "NetworkInterfaceIds"]}]}},
    }
    name = deployer.create(network(E=endpoint), Outputs=outputs)
    made, answers = told(deployer, name), deployer.outputs(name)
    assert answers["Id"] == made["VpcEndpointId"]
    assert answers["Interfaces"].split(",") == made["NetworkInterfaceIds"]
    assert [entry.split(":")[1] for entry in answers["Dns"].split(",")] == [
        entry["DnsName"] for entry in made["DnsEntries"]
    ]


def test_another_service_takes_another_endpoint(deployer: Deployer) -> None:
    name = deployer.create(network(E=gateway("T0")))
    before = deployer.physical(name)["E"]
    other = {**gateway("T0"), "ServiceName": "com.amazonaws.eu-west-1.dynamodb"}
    deployer.update(name, network(E=other))
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    assert deployer.physical(name)["E"] != before
    assert told(deployer, name)["ServiceName"].endswith("dynamodb")


@pytest.mark.parametrize(
    ("endpoints", "named", "said"),
    [
        ({"E": {**gateway("T0"), "ServiceName": "com.amazonaws.eu-west-1.moon"}}, "E", "InvalidServiceName"),
        ({"E": {**gateway("T0"), "ServiceName": NAME}}, "E", "Endpoint type (Gateway) does not match"),
        ({"E": gateway("T0"), "F": gateway("T1", "T0")}, "F", "already has a route with destination-prefix-list-id"),
        ({"E": interface(PrivateDnsEnabled=True), "F": interface(PrivateDnsEnabled=True)}, "F", "conflicting DNS"),
        ({"E": gateway("T0", PrivateDnsEnabled=True)}, "E", "PrivateDnsEnabled is not supported"),
        ({"E": gateway("T0", PolicyDocument="x")}, "E", "InvalidPolicyDocument"),
    ],
)
def test_what_ec2_refuses_fails_the_endpoint_and_leaves_nothing(
    deployer: Deployer, endpoints: dict[str, Properties], named: str, said: str
) -> None:
    ec2 = deployer.client("ec2")
    before = {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]}
    name = deployer.attempt(network(**endpoints))
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert said in deployer.reasons(name)[named]
    assert {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]} == before
    assert not ec2.describe_vpc_endpoints()["VpcEndpoints"]


def test_an_update_that_fails_takes_back_what_it_changed(deployer: Deployer) -> None:
    first = interface(SubnetIds=refs("S0"), SecurityGroupIds=refs("G0"))
    name = deployer.create(network(E=first))
    before = told(deployer, name)
    changed = interface(SubnetIds=refs("S1"), SecurityGroupIds=refs("G1"), PrivateDnsEnabled=True)
    broken = {**gateway("T0"), "ServiceName": "com.amazonaws.eu-west-1.moon", "PolicyDocument": "x"}
    resources = network(E=changed, F=broken)
    resources["F"]["DependsOn"] = "E"
    deployer.update(name, resources)
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    after = told(deployer, name)
    assert {**after, "NetworkInterfaceIds": [], "DnsEntries": []} == {
        **before, "NetworkInterfaceIds": [], "DnsEntries": [],
    }  # fmt: skip
    assert len(after["NetworkInterfaceIds"]) == 1
