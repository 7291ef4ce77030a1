"""VPCs, subnets, route tables and flow logs of stacks: what is set, changed, replaced and refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer, trusting
from tests.local_aws.cloudformation.following import Properties, follow, tags

VPC: Properties = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
IN_VPC = {"VpcId": {"Ref": "V"}}


def subnet(cidr: str = "10.9.0.0/24", **properties: Any) -> Properties:
    return {"Type": "AWS::EC2::Subnet", "Properties": {**IN_VPC, "CidrBlock": cidr, **properties}}


def table(**properties: Any) -> Properties:
    return {"Type": "AWS::EC2::RouteTable", "Properties": {**IN_VPC, **properties}}


def test_vpcs(deployer: Deployer) -> None:
    ec2 = deployer.client("ec2")

    def attribute(held: str, name: str) -> bool:
        told: bool = ec2.describe_vpc_attribute(VpcId=held, Attribute=name)[name[:1].upper() + name[1:]]["Value"]
        return told

    def read(held: str) -> Properties:
        (told,) = ec2.describe_vpcs(VpcIds=[held])["Vpcs"]
        return {
            "EnableDnsHostnames": attribute(held, "enableDnsHostnames"),
            "EnableDnsSupport": attribute(held, "enableDnsSupport"),
            "Tags": told["Tags"],
        }

    follow(
        deployer,
        "AWS::EC2::VPC",
        read,
        required={"CidrBlock": "10.9.0.0/16"},
        first={"EnableDnsHostnames": True, "EnableDnsSupport": True, "Tags": tags("a=1", "b=2")},
        second={"EnableDnsHostnames": False, "EnableDnsSupport": False, "Tags": tags("b=3")},
        elsewhere=frozenset({"InstanceTenancy"}),
    )


def test_what_a_vpc_brings_along_can_be_asked_for(deployer: Deployer) -> None:
    names = ("CidrBlock", "DefaultNetworkAcl", "DefaultSecurityGroup", "VpcId")
    outputs: Properties = {name: {"Value": {"Fn::GetAtt": ["V", name]}} for name in names}
    outputs["Association"] = {"Value": {"Fn::Select": [0, {"Fn::GetAtt": ["V", "CidrBlockAssociations"]}]}}
    name = deployer.create({"V": VPC}, Outputs=outputs)
    told, held, ec2 = deployer.outputs(name), deployer.physical(name)["V"], deployer.client("ec2")
    assert (told["VpcId"], told["CidrBlock"]) == (held, "10.9.0.0/16")
    assert ec2.describe_network_acls(NetworkAclIds=[told["DefaultNetworkAcl"]])["NetworkAcls"][0]["VpcId"] == held
    (group,) = ec2.describe_security_groups(GroupIds=[told["DefaultSecurityGroup"]])["SecurityGroups"]
    assert (group["VpcId"], group["GroupName"]) == (held, "default")
    assert told["Association"].startswith("vpc-cidr-assoc-")


def test_another_block_takes_another_vpc_and_so_do_what_is_in_it(deployer: Deployer) -> None:
    def resources(block: str) -> dict[str, Properties]:
        return {"V": {**VPC, "Properties": {"CidrBlock": f"{block}.0.0/16"}}, "S": subnet(f"{block}.1.0/24")}

    name = deployer.create(resources("10.9"))
    before, ec2 = deployer.physical(name), deployer.client("ec2")
    deployer.update(name, resources("10.7"))
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    after = deployer.physical(name)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert ec2.describe_subnets(SubnetIds=[after["S"]])["Subnets"][0]["CidrBlock"] == "10.7.1.0/24"
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.describe_vpcs(VpcIds=[before["V"]])


def test_a_tenancy_goes_back_to_the_default_in_place_alone(deployer: Deployer) -> None:
    def tenancy(value: str) -> dict[str, Properties]:
        return {"V": {**VPC, "Properties": {"CidrBlock": "10.9.0.0/16", "InstanceTenancy": value}}}

    name = deployer.create(tenancy("dedicated"))
    dedicated = deployer.physical(name)["V"]
    deployer.update(name, tenancy("default"))
    assert deployer.physical(name)["V"] == dedicated
    assert deployer.client("ec2").describe_vpcs(VpcIds=[dedicated])["Vpcs"][0]["InstanceTenancy"] == "default"
    deployer.update(name, tenancy("dedicated"))
    assert deployer.physical(name)["V"] != dedicated


def test_subnets(vpc: str, deployer: Deployer) -> None:
    def resources(block: str = "10.8.0.0/24", **properties: Any) -> dict[str, Properties]:
        return {"S": {**subnet(block), "Properties": {"VpcId": vpc, "CidrBlock": block, **properties}}}

    def told() -> dict[str, Any]:
        answer: dict[str, Any] = ec2.describe_subnets(SubnetIds=[deployer.physical(name)["S"]])["Subnets"][0]
        return answer

    ec2 = deployer.client("ec2")
    zone = {"Fn::Select": [1, {"Fn::GetAZs": ""}]}
    name = deployer.create(resources(AvailabilityZone=zone, MapPublicIpOnLaunch=True, Tags=tags("a=1", "b=2")))
    made = told()
    assert (made["AvailabilityZone"], made["MapPublicIpOnLaunch"]) == ("eu-west-1b", True)
    assert made["Tags"] == tags("a=1", "b=2")
    deployer.update(name, resources(AvailabilityZone=zone, MapPublicIpOnLaunch=False, Tags=tags("b=3")))
    assert told() == {**made, "MapPublicIpOnLaunch": False, "Tags": tags("b=3")}
    deployer.update(name, resources(AvailabilityZone=zone))
    assert told() == {**made, "MapPublicIpOnLaunch": False, "Tags": []}
    deployer.update(name, resources("10.8.1.0/24", AvailabilityZoneId="euw1-az3"))
    assert told()["SubnetId"] != made["SubnetId"]
    assert told()["AvailabilityZoneId"] == "euw1-az3"
    with pytest.raises(ClientError, match=r"InvalidSubnetID\.NotFound"):
        ec2.describe_subnets(SubnetIds=[made["SubnetId"]])


def test_what_a_subnet_is_can_be_asked_for(vpc: str, deployer: Deployer) -> None:
    names = ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "NetworkAclAssociationId", "SubnetId", "VpcId")
    outputs = {name: {"Value": {"Fn::GetAtt": ["S", name]}} for name in names}
    properties = {"VpcId": vpc, "CidrBlock": "10.8.0.0/24", "AvailabilityZone": "eu-west-1c"}
    name = deployer.create({"S": {**subnet(), "Properties": properties}}, Outputs=outputs)
    told, held = deployer.outputs(name), deployer.physical(name)["S"]
    assert told.pop("NetworkAclAssociationId").startswith("aclassoc-")
    assert told == {**properties, "AvailabilityZoneId": told["AvailabilityZoneId"], "SubnetId": held}


def test_route_tables(vpc: str, deployer: Deployer) -> None:
    def read(held: str) -> Properties:
        (told,) = deployer.client("ec2").describe_route_tables(RouteTableIds=[held])["RouteTables"]
        return {"Tags": told["Tags"]}

    follow(
        deployer,
        "AWS::EC2::RouteTable",
        read,
        required={"VpcId": vpc},
        first={"Tags": tags("a=1", "b=2")},
        second={"Tags": tags("b=3")},
    )


def test_a_subnet_s_other_table_is_another_association(deployer: Deployer) -> None:
    def resources(named: str) -> dict[str, Properties]:
        link = {"RouteTableId": {"Ref": named}, "SubnetId": {"Ref": "S"}}
        association = {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": link}
        return {"V": VPC, "S": subnet(), "T": table(), "U": table(), "A": association}

    def subnets(named: str) -> list[str]:
        (told,) = ec2.describe_route_tables(RouteTableIds=[deployer.physical(name)[named]])["RouteTables"]
        return [each["SubnetId"] for each in told["Associations"]]

    ec2 = deployer.client("ec2")
    name = deployer.create(resources("T"), Outputs={"Id": {"Value": {"Fn::GetAtt": ["A", "Id"]}}})
    before = deployer.physical(name)
    assert (subnets("T"), subnets("U")) == ([before["S"]], [])
    assert deployer.outputs(name)["Id"] == before["A"]
    deployer.update(name, resources("U"))
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    assert (subnets("T"), subnets("U")) == ([], [before["S"]])
    assert deployer.physical(name)["A"] != before["A"]
    broken = {**resources("T"), "W": table(VpcId="vpc-00000000")}
    deployer.update(name, broken)
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert (subnets("T"), subnets("U")) == ([], [before["S"]])


def test_flow_logs(vpc: str, deployer: Deployer) -> None:
    def resources(traffic: str, *given: str) -> dict[str, Properties]:
        to = {"LogGroupName": {"Ref": "G"}, "DeliverLogsPermissionArn": {"Fn::GetAtt": ["R", "Arn"]}}
        of = {"ResourceId": vpc, "ResourceType": "VPC", "TrafficType": traffic, "Tags": tags(*given)}
        return {
            "G": {"Type": "AWS::Logs::LogGroup"},
            "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusting("vpc-flow-logs")}},
            "F": {"Type": "AWS::EC2::FlowLog", "Properties": {**of, **to, "MaxAggregationInterval": 60}},
        }

    def told() -> dict[str, Any]:
        (answer,) = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
        return dict(answer)

    ec2 = deployer.client("ec2")
    name = deployer.create(resources("REJECT", "a=1"), Outputs={"Id": {"Value": {"Fn::GetAtt": ["F", "Id"]}}})
    held = deployer.physical(name)
    made = told()
    assert made["FlowLogId"] == held["F"] == deployer.outputs(name)["Id"]
    assert (made["LogGroupName"], made["TrafficType"], made["MaxAggregationInterval"]) == (held["G"], "REJECT", 60)
    assert (made["FlowLogStatus"], made["DeliverLogsStatus"], made["Tags"]) == ("ACTIVE", "SUCCESS", tags("a=1"))
    deployer.update(name, resources("REJECT", "a=2", "b=1"))
    assert (told()["FlowLogId"], told()["Tags"]) == (held["F"], tags("a=2", "b=1"))
    deployer.api.delete_stack(StackName=name)
    assert not ec2.describe_flow_logs(FlowLogIds=[held["F"]])["FlowLogs"]


@pytest.mark.parametrize(
    ("resources", "named", "said"),
    [
        ({"V": VPC, "S": subnet("10.7.0.0/24")}, "S", "InvalidSubnet.Range"),
        ({"V": VPC, "S": subnet(), "T": subnet("10.9.0.128/25")}, "T", "InvalidSubnet.Conflict"),
        ({"V": VPC, "S": subnet(AvailabilityZone="us-east-1a")}, "S", "eu-west-1a, eu-west-1b, eu-west-1c"),
        ({"V": {**VPC, "Properties": {"CidrBlock": "10.0.0.0/8"}}}, "V", "InvalidVpc.Range"),
        ({"V": VPC, "T": table(VpcId="vpc-00000000")}, "T", "vpc-00000000"),
    ],
)
def test_what_ec2_refuses_fails_its_resource_and_leaves_nothing(
    deployer: Deployer, resources: dict[str, Properties], named: str, said: str
) -> None:
    ec2 = deployer.client("ec2")
    before = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    name = deployer.attempt(resources)
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert said in deployer.reasons(name)[named]
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before


def test_a_stack_with_a_vpc_that_others_use_stays(deployer: Deployer) -> None:
    name = deployer.create({"V": VPC})
    ec2, held = deployer.client("ec2"), deployer.physical(name)["V"]
    foreign = ec2.create_subnet(VpcId=held, CidrBlock="10.9.4.0/24")["Subnet"]["SubnetId"]
    deployer.api.delete_stack(StackName=name)
    assert deployer.status(name) == "DELETE_FAILED"
    assert "has dependencies and cannot be deleted" in deployer.reasons(name)["V"]
    ec2.delete_subnet(SubnetId=foreign)
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.describe_vpcs(VpcIds=[held])


def test_zones_of_no_region_fail_their_resource(deployer: Deployer) -> None:
    zone = {"Fn::Select": [0, {"Fn::GetAZs": "mars-1"}]}
    name = deployer.attempt({"V": VPC, "S": subnet(AvailabilityZone=zone)})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert "'mars-1' is no region" in deployer.reasons(name)["S"]


def test_a_group_without_a_vpc_is_in_the_default_one(deployer: Deployer) -> None:
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d"}}
    name = deployer.create({"G": group}, Outputs={"Vpc": {"Value": {"Fn::GetAtt": ["G", "VpcId"]}}})
    asked = [{"Name": "is-default", "Values": ["true"]}]
    (default,) = deployer.client("ec2").describe_vpcs(Filters=asked)["Vpcs"]
    assert deployer.outputs(name)["Vpc"] == default["VpcId"]
