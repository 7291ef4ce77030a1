"""Which members of a request are honoured: the walk along a service's table of them, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANY: tuple[Any, ...] = ()
"""Every value that the service model allows."""

Members = Mapping[str, Sequence[Any]]
"""Dotted path (lists are walked through) to the values that are supported; a path covers what is below it."""


@dataclass(frozen=True)
class Unsupported:
    """A member that would have no effect; expected: the values that would, empty where none would."""

    path: str
    value: Any = None
    expected: Sequence[Any] = ()

    def __str__(self) -> str:
        if not self.expected:
            return f"{self.path} is not emulated"
        return f"{self.path} {self.value!r} is not emulated, only {self.choices}"

    @property
    def choices(self) -> str:
        """The values that are supported: `'a' or 'b'`, `1 to 16`."""
        if isinstance(self.expected, range):
            return f"{self.expected[0]} to {self.expected[-1]}"
        return " or ".join(map(repr, self.expected))


def first_unsupported(members: Members, request: Mapping[str, Any], prefix: str = "") -> Unsupported | None:
    """The first member of a request that would have no effect; None when all have one."""
    for name, inner in request.items():
        path = prefix + name
        if inner is None:
            continue
        if path in members:
            if members[path] and inner not in members[path]:
                return Unsupported(path, inner, members[path])
        elif any(known.startswith(f"{path}.") for known in members):
            for each in inner if isinstance(inner, list) else [inner]:
                if found := first_unsupported(members, each, f"{path}."):
                    return found
        else:
            return Unsupported(path)
    return None
