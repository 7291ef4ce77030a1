"""VPCs, subnets and route tables: what EC2 refuses, what goes with what, and what is not here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.ec2.conftest import Net, refused


def everything(ec2: Any) -> dict[str, Any]:
    """All there is of networks in the region."""
    asked = {
        "Vpcs": ec2.describe_vpcs,
        "Subnets": ec2.describe_subnets,
        "RouteTables": ec2.describe_route_tables,
        "SecurityGroups": ec2.describe_security_groups,
        "NetworkAcls": ec2.describe_network_acls,
        "NetworkInterfaces": ec2.describe_network_interfaces,
        "FlowLogs": ec2.describe_flow_logs,
        "Tags": ec2.describe_tags,
        "SecurityGroupRules": ec2.describe_security_group_rules,
    }
    return {name: sorted(map(str, ask()[name])) for name, ask in asked.items()}


def test_a_vpc_goes_with_what_came_with_it(net: Net) -> None:
    ec2 = net.ec2
    before = everything(ec2)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "v"}]}]
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=made, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=made)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_tags(Resources=[subnet, table], Tags=[{"Key": "k", "Value": "v"}])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=made)
    assert everything(ec2) == before


@pytest.mark.parametrize("what", ["subnet", "table", "group"])
def test_a_vpc_that_holds_anything_stays(net: Net, what: str) -> None:
    getattr(net, what)()
    said = f"The vpc '{net.id}' has dependencies and cannot be deleted."
    assert refused(net.ec2.delete_vpc, VpcId=net.id) == ("DependencyViolation", said)


def test_a_default_group_lets_its_members_in_and_all_out(net: Net) -> None:
    (group,) = net.of("SecurityGroups")
    (into,), (out,) = group["IpPermissions"], group["IpPermissionsEgress"]
    assert [pair["GroupId"] for pair in into["UserIdGroupPairs"]] == [group["GroupId"]]
    assert (into["IpProtocol"], out["IpProtocol"], out["IpRanges"]) == ("-1", "-1", [{"CidrIp": "0.0.0.0/0"}])


def test_a_main_route_table_stays(net: Net) -> None:
    table = net.main_table()
    said = f"The routeTable '{table}' has dependencies and cannot be deleted."
    assert refused(net.ec2.delete_route_table, RouteTableId=table) == ("DependencyViolation", said)


def test_a_route_table_that_a_subnet_has_stays(net: Net) -> None:
    table, subnet = net.table(), net.subnet()
    net.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert refused(net.ec2.delete_route_table, RouteTableId=table)[0] == "DependencyViolation"
    net.ec2.delete_subnet(SubnetId=subnet)
    net.ec2.delete_route_table(RouteTableId=table)


def test_a_subnet_has_one_route_table(net: Net) -> None:
    first, second, subnet = net.table(), net.table(), net.subnet()
    made = net.ec2.associate_route_table(RouteTableId=first, SubnetId=subnet)["AssociationId"]
    code, said = refused(net.ec2.associate_route_table, RouteTableId=second, SubnetId=subnet)
    assert (code, second in said) == ("Resource.AlreadyAssociated", True)
    assert net.ec2.associate_route_table(RouteTableId=first, SubnetId=subnet)["AssociationId"] == made


def test_a_subnet_has_no_table_of_another_network(net: Net) -> None:
    other = net.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    table = net.ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    subnet, own = net.subnet(), net.table()
    said = f"Route table {table} and network subnet {subnet} belong to different networks"
    answer = refused(net.ec2.associate_route_table, RouteTableId=table, SubnetId=subnet)
    assert answer == ("InvalidParameterValue", said)
    made = net.ec2.associate_route_table(RouteTableId=own, SubnetId=subnet)["AssociationId"]
    code, _ = refused(net.ec2.replace_route_table_association, RouteTableId=table, AssociationId=made)
    assert code == "InvalidParameterValue"
    net.ec2.delete_route_table(RouteTableId=table)
    net.ec2.delete_vpc(VpcId=other)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"CidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"),
        ({"CidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
        ({"CidrBlock": "10.0.1.0/29"}, "InvalidSubnet.Range"),
        ({"CidrBlock": "nonsense"}, "InvalidParameterValue"),
        ({"CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"}, "InvalidParameterValue"),
        ({"CidrBlock": "10.0.1.0/24", "AvailabilityZoneId": "use1-az1"}, "InvalidParameterValue"),
        ({}, "MissingParameter"),
        ({"CidrBlock": "10.0.1.0/24", "Ipv6CidrBlock": "fd00::/64"}, "NotEmulated"),
    ],
)
def test_subnets_that_cannot_be(net: Net, arguments: dict[str, Any], code: str) -> None:
    net.subnet()
    assert refused(net.ec2.create_subnet, VpcId=net.id, **arguments)[0] == code


def test_a_subnet_is_in_a_zone_of_its_region(net: Net) -> None:
    for cidr, given in (
        ("10.0.1.0/24", {}),
        ("10.0.2.0/24", {"AvailabilityZone": "eu-west-1c"}),
        ("10.0.3.0/24", {"AvailabilityZoneId": "euw1-az1"}),
    ):
        net.subnet(cidr, **given)
    found = {subnet["CidrBlock"]: subnet for subnet in net.of("Subnets")}
    assert {subnet["AvailabilityZone"][:-1] for subnet in found.values()} == {"eu-west-1"}
    assert found["10.0.2.0/24"]["AvailabilityZone"] == "eu-west-1c"
    assert found["10.0.3.0/24"]["AvailabilityZoneId"] == "euw1-az1"


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("run_instances", {"MinCount": 1, "MaxCount": 1}, "EC2.RunInstances"),
        ("create_nat_gateway", {"SubnetId": "subnet-0"}, "EC2.CreateNatGateway"),
        ("create_internet_gateway", {}, "EC2.CreateInternetGateway"),
        ("create_vpc", {"AmazonProvidedIpv6CidrBlock": True}, "AmazonProvidedIpv6CidrBlock"),
    ],
)
def test_what_is_not_here_is_refused_by_name(net: Net, method: str, arguments: dict[str, Any], named: str) -> None:
    code, said = refused(getattr(net.ec2, method), **arguments)
    assert (code, named in said) == ("NotEmulated", True)


def test_a_dry_run_changes_nothing(net: Net) -> None:
    assert refused(net.ec2.delete_vpc, VpcId=net.id, DryRun=True)[0] == "DryRunOperation"
    assert net.of("Vpcs")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"ResourceType": "subnet", "Tags": [{"Key": "k", "Value": "v"}]}], "'subnet' is not a valid taggable"),
        ([{"ResourceType": "vpc", "Tags": []}], "at least one tag"),
    ],
)
def test_tags_are_of_what_is_made(net: Net, given: Any, said: str) -> None:
    with pytest.raises(ClientError, match=said):
        net.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=given)


def test_flow_logs_go_to_a_group_by_its_name_or_its_arn(net: Net, aws: Callable[[str], Any]) -> None:
    logs = aws("logs")
    group = f"flows-{net.id}"
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"
    common = {"ResourceIds": [net.id], "ResourceType": "VPC", "DeliverLogsPermissionArn": "arn:aws:iam::1:role/r"}
    made = []
    for traffic, where in (("ALL", {"LogGroupName": group}), ("ACCEPT", {"LogDestination": f"{arn}:*"})):
        made += net.ec2.create_flow_logs(**common, TrafficType=traffic, **where)["FlowLogIds"]
    told = net.ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"]
    assert {(each["LogGroupName"], each["DeliverLogsStatus"]) for each in told} == {(group, "SUCCESS")}
    for arguments, code in (
        ({"LogDestination": "arn:aws:s3:::bucket"}, "InvalidParameter"),
        ({"LogDestination": arn, "LogGroupName": "other"}, "InvalidParameter"),
        ({"LogGroupName": group}, "FlowLogAlreadyExists"),
        ({"LogDestination": "arn:aws:s3:::b", "LogDestinationType": "s3"}, "NotEmulated"),
        ({}, "InvalidParameter"),
    ):
        assert refused(net.ec2.create_flow_logs, **common, TrafficType="ALL", **arguments)[0] == code, arguments
    assert refused(net.ec2.create_flow_logs, **common, LogGroupName=group)[0] == "MissingParameter"
    net.ec2.delete_flow_logs(FlowLogIds=made)
    logs.delete_log_group(logGroupName=group)


@pytest.mark.parametrize("absent", ["vpce-0123456789abcdef0", "fl-0123456789abcdef0", "subnet-0123456789abcdef0"])
def test_what_is_not_there_has_no_tags(net: Net, absent: str) -> None:
    code, _ = refused(net.ec2.create_tags, Resources=[absent], Tags=[{"Key": "k", "Value": "v"}])
    assert code.endswith(".NotFound")
    assert absent not in {tag["ResourceId"] for tag in net.ec2.describe_tags()["Tags"]}
