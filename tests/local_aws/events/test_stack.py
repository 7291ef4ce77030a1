"""Rules, buses and a bucket's events by templates: made, changed, taken out again."""

from __future__ import annotations

import json
from typing import Any

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.following import Properties, follow, tags
from tests.local_aws.events.laboratory import ACCOUNT

QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:any"


def test_rules(deployer: Deployer) -> None:
    def properties(number: int, state: str, *tagged: str) -> Properties:
        return {
            "Description": f"rule {number}",
            "EventPattern": {"source": [f"mine.{number}"]},
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r{number}",
            "State": state,
            "Tags": tags(*tagged),
            "Targets": [{"Id": "kept", "Arn": QUEUE, "Input": str(number)}, {"Id": f"t{number}", "Arn": QUEUE}],
        }

    def read(held: str) -> Properties:
        api = deployer.client("events")
        described = api.describe_rule(Name=held)
        found = {name: described[name] for name in ("Description", "RoleArn", "State") if name in described}
        if "EventPattern" in described:
            found["EventPattern"] = json.loads(described["EventPattern"])
        return found | {
            "Targets": sorted(api.list_targets_by_rule(Rule=held)["Targets"], key=lambda target: target["Id"]),
            "Tags": api.list_tags_for_resource(ResourceARN=described["Arn"])["Tags"],
        }

    follow(
        deployer,
        "AWS::Events::Rule",
        read,
        first=properties(1, "DISABLED", "k=v", "old=v"),
        second=properties(2, "ENABLED", "k=w"),
        required={"ScheduleExpression": "cron(0 0 1 1 ? 2199)"},
        elsewhere=frozenset({"ScheduleExpression"}),
    )


def test_a_rule_of_a_bus_of_ones_own(deployer: Deployer) -> None:
    def resources(description: str, pattern: str) -> dict[str, Any]:
        bus = {"Name": name, "Description": description, "Tags": tags("k=v")}
        rule = {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": [pattern]}, "Name": "mine"}
        return {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": bus},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
        }

    outputs = {
        "Rule": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}},
        "Bus": {"Value": {"Fn::GetAtt": ["Bus", "Arn"]}},
    }
    name, api = deployer.name("bus"), deployer.client("events")
    stack = deployer.create(resources("first", "a"), Outputs=outputs)
    assert deployer.outputs(stack) == {
        "Rule": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/{name}/mine",
        "Bus": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/{name}",
    }
    assert deployer.physical(stack) == {"Bus": name, "Rule": f"{name}|mine"}
    deployer.update(stack, resources("second", "b"), Outputs=outputs)
    assert api.describe_event_bus(Name=name)["Description"] == "second"
    assert api.describe_rule(Name="mine", EventBusName=name)["EventPattern"] == '{"source": ["b"]}'
    deployer.api.delete_stack(StackName=stack)
    assert [bus["Name"] for bus in api.list_event_buses(NamePrefix=name)["EventBuses"]] == []


def test_a_schedule_is_put_in_the_place_of_a_pattern(deployer: Deployer) -> None:
    def resources(**properties: Any) -> dict[str, Any]:
        return {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}

    stack = deployer.create(resources(EventPattern={"source": ["a"]}))
    held = deployer.physical(stack)["Rule"]
    deployer.update(stack, resources(ScheduleExpression="cron(0 0 1 1 ? 2199)"))
    described = deployer.client("events").describe_rule(Name=held)
    assert described["ScheduleExpression"] == "cron(0 0 1 1 ? 2199)"
    assert "EventPattern" not in described


def test_the_events_of_a_bucket(deployer: Deployer) -> None:
    def resources(**properties: Any) -> dict[str, Any]:
        return {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}

    def is_on() -> bool:
        found = deployer.client("s3").get_bucket_notification_configuration(Bucket=deployer.physical(stack)["B"])
        return "EventBridgeConfiguration" in found

    on = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
    off = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": False}}}
    stack = deployer.create(resources(**on))
    assert is_on()
    deployer.update(stack, resources(**off))
    assert not is_on()
    deployer.update(stack, resources(**on))
    deployer.update(stack, resources())
    assert not is_on()
    other: dict[str, Any] = {"NotificationConfiguration": {"QueueConfigurations": []}}
    failed = deployer.attempt(resources(**other))
    assert "NotificationConfiguration.QueueConfigurations" in deployer.reasons(failed)["B"]
