"""A network of a test's own: two subnets with a route table, a group, and what is added; taken down afterwards."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LAMBDA_ASKS = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
"""What a function's role needs of EC2 (Lambda, "Giving Lambda functions access to resources in an Amazon VPC")."""

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@dataclass(frozen=True, kw_only=True)
class Network:
    """Everything in it is of the VPC, and in the group, which lets in its own HTTPS and everything out."""

    ec2: Any
    vpc: str
    subnets: tuple[str, ...]
    table: str
    group: str

    def of_lambda(self) -> dict[str, list[str]]:
        """VpcConfig of a function."""
        return {"SubnetIds": list(self.subnets), "SecurityGroupIds": [self.group]}

    def of_sagemaker(self) -> dict[str, list[str]]:
        """VpcConfig of a training or a model."""
        return {"Subnets": list(self.subnets), "SecurityGroupIds": [self.group]}

    def main_table(self) -> str:
        """The route table of subnets that have none of their own."""
        of = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        (found,) = self.ec2.describe_route_tables(Filters=of)["RouteTables"]
        return str(found["RouteTableId"])

    def associate(self, subnet: str, table: str) -> None:
        """Give a subnet another route table."""
        of = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (found,) = self.ec2.describe_route_tables(Filters=of)["RouteTables"]
        (known,) = [each for each in found["Associations"] if each.get("SubnetId") == subnet]
        associated = known["RouteTableAssociationId"]
        self.ec2.replace_route_table_association(AssociationId=associated, RouteTableId=table)

    def new_group(self) -> str:
        """A group that lets nothing in; its id."""
        return str(self.ec2.create_security_group(VpcId=self.vpc, GroupName="new", Description="new")["GroupId"])

    def let_nothing_out(self) -> None:
        """Take the rule away that every group begins with."""
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=[everything])

    def gateway(self, service: str, **named: Any) -> str:
        """A gateway endpoint in the route table; its id."""
        return self._endpoint(service, **{"VpcEndpointType": "Gateway", "RouteTableIds": [self.table], **named})

    def interface(self, service: str, **named: Any) -> str:
        """An interface endpoint in the first subnet, which answers for the service's name; its id."""
        kind = {"VpcEndpointType": "Interface", "SubnetIds": list(self.subnets[:1]), "SecurityGroupIds": [self.group]}
        return self._endpoint(service, **{**kind, "PrivateDnsEnabled": True, **named})

    def _endpoint(self, service: str, **named: Any) -> str:
        name = f"com.amazonaws.{self.ec2.meta.region_name}.{service}"
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, **named)
        return str(made["VpcEndpoint"]["VpcEndpointId"])


@contextlib.contextmanager
def made(ec2: Any) -> Iterator[Network]:
    """A new network."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zones[number])["Subnet"][
            "SubnetId"
        ]
        for number in range(2)
    )
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(VpcId=vpc, GroupName="inside", Description="inside")["GroupId"]
    itself = {**HTTPS, "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[itself])
    yield Network(ec2=ec2, vpc=vpc, subnets=subnets, table=table, group=group)
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    if found:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"] for endpoint in found])
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)
    _delete_groups(ec2, vpc)
    ec2.delete_vpc(VpcId=vpc)


def _delete_groups(ec2: Any, vpc: str) -> None:
    """But the default one. None goes while a rule of another names it."""
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    own = [group for group in found if group["GroupName"] != "default"]
    for group in own:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    for group in own:
        ec2.delete_security_group(GroupId=group["GroupId"])


def statement(*actions: str, resource: str = "*") -> dict[str, Any]:
    """An Allow of these actions of EC2."""
    return {"Effect": "Allow", "Action": [f"ec2:{action}" for action in actions], "Resource": resource}


def role(iam: Any, service: str, *statements: dict[str, Any]) -> str:
    """The ARN of a new role that a service may assume, with these statements."""
    name = f"net-{uuid.uuid4().hex[:12]}"
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_document(*statements))
    return str(arn)


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
