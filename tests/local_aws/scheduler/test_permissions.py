"""What the calls of EventBridge Scheduler and of EventBridge's buses need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.conftest import LocalAws
from tests.local_aws.iam.conftest import Role
from tests.local_aws.iam.services.needs import PASS, PASSED, Call, arn, assert_needs_exactly, calls

GROUP = arn("scheduler", "schedule-group/none")
SCHEDULE = {
    "Name": "s",
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": arn("sqs", "q"), "RoleArn": PASSED},
}

CALLS: list[Call] = [
    (
        "scheduler",
        "create_schedule",
        SCHEDULE,
        [("scheduler:CreateSchedule", arn("scheduler", "schedule/default/s")), PASS],
    ),
    (
        "scheduler",
        "update_schedule",
        {**SCHEDULE, "GroupName": "none"},
        [("scheduler:UpdateSchedule", arn("scheduler", "schedule/none/s")), PASS],
    ),
    ("scheduler", "get_schedule", {"Name": "s"}, [("scheduler:GetSchedule", arn("scheduler", "schedule/default/s"))]),
    (
        "scheduler",
        "delete_schedule",
        {"Name": "s", "GroupName": "none"},
        [("scheduler:DeleteSchedule", arn("scheduler", "schedule/none/s"))],
    ),
    ("scheduler", "get_schedule_group", {"Name": "none"}, [("scheduler:GetScheduleGroup", GROUP)]),
    ("scheduler", "delete_schedule_group", {"Name": "none"}, [("scheduler:DeleteScheduleGroup", GROUP)]),
    ("scheduler", "list_tags_for_resource", {"ResourceArn": GROUP}, [("scheduler:ListTagsForResource", GROUP)]),
    ("scheduler", "list_schedules", {}, [("scheduler:ListSchedules", "*")]),
    ("events", "describe_event_bus", {}, [("events:DescribeEventBus", arn("events", "event-bus/default"))]),
    ("events", "delete_event_bus", {"Name": "none"}, [("events:DeleteEventBus", arn("events", "event-bus/none"))]),
]


@pytest.fixture(scope="module")
def role(local_aws: LocalAws) -> Role:
    return Role(local_aws)


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
