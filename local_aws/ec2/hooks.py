"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/ec2/test_moto_contract.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import DryRunClientError
from moto.ec2.models import EC2Backend, security_groups
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.responses import EC2Response

from local_aws.ec2 import endpoints, groups, networks, services, supported
from local_aws.world import World

Request = dict[str, Any]

OPERATIONS: Mapping[str, Callable[[EC2Backend, Request], Mapping[str, Any] | None]] = {
    "DeleteVpc": networks.delete_vpc,
    "DeleteSubnet": networks.delete_subnet,
    "DeleteRouteTable": networks.delete_route_table,
    "DeleteSecurityGroup": groups.delete,
    "DeleteFlowLogs": networks.delete_flow_logs,
    "CreateVpcEndpoint": endpoints.create,
    "ModifyVpcEndpoint": endpoints.modify,
    "DeleteVpcEndpoints": endpoints.delete,
    "DescribeVpcEndpointServices": services.describe,
    "UpdateSecurityGroupRuleDescriptionsIngress": groups.describe_rules,
    "UpdateSecurityGroupRuleDescriptionsEgress": groups.describe_rules,
}
"""Done here instead of by moto."""

CHECKS: Mapping[str, Callable[[EC2Backend, Request], None]] = {
    "AssociateRouteTable": networks.check_association,
    "ReplaceRouteTableAssociation": networks.check_replacement,
    "CreateFlowLogs": networks.check_flow_logs,
    "CreateTags": networks.check_tagged,
    "CreateSecurityGroup": groups.check_new,
    "AuthorizeSecurityGroupIngress": groups.check_rules,
    "AuthorizeSecurityGroupEgress": groups.check_rules,
}
"""Asked before moto does it, who sees what they put into the request."""

_LOCK = threading.RLock()
"""moto's dictionaries are changed by one call while others look through them: so calls are answered one at a time."""


def install(world: World) -> None:
    """Put the checked actions in the place of moto's; call before the first request."""
    del world
    for action in supported.ACTIONS:
        name = camelcase_to_underscores(action)
        setattr(EC2Response, name, _performing(action, getattr(EC2Response, name)))
    security_groups.SecurityGroupRule = groups.Rule  # type: ignore[misc]  # what moto makes rules of
    _replace(SubnetBackend, "create_subnet", _in_region)
    _replace(SecurityGroupBackend, "create_security_group", _with_rules)


def _replace(owner: type, name: str, changed: Callable[[Any], Any]) -> None:
    original = owner.__dict__[name]
    setattr(owner, name, wraps(original)(changed(original)))


def _performing(action: str, motos: Callable[[EC2Response], ActionResult]) -> Callable[[EC2Response], ActionResult]:
    # moto finds an action's handler by name among the functions of the class.
    def perform(self: EC2Response) -> ActionResult:
        request = self._get_params()
        supported.check(action, request)
        if request.get("DryRun"):
            raise DryRunClientError
        with _LOCK:
            if action in CHECKS:
                CHECKS[action](self.ec2_backend, request)
            if action not in OPERATIONS:
                return motos(self)
            answer = OPERATIONS[action](self.ec2_backend, request)
        return EmptyResult() if answer is None else ActionResult(answer)

    return perform


def _in_region(original: Callable[..., Subnet]) -> Callable[..., Subnet]:
    """moto puts a subnet into any zone of any region, and one without a zone into us-east-1a."""

    def create_subnet(
        self: EC2Backend,
        vpc_id: str,
        cidr_block: str,
        ipv6_cidr_block: str | None = None,
        availability_zone: str | None = None,
        availability_zone_id: str | None = None,
        **more: Any,
    ) -> Subnet:
        networks.check_subnet(cidr_block)
        place = networks.zone(self, availability_zone, availability_zone_id).name
        return original(self, vpc_id, cidr_block, ipv6_cidr_block, place, **more)

    return create_subnet


def _with_rules(original: Callable[..., SecurityGroup]) -> Callable[..., SecurityGroup]:
    """moto leaves a default group without the rule that lets its members in."""

    def create_security_group(self: EC2Backend, *arguments: Any, **named: Any) -> SecurityGroup:
        group = original(self, *arguments, **named)
        if group.is_default:
            groups.let_members_in(group)
        return group

    return create_security_group
