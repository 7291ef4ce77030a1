"""The ways from a place to AWS's services: endpoints of its VPC, for there is no gateway to the internet here.

Source: AWS PrivateLink Guide, "Gateway endpoints" (a route in the subnet's table) and "Access an AWS service using an
interface VPC endpoint" (a private DNS name in all of the VPC, which the service's own name then stands for; its groups
let HTTPS in).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from local_aws.network import groups
from local_aws.network.errors import NoRoute
from local_aws.network.groups import ANYWHERE, Peer
from local_aws.network.places import Place
from local_aws.network.record import Record, Refused, Taken
from local_aws.network.services import endpoint_service

RECORD = Record()
"""One per process."""


@dataclass(frozen=True)
class Way:
    """The endpoint that a call goes through, and the VPC it comes from."""

    vpc: str
    endpoint: str


def require(caller: str, place: Place, *, service: str, region: str) -> Way:
    """The way from a place to botocore's `service` in a region, put on record. Raises NoRoute.

    `caller` is what is there, as the message is to name it.
    """
    name = endpoint_service(service, region)
    found = _of_service(place, name)
    reason = ""
    for endpoint in found:
        reason = _hindrance(endpoint, place)
        if not reason:
            RECORD.add(Taken(caller, place.vpc, name, endpoint.id))
            return Way(place.vpc, endpoint.id)
    said = _said(caller, place, service=service, name=name, reason=reason)
    RECORD.add(Refused(caller, place.vpc, name, said))
    raise NoRoute(said)


def _of_service(place: Place, name: str) -> list[Any]:
    """moto's endpoints of the place's VPC."""
    return [
        endpoint
        for endpoint in list(place.ec2.vpc_end_points.values())
        if endpoint.vpc_id == place.vpc and endpoint.service_name == name and endpoint.state == "available"
    ]


def _hindrance(endpoint: Any, place: Place) -> str:
    """Why an endpoint of the VPC is no way from this place; nothing when it is."""
    there = {subnet.id for subnet in place.ec2.describe_subnets()}
    if gone := [subnet for subnet in place.subnets if subnet not in there]:
        return f"{' and '.join(gone)} is not there any more"
    of_kind = _hindrance_of_interface if endpoint.vpc_endpoint_type == "Interface" else _hindrance_of_gateway
    return of_kind(endpoint, place)


def _hindrance_of_gateway(endpoint: Any, place: Place) -> str:
    for subnet in place.subnets:
        table = _table_of(place, subnet)
        if table not in endpoint.route_table_ids:
            return f"{endpoint.id} is not in the route table {table} of {subnet}"
    return _shut_in(endpoint, place, Peer(networks=(ANYWHERE,), prefix_list=endpoint.destination_prefix_list_id))


def _hindrance_of_interface(endpoint: Any, place: Place) -> str:
    if not endpoint.subnet_ids:
        return f"{endpoint.id} is in no subnet"
    if not endpoint.private_dns_enabled:
        return f"{endpoint.id} has no private DNS name"
    addresses = (place.ec2.enis[id_].private_ip_address for id_ in endpoint.network_interface_ids)
    there = Peer(groups=endpoint.security_group_ids, networks=tuple(IPv4Network(each) for each in addresses))
    if shut := _shut_in(endpoint, place, there):
        return shut
    blocks = (place.ec2.get_subnet(subnet).cidr_block for subnet in place.subnets)
    here = Peer(groups=place.groups, networks=tuple(map(IPv4Network, blocks)))
    if groups.let_in(place.ec2, endpoint.security_group_ids, here):
        return ""
    return f"no HTTPS from there is let in by {' and '.join(endpoint.security_group_ids)} of {endpoint.id}"


def _shut_in(endpoint: Any, place: Place, there: Peer) -> str:
    if groups.let_out(place.ec2, place.groups, there):
        return ""
    return f"no HTTPS to {endpoint.id} is let out by {' and '.join(place.groups)}"


def _table_of(place: Place, subnet: str) -> str:
    """The id of the subnet's route table: its own, or else the main one."""
    tables = [table for table in list(place.ec2.route_tables.values()) if table.vpc_id == place.vpc]
    return _first([table.id for table in tables if _has(table, "SubnetId", subnet)]) or _first(
        [table.id for table in tables if _has(table, "Main", wanted=True)]
    )


def _has(table: Any, member: str, wanted: str | bool) -> bool:
    return any(association.get(member) == wanted for association in table.associations)


def _first(ids: Sequence[str]) -> str:
    return ids[0] if ids else ""


def _said(caller: str, place: Place, *, service: str, name: str, reason: str) -> str:
    what = f"endpoint for {service} ({name})"
    if not reason:
        return f"{caller} is in {place.vpc}, which has no {what}"
    return f"{caller} is in {place.vpc}, whose {what} does not serve it: {reason}"
