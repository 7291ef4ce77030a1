"""Endpoints of VPCs: their interfaces, routes and names, and what EC2 refuses."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest

from tests.local_aws.ec2.conftest import Net, refused

POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})


def held(net: Net, endpoint: dict[str, Any]) -> dict[str, Any]:
    (found,) = net.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    return dict(found)


def routes(net: Net, table: str) -> list[tuple[str, str]]:
    """(prefix list, endpoint) of each route to a prefix list."""
    (found,) = net.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    named = {
        each["PrefixListId"]: each["PrefixListName"].rpartition(".")[2]
        for each in net.ec2.describe_prefix_lists()["PrefixLists"]
    }
    return [
        (named[route["DestinationPrefixListId"]], route["GatewayId"])
        for route in found["Routes"]
        if "DestinationPrefixListId" in route
    ]


def test_a_gateway_is_a_route_in_each_of_its_tables(net: Net) -> None:
    one, other = net.table(), net.table()
    made = net.endpoint("s3", RouteTableIds=[one, other], PolicyDocument=POLICY)
    told = held(net, made)
    assert (told["State"], told["VpcEndpointType"], told["PolicyDocument"]) == ("available", "Gateway", POLICY)
    assert told["RouteTableIds"] == [one, other]
    assert routes(net, one) == routes(net, other) == [("s3", made["VpcEndpointId"])]
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], RemoveRouteTableIds=[one], ResetPolicy=True)
    assert (routes(net, one), held(net, made)["RouteTableIds"]) == ([], [other])
    assert json.loads(held(net, made)["PolicyDocument"])["Statement"][0]["Action"] == "*"
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], AddRouteTableIds=[one], PolicyDocument=POLICY)
    assert routes(net, one) == [("s3", made["VpcEndpointId"])]
    net.ec2.delete_route_table(RouteTableId=one)
    assert held(net, made)["RouteTableIds"] == [other]
    assert net.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
    assert (routes(net, other), net.of("VpcEndpoints")) == ([], [])


def test_a_route_table_has_one_gateway_to_a_service(net: Net) -> None:
    table = net.table()
    net.endpoint("s3", RouteTableIds=[table])
    net.endpoint("dynamodb", RouteTableIds=[table])
    (code, said) = refused(net.endpoint, service="s3", RouteTableIds=[table])
    assert (code, said.startswith(f"route table {table} already has a route")) == ("RouteAlreadyExists", True)
    assert len(net.of("VpcEndpoints")) == 2


def test_an_interface_endpoint_is_in_each_of_its_subnets(net: Net) -> None:
    net.has_dns()
    one = net.subnet("10.0.1.0/24", AvailabilityZone="eu-west-1a")
    other = net.subnet("10.0.2.0/24", AvailabilityZone="eu-west-1b")
    group = net.group()
    made = net.endpoint("logs", SubnetIds=[one, other], SecurityGroupIds=[group], PrivateDnsEnabled=True)
    told, name = held(net, made), made["VpcEndpointId"]
    assert [each["GroupId"] for each in told["Groups"]] == [group]
    assert told["PrivateDnsEnabled"] is True
    assert [entry["DnsName"] for entry in told["DnsEntries"]] == [
        f"{name}.logs.eu-west-1.vpce.amazonaws.com",
        f"{name}-eu-west-1a.logs.eu-west-1.vpce.amazonaws.com",
        f"{name}-eu-west-1b.logs.eu-west-1.vpce.amazonaws.com",
        "logs.eu-west-1.amazonaws.com",
    ]
    found = {each["SubnetId"]: each for each in net.of("NetworkInterfaces")}
    assert {each["NetworkInterfaceId"] for each in found.values()} == set(told["NetworkInterfaceIds"])
    for subnet, block in ((one, "10.0.1.0/24"), (other, "10.0.2.0/24")):
        assert ipaddress.ip_address(found[subnet]["PrivateIpAddress"]) in ipaddress.ip_network(block)
        assert [each["GroupId"] for each in found[subnet]["Groups"]] == [group]
        assert (found[subnet]["InterfaceType"], found[subnet]["RequesterManaged"]) == ("vpc_endpoint", True)


def test_what_an_interface_endpoint_is_in_can_be_changed(net: Net) -> None:
    one, other = net.subnet("10.0.1.0/24", AvailabilityZone="eu-west-1a"), net.subnet("10.0.2.0/24")
    first, second = net.group("first"), net.group("second")
    made = net.endpoint("sts", SubnetIds=[one], SecurityGroupIds=[first], PrivateDnsEnabled=False)
    change = {"AddSubnetIds": [other], "RemoveSubnetIds": [one], "AddSecurityGroupIds": [second]}
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], **change, RemoveSecurityGroupIds=[first])
    (interface,) = net.of("NetworkInterfaces")
    assert (interface["SubnetId"], [each["GroupId"] for each in interface["Groups"]]) == (other, [second])
    net.ec2.delete_security_group(GroupId=first)
    net.ec2.delete_subnet(SubnetId=one)
    net.has_dns()
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], PrivateDnsEnabled=True)
    assert held(net, made)["DnsEntries"][-1]["DnsName"] == "sts.eu-west-1.amazonaws.com"


def test_addresses_are_given_back(net: Net) -> None:
    subnet = net.subnet("10.0.1.0/28")
    services = ("sts", "logs", "kms", "ssm", "sqs", "sns", "glue", "lambda", "states", "events", "monitoring")
    for _ in range(2):
        made = [net.endpoint(name, SubnetIds=[subnet], PrivateDnsEnabled=False) for name in services]
        answer = refused(net.endpoint, service="xray", SubnetIds=[subnet], PrivateDnsEnabled=False)
        assert answer[0] == "InsufficientFreeAddressesInSubnet"
        net.ec2.delete_vpc_endpoints(VpcEndpointIds=[each["VpcEndpointId"] for each in made])


def test_one_endpoint_of_a_vpc_answers_for_a_domain(net: Net) -> None:
    net.has_dns()
    made = net.endpoint("sagemaker.api")
    said = "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
    domain = f"api.sagemaker.eu-west-1.amazonaws.com in the VPC {net.id}"
    assert refused(net.endpoint, service="sagemaker.api") == ("InvalidParameter", said + domain)
    second = net.endpoint("sagemaker.api", PrivateDnsEnabled=False)
    change = {"VpcEndpointId": second["VpcEndpointId"], "PrivateDnsEnabled": True}
    assert refused(net.ec2.modify_vpc_endpoint, **change) == ("InvalidParameter", said + domain)
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], PrivateDnsEnabled=False)
    net.ec2.modify_vpc_endpoint(**change)


def test_private_dns_takes_a_vpc_with_names(net: Net) -> None:
    net.ec2.modify_vpc_attribute(VpcId=net.id, EnableDnsHostnames={"Value": False})
    said = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
    assert refused(net.endpoint, service="logs") == ("InvalidParameter", f"{said} for {net.id}")


def test_what_an_endpoint_has_stays(net: Net) -> None:
    subnet, group = net.subnet(), net.group()
    made = net.endpoint("sts", SubnetIds=[subnet], SecurityGroupIds=[group], PrivateDnsEnabled=False)
    said = f"resource {group} has a dependent object"
    assert refused(net.ec2.delete_security_group, GroupId=group) == ("DependencyViolation", said)
    assert refused(net.ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    assert refused(net.ec2.delete_vpc, VpcId=net.id)[0] == "DependencyViolation"
    change = {"VpcEndpointId": made["VpcEndpointId"], "RemoveSecurityGroupIds": [group]}
    assert refused(net.ec2.modify_vpc_endpoint, **change)[0] == "InvalidParameter"


def test_without_groups_it_has_the_default_one(net: Net) -> None:
    made = net.endpoint("sts", SubnetIds=[net.subnet()], PrivateDnsEnabled=False)
    assert [each["GroupId"] for each in held(net, made)["Groups"]] == [net.default_group()]


def test_endpoints_that_cannot_be(net: Net) -> None:
    other = net.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    foreign = net.ec2.create_subnet(VpcId=other, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    group = net.ec2.create_security_group(VpcId=other, GroupName="g", Description="d")["GroupId"]
    table = net.ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    first = net.subnet("10.0.1.0/24", AvailabilityZone="eu-west-1a")
    second = net.subnet("10.0.2.0/24", AvailabilityZone="eu-west-1a")
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("sts", {"SubnetIds": [foreign], "PrivateDnsEnabled": False}, "InvalidParameter"),
        ("sts", {"SecurityGroupIds": [group], "PrivateDnsEnabled": False}, "InvalidGroup.NotFound"),
        ("sts", {"SubnetIds": [first, second], "PrivateDnsEnabled": False}, "DuplicateSubnetsInSameZone"),
        ("sts", {"SubnetIds": ["subnet-00000000"], "PrivateDnsEnabled": False}, "InvalidSubnetID.NotFound"),
        ("sts", {"VpcEndpointType": "GatewayLoadBalancer"}, "NotEmulated"),
        ("sts", {"RouteTableIds": [net.main_table()]}, "InvalidParameter"),
        ("s3", {"RouteTableIds": [table]}, "InvalidParameter"),
        ("s3", {"RouteTableIds": [net.main_table()], "SubnetIds": [first]}, "InvalidParameter"),
        ("s3", {"RouteTableIds": [net.main_table()], "PolicyDocument": "nonsense"}, "InvalidPolicyDocument"),
        ("s3", {"RouteTableIds": [net.main_table()], "PolicyDocument": "{}"}, "InvalidPolicyDocument"),
        ("s3", {"PrivateDnsEnabled": True}, "NotEmulated"),
        ("moon", {}, "InvalidServiceName"),
    ]
    for service, arguments, code in cases:
        assert refused(net.endpoint, service=service, **arguments)[0] == code, (service, arguments)
    assert net.of("VpcEndpoints") == net.of("NetworkInterfaces") == []
    net.ec2.delete_subnet(SubnetId=foreign)
    net.ec2.delete_security_group(GroupId=group)
    net.ec2.delete_route_table(RouteTableId=table)
    net.ec2.delete_vpc(VpcId=other)


def test_an_endpoint_that_is_not_there_is_told(net: Net) -> None:
    (told,) = net.ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-00000000"])["Unsuccessful"]
    assert (told["ResourceId"], told["Error"]["Code"]) == ("vpce-00000000", "InvalidVpcEndpointId.NotFound")


def test_services_are_those_of_the_region(net: Net) -> None:
    asked = [f"com.amazonaws.eu-west-1.{name}" for name in ("ecr.dkr", "s3", "scheduler")]
    docker, s3, scheduler = net.ec2.describe_vpc_endpoint_services(ServiceNames=asked)["ServiceDetails"]
    assert docker["PrivateDnsName"] == "*.dkr.ecr.eu-west-1.amazonaws.com"
    assert {each["ServiceType"] for each in s3["ServiceType"]} == {"Gateway", "Interface"}
    assert (scheduler["ServiceName"], scheduler["AvailabilityZones"][0]) == (asked[2], "eu-west-1a")
    gateways = [{"Name": "service-type", "Values": ["Gateway"]}]
    assert net.ec2.describe_vpc_endpoint_services(Filters=gateways)["ServiceNames"] == [
        "com.amazonaws.eu-west-1.dynamodb",
        "com.amazonaws.eu-west-1.s3",
    ]
    foreign = ["com.amazonaws.us-east-1.sts"]
    assert refused(net.ec2.describe_vpc_endpoint_services, ServiceNames=foreign)[0] == "InvalidServiceName"


@pytest.mark.parametrize("name", ["VpcEndpointId", "ServiceName"])
def test_endpoints_are_found_by_what_they_are(net: Net, name: str) -> None:
    made = net.endpoint("s3", RouteTableIds=[net.table()])
    net.endpoint("dynamodb", RouteTableIds=[net.main_table()])
    filters = {"VpcEndpointId": "vpc-endpoint-id", "ServiceName": "service-name"}
    given = [{"Name": filters[name], "Values": [made[name]]}, {"Name": "vpc-id", "Values": [net.id]}]
    (found,) = net.ec2.describe_vpc_endpoints(Filters=given)["VpcEndpoints"]
    assert found["VpcEndpointId"] == made["VpcEndpointId"]
