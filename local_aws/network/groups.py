"""What the rules of security groups let pass: connections by TCP, whose answers always may.

Source: Amazon VPC User Guide, "Security group rules".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend

HTTPS = 443
ANYWHERE = IPv4Network("0.0.0.0/0")
_ALL_PORTS = range(65_536)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The other end of a connection: where it may be, the groups it is in, the prefix list that stands for it."""

    networks: tuple[IPv4Network, ...]
    groups: Collection[str] = ()
    prefix_list: str | None = None


def let_out(ec2: EC2Backend, groups: Iterable[str], to: Peer) -> bool:
    """Whether one of the groups lets HTTPS out to the peer, wherever it is."""
    return _let(_rules(ec2, groups, "egress_rules"), to)


def let_in(ec2: EC2Backend, groups: Iterable[str], of: Peer) -> bool:
    """Whether one of the groups lets the peer's HTTPS in, from wherever it is."""
    return _let(_rules(ec2, groups, "ingress_rules"), of)


def open_all_ports(ec2: EC2Backend, groups: Iterable[str], side: str) -> bool:
    """Whether one of the groups opens each TCP port to itself or to everybody. side: "ingress" or "egress"."""
    return any(
        _has(rule, _ALL_PORTS[0], _ALL_PORTS[-1])
        and (rule.source_group.get("GroupId") == group or rule.ip_range.get("CidrIp") == str(ANYWHERE))
        for group in groups
        for rule in _rules(ec2, [group], f"{side}_rules")
    )


def _rules(ec2: EC2Backend, groups: Iterable[str], side: str) -> Iterator[Any]:
    for id_ in groups:
        group = ec2.get_security_group_from_id(id_)
        yield from list(getattr(group, side)) if group else ()


def _let(rules: Iterator[Any], peer: Peer) -> bool:
    """Rules by addresses count where one of them has all of a network."""
    found = [rule for rule in rules if _has(rule, HTTPS, HTTPS)]
    if any(rule.source_group.get("GroupId") in peer.groups for rule in found):
        return True
    if peer.prefix_list and any(rule.prefix_list_id == peer.prefix_list for rule in found):
        return True
    allowed = [IPv4Network(rule.ip_range["CidrIp"]) for rule in found if rule.ip_range.get("CidrIp")]
    return all(any(network.subnet_of(one) for one in allowed) for network in peer.networks)


def _has(rule: Any, first: int, last: int) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return bool(rule.ip_protocol == "tcp" and rule.from_port <= first and rule.to_port >= last)
