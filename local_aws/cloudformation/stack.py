"""What CloudFormation remembers: stacks, their resources, events, outputs and change sets."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from local_aws.cloudformation.plan import Plan

STACK_TYPE = "AWS::CloudFormation::Stack"


def now() -> datetime:
    """The time of an event."""
    return datetime.now(UTC)


@dataclass
class StackResource:
    """A resource that was made: what it is called, what it was made from, what it depends on."""

    logical_id: str
    type_name: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    dependencies: frozenset[str]
    deletion_policy: str
    status: str = ""
    reason: str | None = None
    updated: datetime = field(default_factory=now)
    kept: dict[str, Any] = field(default_factory=dict)
    """What its type remembers of it."""


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    logical_id: str
    physical_id: str
    type_name: str
    status: str
    reason: str | None
    token: str | None
    at: datetime
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Output:
    """A value the stack shows; `export` is the name under which other stacks may import it."""

    key: str
    value: str
    description: str | None
    export: str | None


@dataclass(frozen=True)
class Change:
    """What a change set would do to one resource."""

    action: str
    logical_id: str
    type_name: str
    physical_id: str | None = None
    replacement: str | None = None


@dataclass
class ChangeSet:
    """A plan kept until it is executed. It never reaches a state of being created: planning takes milliseconds."""

    name: str
    arn: str
    kind: Literal["CREATE", "UPDATE"]
    plan: Plan
    description: str | None
    role_arn: str | None
    changes: tuple[Change, ...]
    failure: str | None
    created: datetime = field(default_factory=now)

    @property
    def status(self) -> str:
        """CREATE_COMPLETE, or FAILED with a reason."""
        return "FAILED" if self.failure else "CREATE_COMPLETE"


@dataclass
class Stack:
    """One stack. `plan` is what was last applied with success (or is being created)."""

    name: str
    arn: str
    status: str
    plan: Plan | None = None
    reason: str | None = None
    role_arn: str | None = None
    termination_protection: bool = False
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    last_change_set: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    settled: threading.Event = field(default_factory=threading.Event)
    """Set while no operation runs."""
    token: str | None = None

    @property
    def in_progress(self) -> bool:
        """Whether an operation is running, so that no other may begin."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def becomes(self, status: str, reason: str | None = None) -> None:
        """A new status of the stack itself, with its event."""
        self._happened(self.name, self.arn, STACK_TYPE, status, reason)
        self.status, self.reason = status, reason

    def record(self, resource: StackResource, status: str, reason: str | None = None) -> None:
        """A new status of one resource, with its event."""
        resource.status, resource.reason, resource.updated = status, reason, now()
        self._happened(resource.logical_id, resource.physical_id, resource.type_name, status, reason)

    def _happened(self, logical_id: str, physical_id: str, type_name: str, status: str, reason: str | None) -> None:
        # Clients sort events by time, which the CDK CLI reads to the millisecond.
        at = max(now(), self.events[-1].at + timedelta(milliseconds=1)) if self.events else now()
        self.events.append(Event(logical_id, physical_id, type_name, status, reason, self.token, at))
