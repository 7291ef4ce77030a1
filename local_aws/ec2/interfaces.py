"""The network interfaces of interface endpoints: one in each of their subnets, with their groups."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPC, VPCEndPoint

from local_aws.ec2.errors import DuplicateSubnetsInSameZone, InsufficientFreeAddresses, InvalidParameter
from local_aws.ec2.groups import group_of
from local_aws.ec2.networks import forget


class Endpoint(VPCEndPoint):
    """moto's endpoint, as all of them are made here: with lists, if empty ones."""

    vpc_endpoint_type: str
    subnet_ids: list[str]
    dns_entries: list[dict[str, str]]

    @property
    def vpc_endpoint_id(self) -> str:
        """For the filter of that name."""
        return str(self.id)


def check_subnets(backend: EC2Backend, vpc: VPC, *, kept: Sequence[str], added: Sequence[str]) -> None:
    """Raises EC2ClientError unless all are of the VPC, one in a zone, and those added have room for an interface."""
    zones = set()
    for held in (*kept, *added):
        subnet = backend.get_subnet(held)
        if subnet.vpc_id != vpc.id:
            raise InvalidParameter(f"Subnet {held} and network {vpc.id} belong to different networks")
        if subnet.availability_zone in zones:
            said = f"Found another VPC endpoint subnet in the availability zone of {held}"
            raise DuplicateSubnetsInSameZone(said)
        if held in added and subnet.available_ip_address_count < 1:
            raise InsufficientFreeAddresses(f"The subnet '{held}' has no free addresses")
        zones.add(subnet.availability_zone)


def add(backend: EC2Backend, endpoint: Endpoint, subnets: Sequence[str]) -> None:
    """An interface in each of the subnets that has none, under an address of the subnet."""
    for held in subnets:
        if held in endpoint.subnet_ids:
            continue
        subnet = backend.get_subnet(held)
        made = backend.create_network_interface(
            subnet,
            subnet.get_available_subnet_ip(endpoint),  # type: ignore[arg-type]  # whoever holds it
            group_ids=list(endpoint.security_group_ids),
            description=f"VPC Endpoint Interface {endpoint.id}",
        )
        made.interface_type, made.requester_managed, made.status = "vpc_endpoint", True, "in-use"
        endpoint.subnet_ids.append(held)
        endpoint.network_interface_ids.append(made.id)


def remove(backend: EC2Backend, endpoint: Endpoint, subnets: Sequence[str]) -> None:
    """The interfaces in these subnets."""
    gone = [held for held in endpoint.network_interface_ids if backend.enis[held].subnet_id in subnets]
    for held in gone:
        backend.enis[held].delete()
    forget(backend, gone)
    endpoint.network_interface_ids = [held for held in endpoint.network_interface_ids if held not in gone]
    endpoint.subnet_ids = [held for held in endpoint.subnet_ids if held not in subnets]


def regroup(backend: EC2Backend, endpoint: Endpoint) -> None:
    """Give all of them the endpoint's groups."""
    for held in endpoint.network_interface_ids:
        backend.enis[held]._group_set = [group_of(backend, group) for group in endpoint.security_group_ids]


def hosted_zone(endpoint_id: str, name: str) -> str:
    """The id of the zone that keeps one of an endpoint's names."""
    return f"Z{hashlib.sha256(f'{endpoint_id} {name}'.encode()).hexdigest()[:20].upper()}"
