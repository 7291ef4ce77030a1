"""Schedules and groups by templates."""

from __future__ import annotations

from typing import Any

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.following import Properties, follow, tags
from tests.local_aws.events.laboratory import Lab

NEVER = "cron(0 0 1 1 ? 2199)"


def test_schedules(deployer: Deployer, lab: Lab) -> None:
    def properties(number: int, state: str) -> Properties:
        return {
            "Description": f"schedule {number}",
            "EndDate": f"2199-01-0{number}T00:00:00+00:00",
            "KmsKeyArn": f"arn:aws:kms:eu-west-1:123456789012:key/{number}",
            "ScheduleExpressionTimezone": ["", "UTC", "Europe/Berlin"][number],
            "StartDate": f"2198-01-0{number}T00:00:00+00:00",
            "State": state,
        }

    def read(held: str) -> Properties:
        described = deployer.client("scheduler").get_schedule(Name=held)
        found = {name: described[name] for name in properties(1, "") if name in described}
        return found | {name: found[name].isoformat() for name in ("StartDate", "EndDate") if name in found}

    queue = lab.queue()
    follow(
        deployer,
        "AWS::Scheduler::Schedule",
        read,
        first=properties(1, "DISABLED"),
        second=properties(2, "ENABLED"),
        required={
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ScheduleExpression": NEVER,
            "Target": {"Arn": queue.arn, "RoleArn": lab.role("scheduler")},
        },
    )


def test_groups(deployer: Deployer, lab: Lab) -> None:
    def resources(*tagged: str) -> dict[str, Any]:
        target = {"Arn": queue.arn, "RoleArn": role}
        schedule = {"GroupName": {"Ref": "Group"}, "ScheduleExpression": NEVER, "Target": target}
        return {
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Tags": tags(*tagged)}},
            "Schedule": {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {**schedule, "FlexibleTimeWindow": {"Mode": "OFF"}},
            },
        }

    queue, role, api = lab.queue(), lab.role("scheduler"), deployer.client("scheduler")
    outputs = {
        "Group": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}},
        "Schedule": {"Value": {"Fn::GetAtt": ["Schedule", "Arn"]}},
    }
    stack = deployer.create(resources("k=v", "old=v"), Outputs=outputs)
    held, found = deployer.physical(stack), deployer.outputs(stack)
    assert found["Schedule"].endswith(f":schedule/{held['Group']}/{held['Schedule']}")
    deployer.update(stack, resources("k=w"), Outputs=outputs)
    assert deployer.status(stack) == "UPDATE_COMPLETE", deployer.reasons(stack)
    assert api.list_tags_for_resource(ResourceArn=found["Group"])["Tags"] == tags("k=w")
    deployer.api.delete_stack(StackName=stack)
    assert api.list_schedule_groups(NamePrefix=held["Group"])["ScheduleGroups"] == []
