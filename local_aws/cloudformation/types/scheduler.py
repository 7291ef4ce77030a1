"""AWS::Scheduler::*: schedules and their groups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, tag_changes, tag_list

_GONE = {"ResourceNotFoundException"}
_SETTINGS = (
    *("Description", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression"),
    *("ScheduleExpressionTimezone", "State", "Target"),
)
_DATES = ("StartDate", "EndDate")


class Schedule(ResourceType):
    """A schedule; `Ref` is its name."""

    type_name = "AWS::Scheduler::Schedule"
    properties = frozenset({"Name", *_SETTINGS, *_DATES})
    required = frozenset({"FlexibleTimeWindow", "ScheduleExpression", "Target"})
    required_members: ClassVar[Members] = {
        "FlexibleTimeWindow": frozenset({"Mode"}),
        "Target": frozenset({"Arn", "RoleArn"}),
    }
    immutable = frozenset({"Name", "GroupName"})
    attributes = frozenset({"Arn"})

    def create(self, job: Job) -> str:
        name = job.name("Name", limit=64)
        job.call("scheduler", "create_schedule", Name=name, **_settings(job))
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            job.call("scheduler", "update_schedule", Name=job.physical_id, **_settings(job))

    def delete(self, job: Job) -> None:
        job.remove("scheduler", "delete_schedule", gone=_GONE, Name=job.physical_id, **job.given("GroupName"))

    def describe(self, job: Job) -> dict[str, str]:
        path = f"{job.properties.get('GroupName', 'default')}/{job.physical_id}"
        return {"Arn": f"arn:{job.partition}:scheduler:{job.region}:{job.account}:schedule/{path}"}


class ScheduleGroup(ResourceType):
    """A group; `Ref` is its name. It goes with all schedules in it."""

    type_name = "AWS::Scheduler::ScheduleGroup"
    properties = frozenset({"Name", "Tags"})
    immutable = frozenset({"Name"})
    attributes = frozenset({"Arn", "CreationDate", "LastModificationDate", "State"})

    def create(self, job: Job) -> str:
        name = job.name("Name", limit=64)
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("scheduler", "create_schedule_group", Name=name, **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("scheduler", "tag_resource", ResourceArn=_arn(job), Tags=tag_list(tags))
        if removed:
            job.call("scheduler", "untag_resource", ResourceArn=_arn(job), TagKeys=removed)

    def delete(self, job: Job) -> None:
        job.remove("scheduler", "delete_schedule_group", gone=_GONE, Name=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        answer = job.call("scheduler", "get_schedule_group", Name=job.physical_id)
        dates = {name: answer[name].isoformat() for name in ("CreationDate", "LastModificationDate")}
        return {"Arn": _arn(job), "State": str(answer["State"]), **dates}


def _arn(job: Job) -> str:
    return f"arn:{job.partition}:scheduler:{job.region}:{job.account}:schedule-group/{job.physical_id}"


def _settings(job: Job) -> dict[str, Any]:
    """All of it: an update leaves nothing of what was. Raises ResourceFailed for a date that is none."""
    try:
        dates = {name: datetime.fromisoformat(str(text)) for name, text in job.given(*_DATES).items()}
    except ValueError as error:
        raise ResourceFailed(f"Property StartDate or EndDate: {error}") from error
    return {**job.given(*_SETTINGS), **dates}
