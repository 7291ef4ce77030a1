"""AWS::EC2::VPC, Subnet, RouteTable and SubnetRouteTableAssociation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types.base import Job, ResourceType, changed
from local_aws.cloudformation.types.ec2_tags import tag, tags_of

_DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
"""What a VPC that is not the default one has."""


class Vpc(ResourceType):
    """A VPC with its main route table, default security group and default ACL; `Ref` is its id."""

    type_name = "AWS::EC2::VPC"
    properties = frozenset({"CidrBlock", "InstanceTenancy", "Tags", *_DNS})
    required = frozenset({"CidrBlock"})
    immutable = frozenset({"CidrBlock"})
    attributes = frozenset(
        {
            *("CidrBlock", "CidrBlockAssociations", "Ipv6CidrBlocks"),
            *("DefaultNetworkAcl", "DefaultSecurityGroup", "VpcId"),
        }
    )

    def create(self, job: Job) -> str:
        answer = job.call("ec2", "create_vpc", **job.given("CidrBlock", "InstanceTenancy"), **tags_of("vpc", job))
        return str(answer["Vpc"]["VpcId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        vpc = {"VpcId": job.physical_id}
        for name, default in _DNS.items():
            wanted = job.properties.get(name, default)
            if wanted != before.get(name, default):
                job.call("ec2", "modify_vpc_attribute", **vpc, **{name: {"Value": wanted}})
        if before and _tenancy(before) != _tenancy(job.properties):
            job.call("ec2", "modify_vpc_tenancy", **vpc, InstanceTenancy=_tenancy(job.properties))
        if before:
            tag(job, before)

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """The tenancy can be taken back to the default in place, and that alone ("AWS::EC2::VPC")."""
        return super().replaces(before, after) or _tenancy(after) not in ("default", _tenancy(before))

    def delete(self, job: Job) -> None:
        """Fails while it holds anything, as on AWS."""
        job.remove("ec2", "delete_vpc", gone={"InvalidVpcID.NotFound"}, VpcId=job.physical_id)

    def describe(self, job: Job) -> dict[str, Any]:
        inside = {"Name": "vpc-id", "Values": [job.physical_id]}
        (vpc,) = job.call("ec2", "describe_vpcs", VpcIds=[job.physical_id])["Vpcs"]
        named = {"Name": "group-name", "Values": ["default"]}
        (group,) = job.call("ec2", "describe_security_groups", Filters=[inside, named])["SecurityGroups"]
        default = {"Name": "default", "Values": ["true"]}
        (acl,) = job.call("ec2", "describe_network_acls", Filters=[inside, default])["NetworkAcls"]
        return {
            "CidrBlock": vpc["CidrBlock"],
            "CidrBlockAssociations": [each["AssociationId"] for each in vpc["CidrBlockAssociationSet"]],
            "DefaultNetworkAcl": acl["NetworkAclId"],
            "DefaultSecurityGroup": group["GroupId"],
            "Ipv6CidrBlocks": [],
            "VpcId": job.physical_id,
        }


class Subnet(ResourceType):
    """A subnet; `Ref` is its id."""

    type_name = "AWS::EC2::Subnet"
    properties = frozenset(
        {"AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"}
    )
    required = frozenset({"CidrBlock", "VpcId"})
    immutable = frozenset({"AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId"})
    attributes = frozenset(
        {
            *("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "Ipv6CidrBlocks"),
            *("NetworkAclAssociationId", "SubnetId", "VpcId"),
        }
    )

    def create(self, job: Job) -> str:
        answer = job.call("ec2", "create_subnet", **job.given(*self.immutable), **tags_of("subnet", job))
        return str(answer["Subnet"]["SubnetId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if changed(job, before, "MapPublicIpOnLaunch"):
            wanted = {"Value": job.properties.get("MapPublicIpOnLaunch", False)}
            job.call("ec2", "modify_subnet_attribute", SubnetId=job.physical_id, MapPublicIpOnLaunch=wanted)
        if before:
            tag(job, before)

    def delete(self, job: Job) -> None:
        """Fails while interfaces are in it, as on AWS."""
        job.remove("ec2", "delete_subnet", gone={"InvalidSubnetID.NotFound"}, SubnetId=job.physical_id)

    def describe(self, job: Job) -> dict[str, Any]:
        (subnet,) = job.call("ec2", "describe_subnets", SubnetIds=[job.physical_id])["Subnets"]
        inside = {"Name": "association.subnet-id", "Values": [job.physical_id]}
        (acl,) = job.call("ec2", "describe_network_acls", Filters=[inside])["NetworkAcls"]
        (link,) = [each for each in acl["Associations"] if each["SubnetId"] == job.physical_id]
        told = {name: subnet[name] for name in ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId")}
        return {
            **told,
            "Ipv6CidrBlocks": [],
            "NetworkAclAssociationId": link["NetworkAclAssociationId"],
            "SubnetId": job.physical_id,
        }


class RouteTable(ResourceType):
    """A route table; `Ref` is its id."""

    type_name = "AWS::EC2::RouteTable"
    properties = frozenset({"VpcId", "Tags"})
    required = frozenset({"VpcId"})
    immutable = frozenset({"VpcId"})
    attributes = frozenset({"RouteTableId"})

    def create(self, job: Job) -> str:
        answer = job.call("ec2", "create_route_table", **job.given("VpcId"), **tags_of("route-table", job))
        return str(answer["RouteTable"]["RouteTableId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            tag(job, before)

    def delete(self, job: Job) -> None:
        """Fails while subnets have it, as on AWS."""
        job.remove("ec2", "delete_route_table", gone={"InvalidRouteTableID.NotFound"}, RouteTableId=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"RouteTableId": job.physical_id}


class SubnetRouteTableAssociation(ResourceType):
    """Which route table a subnet has; `Ref` is the association's id, which changes with the table."""

    type_name = "AWS::EC2::SubnetRouteTableAssociation"
    properties = frozenset({"RouteTableId", "SubnetId"})
    required = frozenset({"RouteTableId", "SubnetId"})
    immutable: ClassVar[frozenset[str]] = frozenset({"SubnetId"})
    attributes = frozenset({"Id"})

    def create(self, job: Job) -> str:
        return str(job.call("ec2", "associate_route_table", **job.given(*self.properties))["AssociationId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> str | None:
        """A subnet has one table at a time: another takes its place in one call, under another id."""
        if not before or not changed(job, before, "RouteTableId"):
            return None
        of = {"AssociationId": job.physical_id, **job.given("RouteTableId")}
        return str(job.call("ec2", "replace_route_table_association", **of)["NewAssociationId"])

    def delete(self, job: Job) -> None:
        gone = {"InvalidAssociationID.NotFound"}
        job.remove("ec2", "disassociate_route_table", gone=gone, AssociationId=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Id": job.physical_id}


def _tenancy(properties: Mapping[str, Any]) -> str:
    return str(properties.get("InstanceTenancy", "default"))
