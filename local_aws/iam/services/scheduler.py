"""EventBridge Scheduler: its page in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.services.base import Call, Check, Service, anywhere, every, on, passes_role, same


def _schedule(call: Call) -> Iterator[Check]:
    """A schedule without a group is in the default one."""
    group = call.get("GroupName") or "default"
    yield Check(f"scheduler:{call.operation}", call.arn(f"schedule/{group}/{call.get('Name')}"))


_PASSES_TO_SCHEDULER = passes_role("Target.RoleArn", to="scheduler.amazonaws.com")

SCHEDULER = Service(
    prefix="scheduler",
    models=("scheduler",),
    operations={
        **same(every(_schedule, _PASSES_TO_SCHEDULER), "CreateSchedule", "UpdateSchedule"),
        **same(_schedule, "GetSchedule", "DeleteSchedule"),
        **same(on("schedule-group/{Name}"), "CreateScheduleGroup", "GetScheduleGroup", "DeleteScheduleGroup"),
        **same(on("{ResourceArn}"), "TagResource", "UntagResource", "ListTagsForResource"),
        **same(anywhere, "ListSchedules", "ListScheduleGroups"),
    },
)
