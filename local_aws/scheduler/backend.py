"""One region's EventBridge Scheduler: groups, their schedules, and the timetable that keeps their times."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from moto.core.base_backend import BaseBackend

from local_aws.events.deliveries import Deliveries
from local_aws.events.timetable import Timetable
from local_aws.scheduler import targets
from local_aws.scheduler.errors import ConflictException, ResourceNotFoundException, ValidationException
from local_aws.scheduler.schedules import Group, Schedule, checked_times, checked_window
from local_aws.world import World

DEFAULT = "default"


class Backend(BaseBackend):
    """The state; whoever changes it holds the lock."""

    # moto looks for a backend's routes beside the module that its class names.
    __module__ = "moto.scheduler.models"

    world: ClassVar[World]
    timetable: ClassVar[Timetable]
    deliveries: ClassVar[Deliveries]
    """Set once, by `hooks.install`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self._tokens: dict[str, str] = {}
        self.groups = {DEFAULT: Group(self.arn("schedule-group", DEFAULT), DEFAULT, datetime.now(UTC))}

    def arn(self, kind: str, name: str) -> str:
        """Of a `schedule` (`group/name`) or a `schedule-group`."""
        return f"arn:{self.partition}:scheduler:{self.region_name}:{self.account_id}:{kind}/{name}"

    def group(self, name: str | None) -> Group:
        """Raises ResourceNotFoundException."""
        found = self.groups.get(name or DEFAULT)
        if found is None:
            raise ResourceNotFoundException(f"Schedule group {name} does not exist.")
        return found

    def group_of(self, arn: str) -> Group:
        """Raises ResourceNotFoundException."""
        found = next((group for group in list(self.groups.values()) if group.arn == arn), None)
        if found is None:
            raise ResourceNotFoundException(f"Resource {arn} does not exist.")
        return found

    def schedule(self, group: str | None, name: str) -> Schedule:
        """Raises ResourceNotFoundException."""
        found = self.group(group).schedules.get(name)
        if found is None:
            raise ResourceNotFoundException(f"Schedule {name} does not exist.")
        return found

    def create_group(self, name: str, tags: Mapping[str, str], token: str | None) -> Group:
        """Raises ConflictException, but for a request that comes again."""
        with self.lock:
            known = self.groups.get(name)
            if known is not None and not self._is_repeated(known.arn, token):
                raise ConflictException(f"Schedule group {name} already exists.")
            if known is not None:
                return known
            made = self.groups[name] = Group(self.arn("schedule-group", name), name, datetime.now(UTC), dict(tags))
            self._remember(made.arn, token)
            return made

    def delete_group(self, name: str) -> None:
        """And all schedules in it; on AWS they take a while. Raises ResourceNotFoundException, ValidationException."""
        if name == DEFAULT:
            raise ValidationException("The default schedule group cannot be deleted.")
        with self.lock:
            group = self.group(name)
            for schedule in list(group.schedules.values()):
                self.delete(name, schedule.name)
            del self.groups[name]
            self._tokens.pop(group.arn, None)

    def create(self, request: Mapping[str, Any]) -> Schedule:
        """Raises ConflictException, but for a request that comes again."""
        made = self._made(request, created=None)
        with self.lock:
            group, token = self.group(request.get("GroupName")), request.get("ClientToken")
            known = group.schedules.get(made.name)
            if known is not None:
                if self._is_repeated(known.arn, token):
                    return known
                raise ConflictException(f"Schedule {made.name} already exists.")
            self._remember(made.arn, token)
            self._keep(group, made)
        return made

    def update(self, request: Mapping[str, Any]) -> Schedule:
        """All of it is replaced: what a request does not name goes back to its default."""
        made = self._made(request, created=self.schedule(request.get("GroupName"), request["Name"]).created)
        with self.lock:
            self.schedule(made.group, made.name)
            self._keep(self.group(made.group), made)
        return made

    def delete(self, group: str | None, name: str) -> None:
        """What it has started goes on. Raises ResourceNotFoundException."""
        with self.lock:
            schedule = self.schedule(group, name)
            self.timetable.remove(schedule.arn)
            del self.group(group).schedules[name]
            self._tokens.pop(schedule.arn, None)

    def _made(self, request: Mapping[str, Any], *, created: datetime | None) -> Schedule:
        group, now = self.group(request.get("GroupName")), datetime.now(UTC)
        checked_window(request)
        when = checked_times(request)
        targets.check(request["Target"], group_arn=group.arn)
        return Schedule(
            arn=self.arn("schedule", f"{group.name}/{request['Name']}"),
            group=group.name,
            request=request,
            when=when,
            created=created or now,
            modified=now,
        )

    def _keep(self, group: Group, schedule: Schedule) -> None:
        group.schedules[schedule.name] = schedule
        if not schedule.is_enabled:
            self.timetable.remove(schedule.arn)
            return
        times = schedule.times(schedule.modified)
        self.timetable.put(schedule.arn, times, self._invoking(schedule), end=lambda: self._complete(schedule))

    def _invoking(self, schedule: Schedule) -> Callable[[datetime], None]:
        return lambda due: self.deliveries.send(targets.delivery(self.world, schedule, due))

    def _complete(self, schedule: Schedule) -> None:
        with self.lock:
            group = self.groups.get(schedule.group)
            is_current = group is not None and group.schedules.get(schedule.name) is schedule
            if schedule.is_deleted_after and is_current:
                self.delete(schedule.group, schedule.name)

    def _is_repeated(self, arn: str, token: str | None) -> bool:
        return token is not None and self._tokens.get(arn) == token

    def _remember(self, arn: str, token: str | None) -> None:
        if token is not None:
            self._tokens[arn] = token
