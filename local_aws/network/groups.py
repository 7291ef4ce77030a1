"""What security groups let pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_ALL_PORTS = range(65_536)
_ANYWHERE = ("0.0.0.0/0", "::/0")


def opens_all_ports(group: Any, rules: Sequence[Any]) -> bool:
    """Whether one of the rules, a side of moto's group, opens each TCP port to the group itself or to everybody."""
    return any(_is_of_all_ports(rule) and _is_of_itself(group, rule) for rule in rules)


def _is_of_all_ports(rule: Any) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return bool(rule.ip_protocol == "tcp" and rule.from_port <= _ALL_PORTS[0] and rule.to_port >= _ALL_PORTS[-1])


def _is_of_itself(group: Any, rule: Any) -> bool:
    if rule.source_group.get("GroupId") == group.id:
        return True
    return any(rule.ip_range.get(name) in _ANYWHERE for name in ("CidrIp", "CidrIpv6"))
