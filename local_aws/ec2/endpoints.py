"""Endpoints of VPCs, with what moto leaves out: their interfaces and routes, their DNS, and all that is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from moto.ec2.exceptions import InvalidVpcEndPointIdError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.ec2.utils import random_vpc_ep_id

from local_aws.ec2 import interfaces, services
from local_aws.ec2.errors import InvalidGroup, InvalidParameter, InvalidPolicyDocument, NotEmulated, RouteAlreadyExists
from local_aws.ec2.groups import group_of
from local_aws.ec2.interfaces import Endpoint
from local_aws.ec2.networks import Request, forget
from local_aws.ec2.services import EndpointService

_OF_KIND = {
    "Gateway": ("RouteTableIds",),
    "Interface": ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"),
}
"""Members that are of one type of endpoints."""
_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")


def create(backend: EC2Backend, request: Request) -> dict[str, Any]:
    """CreateVpcEndpoint."""
    vpc, kind = backend.get_vpc(request["VpcId"]), request.get("VpcEndpointType") or "Gateway"
    service = services.service(backend, request["ServiceName"])
    if kind not in service.kinds:
        listed = ", ".join(service.kinds)
        raise InvalidParameter(f"Endpoint type ({kind}) does not match available service types ([{listed}]).")
    _check_members(kind, request)
    wanted = {name: request.get(name) or [] for name in _LISTS}
    has_dns = kind == "Interface" and request.get("PrivateDnsEnabled") is not False
    if kind == "Interface" and not wanted["SecurityGroupIds"]:
        wanted["SecurityGroupIds"] = [group.id for group in backend.groups[vpc.id].values() if group.is_default]
    _check_lists(backend, vpc, service, wanted)
    if has_dns:
        _check_dns(backend, vpc, service)
    made = Endpoint(  # type: ignore[abstract]  # moto's own CloudFormation is not asked
        backend,
        random_vpc_ep_id(),
        vpc.id,
        service.name,
        kind,
        _policy(request.get("PolicyDocument")),
        route_table_ids=[],
        subnet_ids=[],
        dns_entries=[],
        security_group_ids=wanted["SecurityGroupIds"],
        private_dns_enabled=has_dns,
        destination_prefix_list_id=_prefix_list(backend, service) if kind == "Gateway" else None,
        tags={tag["Key"]: tag["Value"] for each in request.get("TagSpecifications") or () for tag in each["Tags"]},
    )
    backend.vpc_end_points[made.id] = made
    _add(backend, made, service, wanted)
    return {"VpcEndpoint": made}


def modify(backend: EC2Backend, request: Request) -> dict[str, Any]:
    """ModifyVpcEndpoint: what is taken away goes before what is added."""
    endpoint = cast(Endpoint, backend.get_vpc_end_point(request["VpcEndpointId"]))
    vpc, service = backend.get_vpc(endpoint.vpc_id), services.service(backend, endpoint.service_name)
    _check_members(endpoint.vpc_endpoint_type, _without_verbs(request))
    added = {name: request.get(f"Add{name}") or [] for name in _LISTS}
    removed = {name: request.get(f"Remove{name}") or [] for name in _LISTS}
    added["RouteTableIds"] = [held for held in added["RouteTableIds"] if held not in endpoint.route_table_ids]
    kept = [subnet for subnet in endpoint.subnet_ids if subnet not in removed["SubnetIds"]]
    added["SubnetIds"] = [subnet for subnet in added["SubnetIds"] if subnet not in kept]
    _check_lists(backend, vpc, service, added, kept=kept)
    left = [group for group in endpoint.security_group_ids if group not in removed["SecurityGroupIds"]]
    groups = list(dict.fromkeys([*left, *added["SecurityGroupIds"]]))
    if endpoint.vpc_endpoint_type == "Interface" and not groups:
        raise InvalidParameter(f"{endpoint.id}: an interface endpoint has one security group at least")
    if request.get("PrivateDnsEnabled") and not endpoint.private_dns_enabled:
        _check_dns(backend, vpc, service)
    _set(endpoint, request)
    _unroute(backend, endpoint, removed["RouteTableIds"])
    interfaces.remove(backend, endpoint, removed["SubnetIds"])
    endpoint.security_group_ids = groups
    interfaces.regroup(backend, endpoint)
    _add(backend, endpoint, service, added)
    return {"Return": True}


def delete(backend: EC2Backend, request: Request) -> dict[str, Any]:
    """DeleteVpcEndpoints: with their interfaces and routes; those that are not there are told, not refused."""
    failed = []
    for held in request["VpcEndpointIds"]:
        endpoint = cast(Endpoint | None, backend.vpc_end_points.pop(held, None))
        if endpoint is None:
            error = InvalidVpcEndPointIdError(held)
            failed.append({"ResourceId": held, "Error": {"Code": error.code, "Message": error.message}})
            continue
        _unroute(backend, endpoint, endpoint.route_table_ids)
        interfaces.remove(backend, endpoint, endpoint.subnet_ids)
        forget(backend, [held])
    return {"Unsuccessful": failed}


def _add(backend: EC2Backend, endpoint: Endpoint, service: EndpointService, wanted: Mapping[str, list[str]]) -> None:
    _route(backend, endpoint, wanted["RouteTableIds"])
    interfaces.add(backend, endpoint, wanted["SubnetIds"])
    if endpoint.vpc_endpoint_type == "Interface":
        endpoint.dns_entries = _names(backend, endpoint, service)


def _set(endpoint: Endpoint, request: Request) -> None:
    if request.get("PolicyDocument"):
        endpoint.policy_document = str(_policy(request["PolicyDocument"]))
    elif request.get("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    if request.get("PrivateDnsEnabled") is not None:
        endpoint.private_dns_enabled = request["PrivateDnsEnabled"]


def _without_verbs(request: Request) -> Request:
    return {name.removeprefix("Add").removeprefix("Remove"): value for name, value in request.items() if value}


def _check_members(kind: str, request: Request) -> None:
    for other, names in _OF_KIND.items():
        for name in names:
            if other != kind and request.get(name):
                raise InvalidParameter(f"{name} is not supported for endpoints of type {kind}, only {other}")


def _check_lists(
    backend: EC2Backend,
    vpc: VPC,
    service: EndpointService,
    wanted: Mapping[str, list[str]],
    *,
    kept: Sequence[str] = (),
) -> None:
    """What is to be added: to the subnets `kept`."""
    for held in wanted["SecurityGroupIds"]:
        if group_of(backend, held).vpc_id != vpc.id:
            raise InvalidGroup("You have specified two resources that belong to different networks.")
    for held in wanted["RouteTableIds"]:
        table, destination = backend.get_route_table(held), _prefix_list(backend, service)
        if table.vpc_id != vpc.id:
            raise InvalidParameter(f"Route table {held} and network {vpc.id} belong to different networks")
        if any(route.destination_prefix_list_id == destination for route in table.routes):
            said = f"route table {held} already has a route with destination-prefix-list-id {destination}"
            raise RouteAlreadyExists(said)
    interfaces.check_subnets(backend, vpc, kept=kept, added=wanted["SubnetIds"])


def _check_dns(backend: EC2Backend, vpc: VPC, service: EndpointService) -> None:
    """One endpoint of a VPC answers for a domain (PrivateLink Guide, "Private DNS names")."""
    if service.private_dns is None:
        raise NotEmulated(f"PrivateDnsEnabled of {service.name} is not emulated: it takes DnsOptions")
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        said = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        raise InvalidParameter(f"{said} for {vpc.id}")
    for other in backend.vpc_end_points.values():
        if other.vpc_id == vpc.id and other.private_dns_enabled and other.service_name == service.name:
            said = "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
            raise InvalidParameter(f"{said} {service.private_dns} in the VPC {vpc.id}")


def _prefix_list(backend: EC2Backend, service: EndpointService) -> str:
    (found,) = (held for held in backend.managed_prefix_lists.values() if held.prefix_list_name == service.name)
    return str(found.id)


def _route(backend: EC2Backend, endpoint: Endpoint, tables: Sequence[str]) -> None:
    for held in tables:
        if held not in endpoint.route_table_ids:
            destination = endpoint.destination_prefix_list_id
            backend.create_route(held, None, gateway_id=endpoint.id, destination_prefix_list_id=destination)
            endpoint.route_table_ids.append(held)


def _unroute(backend: EC2Backend, endpoint: Endpoint, tables: Sequence[str]) -> None:
    for held in [held for held in endpoint.route_table_ids if held in tables]:
        if held in backend.route_tables:
            backend.delete_route(held, str(endpoint.destination_prefix_list_id))
        endpoint.route_table_ids.remove(held)


def _names(backend: EC2Backend, endpoint: Endpoint, service: EndpointService) -> list[dict[str, str]]:
    """Those that lead to it: for all its zones, for each of them, and the service's own."""
    zones = [f"-{backend.get_subnet(held).availability_zone}" for held in endpoint.subnet_ids]
    names = [f"{endpoint.id}{zone}.{service.public_dns}" for zone in ("", *zones)]
    names += [service.private_dns] if endpoint.private_dns_enabled and service.private_dns else []
    return [{"DnsName": name, "HostedZoneId": interfaces.hosted_zone(endpoint.id, name)} for name in names]


def _policy(document: str | None) -> str | None:
    if document is None:
        return None
    try:
        policy = json.loads(document)
    except ValueError as error:
        raise InvalidPolicyDocument(f"The policy document is no JSON: {error}") from error
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise InvalidPolicyDocument("The policy document has no Statement")
    return document
