"""Security groups and their rules: what a rule may say, what it is told apart by, and which groups are in use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from moto.ec2.exceptions import (
    DependencyViolationError,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

from local_aws.ec2.errors import CannotDelete, InvalidGroup, InvalidParameterValue
from local_aws.ec2.networks import Request, forget

_CHARACTERS = r"a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""EC2 API Reference, "CreateSecurityGroup" and "IpRange"."""
_WITH_PORTS = ("tcp", "udp", "6", "17")


class Rule(SecurityGroupRule):
    """moto's rule. A rule is told apart by protocol, ports and other side; moto looks at descriptions of groups too."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.ip_range, self.source_group = dict(self.ip_range), dict(self.source_group)
        self._of_list = (_at(arguments, 7) or named.get("prefix_list_id") or {}).get("Description")

    @property
    def description(self) -> str | None:
        """What whoever made the rule says of it."""
        return self._said.get("Description") if self._said else self._of_list

    @description.setter
    def description(self, text: str | None) -> None:
        if not self._said:
            self._of_list = text
        elif text is None:
            self._said.pop("Description", None)
        else:
            self._said["Description"] = text

    @property
    def _said(self) -> dict[str, str]:
        return self.ip_range or self.source_group

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self._identity() == other._identity()

    __hash__ = None  # type: ignore[assignment]  # as moto's, which is changed in place

    def _identity(self) -> tuple[Any, ...]:
        ports = (self.from_port, self.to_port) if self.ip_protocol != "-1" else None
        sides = (self.cidr_ipv4, self.cidr_ipv6, self.source_group.get("GroupId"), self.prefix_list_id)
        return self.ip_protocol, ports, *sides


def group_of(backend: EC2Backend, group_id: str) -> SecurityGroup:
    """Raises InvalidSecurityGroupNotFoundError."""
    group = backend.get_security_group_from_id(group_id)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(group_id)
    return group


def let_members_in(group: SecurityGroup) -> None:
    """The rule that AWS gives a default group (VPC User Guide, "Default security groups")."""
    owner = {"UserId": group.owner_id, "OwnerId": group.owner_id}
    ports = {"ip_protocol": "-1", "from_port": None, "to_port": None, "ip_range": None}
    source = {"GroupId": group.id, **owner}
    group.add_ingress_rule(Rule(group.ec2_backend, group_id=group.id, source_group=source, is_egress=False, **ports))


def check_new(backend: EC2Backend, request: Request) -> None:
    """Of CreateSecurityGroup. Raises EC2ClientError."""
    if request.get("VpcId"):
        backend.get_vpc(request["VpcId"])
    if request["GroupName"].startswith("sg-"):
        raise InvalidParameterValue(
            f"Value ({request['GroupName']}) for parameter groupName is invalid. "
            "Group names may not be in the format sg-*"
        )
    _check_text("security group description", request.get("Description"))


def check_rules(backend: EC2Backend, request: Request) -> None:
    """Of AuthorizeSecurityGroupIngress and …Egress. Raises EC2ClientError."""
    group = group_of(backend, request["GroupId"])
    for permission in request.get("IpPermissions") or ():
        protocol, ports = permission.get("IpProtocol"), (permission.get("FromPort"), permission.get("ToPort"))
        if protocol is None:
            raise InvalidParameterValue(
                "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
            )
        if None in ports and protocol in _WITH_PORTS:
            said = "Must specify both from and to ports with TCP/UDP."
            raise InvalidParameterValue(f"Invalid value for portRange. {said}")
        for side in _sides(permission):
            _check_text("rule description", side.get("Description"))
            other = side.get("GroupId")
            if other and group_of(backend, other).vpc_id != group.vpc_id:
                raise InvalidGroup("You have specified two resources that belong to different networks.")


def _sides(permission: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds"):
        yield from permission.get(name) or ()


def describe_rules(backend: EC2Backend, request: Request) -> dict[str, bool]:
    """UpdateSecurityGroupRuleDescriptionsIngress and …Egress, of rules by their ids."""
    group = group_of(backend, request["GroupId"])
    for given in request.get("SecurityGroupRuleDescriptions") or ():
        rule = group.get_rule(given["SecurityGroupRuleId"])
        if rule is None:
            raise InvalidSecurityGroupRuleIdNotFoundError(given["SecurityGroupRuleId"])
        _check_text("rule description", given.get("Description"))
        rule.description = given.get("Description") or None  # type: ignore[misc]  # a Rule's can be set
    return {"Return": True}


def delete(backend: EC2Backend, request: Request) -> None:
    """DeleteSecurityGroup: neither a default one nor one that an interface has or a rule names."""
    group = group_of(backend, request["GroupId"])
    if group.is_default:
        raise CannotDelete(f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    if any(_uses(backend, group)):
        raise DependencyViolationError(f"resource {group.id} has a dependent object")
    backend.delete_security_group(group_id=group.id)
    forget(backend, [group.id, *(rule.id for rule in chain(group.ingress_rules, group.egress_rules))])


def _uses(backend: EC2Backend, group: SecurityGroup) -> Iterator[bool]:
    yield from (group in interface.group_set for interface in backend.enis.values())
    yield from (group.id in endpoint.security_group_ids for endpoint in backend.vpc_end_points.values())
    for other in backend.describe_security_groups():
        if other is not group:
            rules = chain(other.ingress_rules, other.egress_rules)
            yield from (rule.source_group.get("GroupId") == group.id for rule in rules)


def _check_text(what: str, text: str | None) -> None:
    if not _DESCRIPTION.fullmatch(text or ""):
        said = f"Valid descriptions are strings less than 256 characters from the following set: {_CHARACTERS}"
        raise InvalidParameterValue(f"Invalid {what}. {said}")


def _at(arguments: tuple[Any, ...], index: int) -> Any:
    return arguments[index] if len(arguments) > index else None
