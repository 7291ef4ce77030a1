"""Where the connections of a job put its runs, and what Glue looks at before it starts one there.

Source: AWS Glue Developer Guide, "Troubleshooting errors Spark errors" (words, and "Failover behavior between VPCs":
connections are tried in the order given, and the first that can be used is), "Setting up Amazon VPC"; AWS managed
policy AWSGlueServiceRole. Words that are not there are known from runs, or else this project's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moto.utilities.utils import get_partition

from local_aws import iam, interfaces
from local_aws.glue.connections import Connection
from local_aws.glue.errors import EntityNotFoundException
from local_aws.iam.errors import AccessDenied
from local_aws.network import groups, places, ways
from local_aws.network.errors import NetworkError, NoRoute
from local_aws.network.places import Place

_SHUT = (
    "At least one security group must open all {0}gress ports.To limit traffic, the source security group in your "
    "{1}bound rule can be restricted to the same security group"
)
_TAGS = {"aws:TagKeys": "aws-glue-service-resource"}
_UNAUTHORIZED = "{action} action is unauthorized. unable to validate "
_SAID = {
    "DescribeVpcEndpoints": _UNAUTHORIZED + "VPC ID {vpc}",
    "DescribeRouteTables": _UNAUTHORIZED + "subnet id: {subnet} in VPC id: {vpc}",
    "CreateTags": "The specified role doesn't have a permission to create a tag for your elastic network interface.",
}
_ANY_OTHER = "Failed to call ec2:{action}: You are not authorized to perform this operation. {error}"


class CannotConnect(Exception):
    """None of a job's connections can be used; the text says why not."""


@dataclass(frozen=True, kw_only=True)
class Joining:
    """A run that is to enter a network, as its role. `connection` raises EntityNotFoundException."""

    job: str
    role_arn: str
    session: str
    account: str
    region: str
    connection: Callable[[str], Connection]

    def place(self, connections: Sequence[str]) -> Place | None:
        """That of the first connection that can be used; None without connections. Raises CannotConnect."""
        reasons = []
        for name in connections:
            try:
                return self._place(name)
            except CannotConnect as error:
                reasons.append(str(error))
        if reasons:
            raise CannotConnect(" ".join(reasons))
        return None

    def _place(self, name: str) -> Place:
        requirements = self._requirements(name)
        subnet, ids = requirements["SubnetId"], requirements["SecurityGroupIdList"]
        try:
            place = places.find(self.account, self.region, subnets=[subnet], groups=ids)
        except NetworkError as error:
            raise CannotConnect(str(error)) from error
        self._ask(place, "DescribeSubnets")
        self._ask(place, "DescribeSecurityGroups")
        if shut := " ".join(_shut(place)):
            raise CannotConnect(shut)
        self._ask(place, "DescribeVpcEndpoints")
        self._ask(place, "DescribeRouteTables")
        self._reach_s3(place)
        for action in ("DescribeVpcAttribute", "CreateNetworkInterface", "CreateTags"):
            self._ask(place, action)
        for action in ("DescribeNetworkInterfaces", "DeleteTags", "DeleteNetworkInterface"):
            self._ask(place, action)
        return place

    def _requirements(self, name: str) -> dict[str, Any]:
        """Of a connection, which is in the account's catalog."""
        arn = f"arn:{get_partition(self.region)}:glue:{self.region}:{self.account}"
        try:
            for resource in (f"{arn}:catalog", f"{arn}:connection/{name}"):
                iam.authorize(self.role_arn, "glue:GetConnection", resource, session=self.session)
            found: dict[str, Any] = self.connection(name).definition["PhysicalConnectionRequirements"]
        except AccessDenied as error:
            raise CannotConnect(f"DataCatalog Connection issue: {error}") from error
        except EntityNotFoundException as error:
            raise CannotConnect(f"DataCatalog Connection issue: {error.message}") from error
        return found

    def _ask(self, place: Place, action: str) -> None:
        context = _TAGS if action.endswith("Tags") else {}
        try:
            interfaces.check(self.role_arn, action, place, session=self.session, context=context)
        except AccessDenied as error:
            said = _SAID.get(action, _ANY_OTHER)
            text = said.format(action=action, vpc=place.vpc, subnet=place.subnets[0], error=error)
            raise CannotConnect(text) from error

    def _reach_s3(self, place: Place) -> None:
        try:
            ways.require(f"Glue job {self.job}", place, service="s3", region=self.region)
        except NoRoute as error:
            subnet = place.subnets[0]
            raise CannotConnect(
                f"VPC S3 endpoint validation failed for SubnetId: {subnet}. VPC: {place.vpc}. Reason: Could not find "
                f"S3 endpoint or NAT gateway for subnetId: {subnet} in Vpc {place.vpc}"
            ) from error


def _shut(place: Place) -> Iterator[str]:
    """What is wrong with the groups: Spark's driver and executors find each other on any port."""
    for name, side in (("in", "in"), ("e", "out")):
        if not groups.open_all_ports(place.ec2, place.groups, f"{name}gress"):
            yield _SHUT.format(name, side)
