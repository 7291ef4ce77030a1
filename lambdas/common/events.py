"""A function's event as a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self


class MalformedEvent(ValueError):
    """The state machine and the function disagree on the payload."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Subclass with one field per key of the payload. execution: the ARN of the execution that sends it."""

    execution: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Raises MalformedEvent naming every key that is absent or not known."""
        known = {field.name: field for field in fields(cls)}
        absent = [name for name, field in known.items() if name not in event and field.default is MISSING]
        unknown = [name for name in event if name not in known]
        if absent or unknown:
            raise MalformedEvent(f"{cls.__qualname__}: absent {absent or 'none'}, not known {unknown or 'none'}")
        return cls(**event)
