"""Rules through the API: what they are told by, when they are due, and what is refused by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.events.laboratory import ACCOUNT, Lab

MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:any"


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_disabled_rule_delivers_nothing_until_it_is_enabled(lab: Lab) -> None:
    mine, events = lab.name("source"), lab.aws("events")
    rule = lab.rule({"source": [mine]}, State="DISABLED")
    name, queue = rule.rpartition("/")[2], lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    lab.put(mine, {"n": 1})
    events.enable_rule(Name=name)
    lab.put(mine, {"n": 2})
    events.disable_rule(Name=name)
    lab.put(mine, {"n": 3})
    events.enable_rule(Name=name)
    lab.put(mine, {"n": 4})
    assert sorted(event["detail"]["n"] for event in queue.bodies(2)) == [2, 4]


def test_a_rule_with_a_schedule_is_due_again_and_again(lab: Lab) -> None:
    rule = lab.rule(ScheduleExpression="rate(1 minute)")
    queue = lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    first, second = queue.bodies(2)[:2]
    assert (first["source"], first["detail-type"], first["detail"]) == ("aws.events", "Scheduled Event", {})
    assert first["resources"] == [rule]
    assert first["id"] != second["id"]
    name = rule.rpartition("/")[2]
    lab.aws("events").put_rule(Name=name, ScheduleExpression="cron(0 0 1 1 ? 2199)")
    assert lab.aws("events").describe_rule(Name=name)["ScheduleExpression"] == "cron(0 0 1 1 ? 2199)"


def test_put_events_answers_each_entry(lab: Lab) -> None:
    entries = [
        {"Source": "mine", "DetailType": "d", "Detail": "{}"},
        {"Source": "mine", "DetailType": "d", "Detail": "["},
        {"Source": "mine", "DetailType": "d", "Detail": "[]"},
        {"Source": "aws.s3", "DetailType": "d", "Detail": "{}"},
        {"Source": "mine", "Detail": "{}"},
        {"Source": "mine", "DetailType": "d", "Detail": "{}", "EventBusName": "none"},
    ]
    answer = lab.aws("events").put_events(Entries=entries)
    codes = [each.get("ErrorCode") for each in answer["Entries"]]
    assert codes == [
        None,
        "MalformedDetail",
        "MalformedDetail",
        "NotAuthorizedForSourceException",
        "InvalidArgument",
        None,
    ]
    assert answer["FailedEntryCount"] == 4
    code, _ = refused(lab.aws("events").put_events, Entries=entries[:1] * 11)
    assert code == "ValidationException"


def test_a_pattern_can_be_tried(lab: Lab) -> None:
    event = json.dumps({"id": "1", "account": ACCOUNT, "source": "mine", "detail": {"n": 1}})
    call = lab.aws("events").test_event_pattern
    assert call(EventPattern='{"source": ["mine"]}', Event=event)["Result"] is True
    assert call(EventPattern='{"source": ["yours"]}', Event=event)["Result"] is False
    assert refused(call, EventPattern='{"source": "mine"}', Event=event)[0] == "InvalidEventPatternException"


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        ({"EventPattern": '{"source": [{"begins": "a"}]}'}, "InvalidEventPatternException", "begins"),
        ({"ScheduleExpression": "rate(5 minute)"}, "ValidationException", "ScheduleExpression is not valid"),
        ({"ScheduleExpression": "cron(0 0 * * * *)"}, "ValidationException", "ScheduleExpression is not valid"),
        ({"ScheduleExpression": "at(2099-01-01T00:00:00)"}, "ValidationException", "ScheduleExpression is not valid"),
        ({}, "ValidationException", "must be specified"),
        (
            {
                "EventPattern": '{"source": ["a"]}',
                "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            },
            "NotEmulated",
            "State",
        ),
    ],
)
def test_rules_that_are_refused(lab: Lab, request_: dict[str, Any], code: str, said: str) -> None:
    found, message = refused(lab.aws("events").put_rule, Name=lab.name("rule"), **request_)
    assert (found, said in message) == (code, True), message


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ({"Arn": f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/s"}, "NotEmulated", "kinesis"),
        ({"Arn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/c"}, "NotEmulated", "ecs"),
        ({"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "HttpParameters": {}}, "NotEmulated", "HttpParameters"),
        ({"Arn": MACHINE}, "ValidationException", "RoleArn is required"),
        ({"Arn": MACHINE, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"}, "ValidationException", "cannot be assumed"),
        ({"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q.fifo"}, "ValidationException", "SqsParameters"),
        ({"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "Input": "{"}, "ValidationException", "JSON"),
        (
            {"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "RetryPolicy": {"MaximumRetryAttempts": 186}},
            "ValidationException",
            "185",
        ),
    ],
)
def test_targets_that_are_refused(lab: Lab, target: dict[str, Any], code: str, said: str) -> None:
    rule = lab.rule({"source": [lab.name("source")]}).rpartition("/")[2]
    found, message = refused(lab.aws("events").put_targets, Rule=rule, Targets=[{"Id": "1", **target}])
    assert (found, said in message) == (code, True), message
    assert lab.aws("events").list_targets_by_rule(Rule=rule)["Targets"] == []


def test_a_rule_has_five_targets(lab: Lab) -> None:
    rule, queue = lab.rule({"source": [lab.name("source")]}), lab.queue()
    for _ in range(5):
        lab.target(rule, queue.arn)
    many = [{"Id": "sixth", "Arn": queue.arn}]
    call = lab.aws("events").put_targets
    assert refused(call, Rule=rule.rpartition("/")[2], Targets=many)[0] == "LimitExceededException"
    assert refused(call, Rule="none", Targets=many)[0] == "ResourceNotFoundException"


def test_rules_of_step_functions_own_deliver_nothing_and_stay(lab: Lab) -> None:
    events, name = lab.aws("events"), lab.name("StepFunctionsGetEventsFor").partition("-")[2]
    mine = lab.name("source")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [mine]}))
    machine = lab.machine()
    events.put_targets(Rule=name, Targets=[{"Id": "StepFunctions", "Arn": machine}])
    rule = lab.rule({"source": [mine]})
    after = lab.queue(allows=rule)
    lab.target(rule, after.arn)
    lab.put(mine)
    assert after.bodies()
    assert lab.executions(machine) == []
    assert events.describe_rule(Name=name)["ManagedBy"] == "states.amazonaws.com"
    assert refused(events.remove_targets, Rule=name, Ids=["StepFunctions"])[0] == "ManagedRuleException"
    events.remove_targets(Rule=name, Ids=["StepFunctions"], Force=True)
    assert refused(events.delete_rule, Name=name)[0] == "ManagedRuleException"
    events.delete_rule(Name=name, Force=True)


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        (
            "create_archive",
            {"ArchiveName": "a", "EventSourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"},
        ),
        ("create_connection", {"Name": "c", "AuthorizationType": "BASIC", "AuthParameters": {}}),
        ("list_replays", {}),
        ("create_event_bus", {"Name": "b", "DeadLetterConfig": {"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"}}),
    ],
)
def test_what_is_not_here_is_refused_by_its_name(lab: Lab, action: str, request_: dict[str, Any]) -> None:
    code, message = refused(getattr(lab.aws("events"), action), **request_)
    assert code == "NotEmulated"
    assert action.replace("_", "") in message.lower()
