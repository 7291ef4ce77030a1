"""Networks of a test's own, taken down afterwards in the order that EC2 asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Net:
    """A VPC of 10.0.0.0/16 and what is made in it."""

    ec2: Any
    id: str

    def subnet(self, cidr: str = "10.0.0.0/24", **named: Any) -> str:
        return str(self.ec2.create_subnet(VpcId=self.id, CidrBlock=cidr, **named)["Subnet"]["SubnetId"])

    def table(self) -> str:
        return str(self.ec2.create_route_table(VpcId=self.id)["RouteTable"]["RouteTableId"])

    def group(self, name: str = "g") -> str:
        return str(self.ec2.create_security_group(VpcId=self.id, GroupName=name, Description="d")["GroupId"])

    def of(self, what: str) -> list[dict[str, Any]]:
        """`of("Subnets")`: those of the VPC."""
        ask = getattr(self.ec2, f"describe_{''.join(f'_{c.lower()}' if c.isupper() else c for c in what)[1:]}")
        found: list[dict[str, Any]] = ask(Filters=[{"Name": "vpc-id", "Values": [self.id]}])[what]
        return found

    def has_dns(self) -> None:
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=self.id, **{name: {"Value": True}})

    def endpoint(self, service: str, **named: Any) -> dict[str, Any]:
        """`endpoint("logs", SubnetIds=[…])`: an interface endpoint, or a gateway's where tables are named."""
        kind = {"VpcEndpointType": "Gateway" if "RouteTableIds" in named else "Interface"}
        name = f"com.amazonaws.eu-west-1.{service}"
        answer = self.ec2.create_vpc_endpoint(VpcId=self.id, ServiceName=name, **{**kind, **named})
        made: dict[str, Any] = answer["VpcEndpoint"]
        return made

    def main_table(self) -> str:
        (found,) = [table for table in self.of("RouteTables") if any(each["Main"] for each in table["Associations"])]
        return str(found["RouteTableId"])

    def default_group(self) -> str:
        (found,) = [group for group in self.of("SecurityGroups") if group["GroupName"] == "default"]
        return str(found["GroupId"])


@pytest.fixture
def net(aws: Callable[[str], Any]) -> Iterator[Net]:
    ec2 = aws("ec2")
    made = Net(ec2, ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    yield made
    if endpoints := [each["VpcEndpointId"] for each in made.of("VpcEndpoints")]:
        ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints)
    for subnet in made.of("Subnets"):
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for table in made.of("RouteTables"):
        if table["RouteTableId"] != made.main_table():
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    groups = [group for group in made.of("SecurityGroups") if group["GroupName"] != "default"]
    for group in groups:
        for side, permissions in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if group[permissions]:
                revoke = getattr(ec2, f"revoke_security_group_{side}")
                revoke(GroupId=group["GroupId"], IpPermissions=group[permissions])
    for group in groups:
        ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=made.id)


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message that a call is refused with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    told = error.value.response["Error"]
    return str(told["Code"]), str(told["Message"])
