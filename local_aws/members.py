"""Which members of a request are honoured: the walk that every service's table of them shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ANY: tuple[Any, ...] = ()
"""Every value that the service model allows."""

Members = Mapping[str, Sequence[Any]]
"""Dotted path (lists are walked through) to the values that are supported; a path covers what is below it."""


def first_unsupported(members: Members, request: Mapping[str, Any], prefix: str = "") -> str | None:
    """What is wrong with the first member that would have no effect: its path and why; None when all have one."""
    for name, inner in request.items():
        path = prefix + name
        if inner is None:
            continue
        if path in members:
            if members[path] and inner not in members[path]:
                return f"{path} {inner!r} is not emulated, only {' or '.join(map(repr, members[path]))}"
        elif any(known.startswith(f"{path}.") for known in members):
            for each in inner if isinstance(inner, list) else [inner]:
                if found := first_unsupported(members, each, f"{path}."):
                    return found
        else:
            return f"{path} is not emulated"
    return None
