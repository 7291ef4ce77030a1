"""VPCs, subnets and route tables: what may not be made or deleted, and what goes with what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from moto.ec2.exceptions import (
    DependencyViolationError,
    InvalidAvailabilityZoneError,
    InvalidFlowLogIdError,
    InvalidSubnetRangeError,
)
from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.route_tables import RouteTable

from local_aws.ec2.errors import AlreadyAssociated, InvalidParameter, InvalidParameterValue

Request = dict[str, Any]
_SIZES = range(16, 29)
"""Of a subnet, as the length of its prefix (VPC User Guide, "Subnet CIDR blocks")."""


def forget(backend: EC2Backend, ids: Iterable[str]) -> None:
    """What is gone has no tags."""
    for resource_id in ids:
        backend.tags.pop(resource_id, None)


def zone(backend: EC2Backend, name: str | None, zone_id: str | None) -> Zone:
    """The zone of the region that a subnet is asked to be in; the first when it is not said. Raises EC2ClientError."""
    zones: list[Zone] = backend.describe_availability_zones()
    for each in zones:
        if name in (None, each.name) and zone_id in (None, each.zone_id):
            return each
    raise InvalidAvailabilityZoneError(name or zone_id, ", ".join(each.name for each in zones))


def check_subnet(cidr_block: object) -> None:
    """Raises EC2ClientError for a block that is too large or too small; what is no block moto refuses."""
    try:
        network = ipaddress.IPv4Network(str(cidr_block), strict=False)
    except ValueError:
        return
    if network.prefixlen not in _SIZES:
        raise InvalidSubnetRangeError(str(cidr_block))


def delete_vpc(backend: EC2Backend, request: Request) -> None:
    """DeleteVpc: what AWS has made with it goes along, all else must be gone before."""
    vpc = backend.get_vpc(request["VpcId"])
    if any(_dependents(backend, vpc.id)):
        raise DependencyViolationError(f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    acls = [acl.id for acl in backend.network_acls.values() if acl.vpc_id == vpc.id]
    tables = [table.id for table in backend.route_tables.values() if table.vpc_id == vpc.id]
    forget(backend, [vpc.id, *acls, *tables, *backend.groups[vpc.id]])
    backend.delete_vpc(vpc.id)
    del backend.groups[vpc.id]
    for acl in acls:
        del backend.network_acls[acl]


def _dependents(backend: EC2Backend, vpc_id: str) -> Iterator[bool]:
    yield from (subnet.vpc_id == vpc_id for subnet in backend.describe_subnets())
    yield from (interface.vpc_id == vpc_id for interface in backend.enis.values())
    yield from (endpoint.vpc_id == vpc_id for endpoint in backend.vpc_end_points.values())
    yield from (table.vpc_id == vpc_id and not _is_main(table) for table in backend.route_tables.values())
    yield from (acl.vpc_id == vpc_id and not acl.default for acl in backend.network_acls.values())
    yield from (not group.is_default for group in backend.groups[vpc_id].values())


def delete_subnet(backend: EC2Backend, request: Request) -> None:
    """DeleteSubnet: its associations go along."""
    subnet = backend.get_subnet(request["SubnetId"])
    if any(interface.subnet_id == subnet.id for interface in backend.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet.id}' has dependencies and cannot be deleted.")
    backend.delete_subnet(subnet.id)
    for table in backend.route_tables.values():
        table._associations = {key: target for key, target in table._associations.items() if target != subnet.id}
    for acl in backend.network_acls.values():
        acl._associations = {key: made for key, made in acl._associations.items() if made.subnet_id != subnet.id}
    forget(backend, [subnet.id])


def delete_route_table(backend: EC2Backend, request: Request) -> None:
    """DeleteRouteTable: neither a VPC's main one nor one that subnets have."""
    table = backend.get_route_table(request["RouteTableId"])
    if _is_main(table):
        raise DependencyViolationError(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    backend.delete_route_table(table.id)
    for endpoint in backend.vpc_end_points.values():
        endpoint.route_table_ids = [held for held in endpoint.route_table_ids if held != table.id]
    forget(backend, [table.id])


def check_association(backend: EC2Backend, request: Request) -> None:
    """Of AssociateRouteTable: one network, and one table for a subnet. Raises EC2ClientError."""
    table, subnet = backend.get_route_table(request["RouteTableId"]), backend.get_subnet(request["SubnetId"])
    if table.vpc_id != subnet.vpc_id:
        raise InvalidParameterValue(
            f"Route table {table.id} and network subnet {subnet.id} belong to different networks"
        )
    for other in backend.route_tables.values():
        if other is not table and subnet.id in other._associations.values():
            said = f"the specified association for route table {table.id} conflicts with an existing association"
            raise AlreadyAssociated(said)


def check_replacement(backend: EC2Backend, request: Request) -> None:
    """Of ReplaceRouteTableAssociation: one network. Raises EC2ClientError."""
    table = backend.get_route_table(request["RouteTableId"])
    for other in backend.route_tables.values():
        if request["AssociationId"] in other.all_associations_ids and other.vpc_id != table.vpc_id:
            raise InvalidParameterValue(f"Route table {table.id} and {other.id} belong to different networks")


def check_flow_logs(backend: EC2Backend, request: Request) -> None:
    """Of CreateFlowLogs: moto looks for a log group by its name alone. Raises InvalidParameter for another's ARN."""
    destination = request.get("LogDestination")
    if destination is None:
        return
    place = f"arn:{backend.partition}:logs:{backend.region_name}:{backend.account_id}:log-group:"
    name = destination.removeprefix(place).removesuffix(":*")
    if not destination.startswith(place) or request.get("LogGroupName") not in (None, name):
        raise InvalidParameter(f"LogDestination {destination}: expected the ARN of the log group, {place}<name>")
    request["LogGroupName"] = name


def check_tagged(backend: EC2Backend, request: Request) -> None:
    """Of CreateTags: moto keeps tags of endpoints and flow logs that are not there. Raises EC2ClientError."""
    for resource_id in request["Resources"]:
        if resource_id.startswith("vpce-"):
            backend.get_vpc_end_point(resource_id)
        elif resource_id.startswith("fl-") and resource_id not in backend.flow_logs:
            raise InvalidFlowLogIdError(1, resource_id)


def delete_flow_logs(backend: EC2Backend, request: Request) -> None:
    """DeleteFlowLogs."""
    backend.delete_flow_logs(request["FlowLogIds"])
    forget(backend, request["FlowLogIds"])


def _is_main(table: RouteTable) -> bool:
    return table.main_association_id is not None
