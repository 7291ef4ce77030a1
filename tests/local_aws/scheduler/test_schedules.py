"""Schedules through the API, and what they call: by the clock, as their roles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.events.laboratory import ACCOUNT, Lab, Queue, attributes, until

OFF = {"Mode": "OFF"}
NEVER = "cron(0 0 1 1 ? 2199)"
NOW = "rate(1 day)"  # and then not for as long as the tests take
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
RECEIVED = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


def soon() -> str:
    """`at()` of a full second that is near, and far enough to be asked for before it comes."""
    return f"at({datetime.now(UTC) + timedelta(seconds=1.5):%Y-%m-%dT%H:%M:%S})"


def schedule(lab: Lab, expression: str, target: dict[str, Any], **settings: Any) -> str:
    """Make a schedule that is gone after the test; its name."""
    client, name = lab.aws("scheduler"), lab.name("schedule")
    request = {"FlexibleTimeWindow": OFF, "ScheduleExpression": expression, "Target": target, **settings}
    client.create_schedule(Name=name, **request)
    of = {"Name": name, **({"GroupName": settings["GroupName"]} if "GroupName" in settings else {})}

    def undo() -> None:
        try:
            client.delete_schedule(**of)
        except client.exceptions.ResourceNotFoundException:
            return

    lab.finally_do(undo)
    return name


def to_queue(lab: Lab, queue: Queue, **more: Any) -> dict[str, Any]:
    return {"Arn": queue.arn, "RoleArn": lab.role("scheduler", ("sqs:SendMessage", queue.arn)), **more}


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_once_and_then_it_is_gone(lab: Lab) -> None:
    client, machine = lab.aws("scheduler"), lab.machine()
    role = lab.role("scheduler", ("states:StartExecution", machine))
    text = '{"at": "<aws.scheduler.scheduled-time>", "of": "<aws.scheduler.schedule-arn>"}'
    expression = soon()
    target = {"Arn": machine, "RoleArn": role, "Input": text}
    name = schedule(lab, expression, target, ActionAfterCompletion="DELETE")
    arn = client.get_schedule(Name=name)["Arn"]
    assert lab.input_of_the_execution(machine) == {"at": f"{expression[3:-1]}Z", "of": arn}

    def is_gone() -> bool:
        return not client.list_schedules(NamePrefix=name)["Schedules"]

    assert until(is_gone)
    assert len(lab.executions(machine)) == 1


def test_a_rate_begins_at_once_and_goes_on_until_it_is_disabled(lab: Lab) -> None:
    client, queue = lab.aws("scheduler"), lab.queue()
    target = to_queue(lab, queue)
    name = schedule(lab, "rate(1 minute)", target)
    first, second = queue.bodies(2)[:2]
    assert (first["source"], first["detail-type"], first["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
    assert first["resources"] == [client.get_schedule(Name=name)["Arn"]]
    assert first["id"] != second["id"]
    request = {"FlexibleTimeWindow": OFF, "ScheduleExpression": "rate(1 minute)", "Target": target}
    client.update_schedule(Name=name, State="DISABLED", **request)
    described = client.get_schedule(Name=name)
    assert (described["State"], described["ActionAfterCompletion"]) == ("DISABLED", "NONE")


def test_within_its_dates(lab: Lab) -> None:
    queue = lab.queue()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    settings = {"StartDate": start, "EndDate": start + timedelta(seconds=1), "ActionAfterCompletion": "DELETE"}
    name = schedule(lab, "rate(1 minute)", to_queue(lab, queue, Input='"tick"'), **settings)
    assert queue.bodies(2) == ["tick", "tick"]
    assert until(lambda: lab.aws("scheduler").list_schedules(NamePrefix=name)["Schedules"] == [])
    assert queue.is_empty()


def test_a_function_and_a_topic(lab: Lab) -> None:
    queue, sns = lab.queue(), lab.aws("sns")
    function = lab.function(RECEIVED, QUEUE=queue.url)
    topic = sns.create_topic(Name=lab.name("topic"))["TopicArn"]
    lab.finally_do(lambda: sns.delete_topic(TopicArn=topic))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    for action, arn in (("lambda:InvokeFunction", function), ("sns:Publish", topic)):
        schedule(lab, NOW, {"Arn": arn, "RoleArn": lab.role("scheduler", (action, arn)), "Input": f'"{action}"'})
    assert sorted(queue.bodies(2)) == ["lambda:InvokeFunction", "sns:Publish"]


def test_a_bus(lab: Lab) -> None:
    bus = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"
    mine = lab.name("source")
    rule = lab.rule({"source": [mine]})
    queue = lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    parameters = {"Source": mine, "DetailType": "Due"}
    role = lab.role("scheduler", ("events:PutEvents", bus))
    schedule(lab, NOW, {"Arn": bus, "RoleArn": role, "EventBridgeParameters": parameters, "Input": '{"n": 1}'})
    (event,) = queue.bodies()
    assert (event["source"], event["detail-type"], event["detail"]) == (mine, "Due", {"n": 1})


def test_any_action_by_its_universal_name(lab: Lab) -> None:
    ssm, name = lab.aws("ssm"), lab.name("parameter")
    ssm.put_parameter(Name=name, Value="v", Type="String")
    role = lab.role("scheduler", ("ssm:DeleteParameter", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/{name}"))
    schedule(lab, NOW, {"Arn": f"{UNIVERSAL}ssm:deleteParameter", "RoleArn": role, "Input": f'{{"Name": "{name}"}}'})

    def is_gone() -> bool:
        return bool(ssm.get_parameters(Names=[name])["InvalidParameters"])

    assert until(is_gone)


def test_what_the_role_may_not_goes_to_the_queue(lab: Lab) -> None:
    machine, dead = lab.machine(), lab.queue()
    role = lab.role("scheduler", ("sqs:SendMessage", dead.arn))
    target = {"Arn": machine, "RoleArn": role, "Input": '{"n": 1}', "DeadLetterConfig": {"Arn": dead.arn}}
    name = schedule(lab, NOW, target)
    (letter,) = dead.messages()
    found = attributes(letter)
    assert json.loads(letter["Body"]) == {"n": 1}
    assert (found["ERROR_CODE"], found["RETRY_ATTEMPTS"]) == ("AccessDeniedException", "0")
    assert "states:StartExecution" in found["ERROR_MESSAGE"]
    assert found["SCHEDULE_ARN"].endswith(f":schedule/default/{name}")
    assert found["TARGET_ARN"] == machine
    assert lab.executions(machine) == []


def test_what_fails_is_tried_again(lab: Lab) -> None:
    machine, dead = lab.machine(), lab.queue()
    role = lab.role("scheduler", ("states:StartExecution", machine), ("sqs:SendMessage", dead.arn))
    bad = {"Arn": machine, "RoleArn": role, "Input": "not JSON", "DeadLetterConfig": {"Arn": dead.arn}}
    schedule(lab, NOW, {**bad, "RetryPolicy": {"MaximumRetryAttempts": 1}})
    found = attributes(dead.messages()[0])
    assert (found["ERROR_CODE"], found["RETRY_ATTEMPTS"]) == ("InvalidExecutionInput", "1")
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_groups(lab: Lab) -> None:
    client, group = lab.aws("scheduler"), lab.name("group")
    made = client.create_schedule_group(Name=group, Tags=[{"Key": "a", "Value": "b"}])["ScheduleGroupArn"]
    assert client.get_schedule_group(Name=group)["State"] == "ACTIVE"
    queue = lab.queue()
    names = [schedule(lab, NEVER, to_queue(lab, queue), GroupName=group) for _ in range(3)]
    first = client.list_schedules(GroupName=group, MaxResults=2)
    rest = client.list_schedules(GroupName=group, MaxResults=2, NextToken=first["NextToken"])
    assert sorted(each["Name"] for page in (first, rest) for each in page["Schedules"]) == sorted(names)
    assert first["Schedules"][0]["Target"] == {"Arn": queue.arn}
    client.tag_resource(ResourceArn=made, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=made, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=made)["Tags"] == [{"Key": "c", "Value": "d"}]
    assert refused(client.create_schedule_group, Name=group)[0] == "ConflictException"
    client.delete_schedule_group(Name=group)
    assert refused(client.get_schedule_group, Name=group)[0] == "ResourceNotFoundException"
    assert refused(client.get_schedule, Name=names[0], GroupName=group)[0] == "ResourceNotFoundException"
    assert refused(client.delete_schedule_group, Name="default")[0] == "ValidationException"
    assert group not in [each["Name"] for each in client.list_schedule_groups()["ScheduleGroups"]]


def test_all_that_was_asked_is_told(lab: Lab) -> None:
    client, queue = lab.aws("scheduler"), lab.queue()
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    end = datetime(2199, 1, 1, tzinfo=UTC)
    given = {"Description": "d", "EndDate": end, "ScheduleExpressionTimezone": "Europe/Berlin"}
    target = to_queue(lab, queue)
    name = schedule(lab, NEVER, target, **{**given, "FlexibleTimeWindow": window})
    found = client.get_schedule(Name=name)
    assert {key: found[key] for key in given} == given
    assert found["FlexibleTimeWindow"] == window
    assert found["Target"] == {
        **target,
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
    }
    client.update_schedule(Name=name, ScheduleExpression=NEVER, Target=target, FlexibleTimeWindow=OFF)
    after = client.get_schedule(Name=name)
    assert (after["ScheduleExpressionTimezone"], after["FlexibleTimeWindow"]) == ("UTC", OFF)
    assert "Description" not in after
    assert after["CreationDate"] == found["CreationDate"]
    again = {"Name": name, "ScheduleExpression": NEVER, "Target": target, "FlexibleTimeWindow": OFF}
    assert refused(client.create_schedule, **again)[0] == "ConflictException"


def test_a_request_that_comes_again_is_the_same(lab: Lab) -> None:
    client = lab.aws("scheduler")
    request: dict[str, Any] = {"ClientToken": "token", "Target": to_queue(lab, lab.queue()), "FlexibleTimeWindow": OFF}
    name = schedule(lab, NEVER, request["Target"], ClientToken="token")
    client.create_schedule(Name=name, ScheduleExpression=NEVER, **request)


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException", "Invalid Schedule Expression"),
        ({"ScheduleExpression": "cron(0 0 * * * *)"}, "ValidationException", "Invalid Schedule Expression"),
        ({"ScheduleExpression": "at(2020-01-01T00:00:00)"}, "ValidationException", "has passed"),
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "ValidationException", "time zone"),
        ({"StartDate": datetime(2020, 1, 1, tzinfo=UTC)}, "ValidationException", "5 minutes ago"),
        ({"EndDate": datetime(2020, 1, 1, tzinfo=UTC)}, "ValidationException", "EndDate"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "ValidationException", "MaximumWindowInMinutes"),
        ({"GroupName": "none"}, "ResourceNotFoundException", "none"),
        ({"Name": "a b"}, "ValidationException", "name"),
    ],
)
def test_schedules_that_are_refused(lab: Lab, changes: dict[str, Any], code: str, said: str) -> None:
    target = to_queue(lab, lab.queue())
    request = {"Name": lab.name("s"), "ScheduleExpression": "rate(1 day)", "Target": target, "FlexibleTimeWindow": OFF}
    found, message = refused(lab.aws("scheduler").create_schedule, **(request | changes))
    assert (found, said in message) == (code, True), message


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ({"Arn": f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/s"}, "NotEmulated", "kinesis"),
        ({"Arn": f"{UNIVERSAL}ec2:stopInstances"}, "NotEmulated", "stopInstances"),
        ({"Arn": f"{UNIVERSAL}ssm:sendCommand"}, "NotEmulated", "sendCommand"),
        ({"Arn": f"{UNIVERSAL}sqs:getQueueUrl"}, "ValidationException", "only reads"),
        ({"Arn": f"{UNIVERSAL}sqs:sendLetter"}, "ValidationException", "sendLetter"),
        ({"Arn": f"{UNIVERSAL}sqs:sendMessage", "Input": "["}, "ValidationException", "Invalid RequestJson"),
        (
            {"Arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"},
            "ValidationException",
            "EventBridgeParameters",
        ),
        ({"EcsParameters": {"TaskDefinitionArn": "t"}}, "NotEmulated", "EcsParameters"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"}, "ValidationException", "assume the role"),
    ],
)
def test_targets_that_are_refused(lab: Lab, target: dict[str, Any], code: str, said: str) -> None:
    wanted = {"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", "RoleArn": lab.role("scheduler"), **target}
    request = {"Name": lab.name("s"), "ScheduleExpression": NEVER, "Target": wanted, "FlexibleTimeWindow": OFF}
    found, message = refused(lab.aws("scheduler").create_schedule, **request)
    assert (found, said in message) == (code, True), message


def test_a_role_may_trust_one_group_alone(lab: Lab) -> None:
    client, queue = lab.aws("scheduler"), lab.queue()
    group = lab.name("group")
    arn = client.create_schedule_group(Name=group)["ScheduleGroupArn"]
    lab.finally_do(lambda: client.delete_schedule_group(Name=group))
    role = lab.role("scheduler", ("sqs:SendMessage", queue.arn), context={"aws:SourceArn": arn})
    target = {"Arn": queue.arn, "RoleArn": role, "Input": '"in"'}
    request = {"Name": lab.name("s"), "ScheduleExpression": NEVER, "Target": target, "FlexibleTimeWindow": OFF}
    assert refused(client.create_schedule, **request)[0] == "ValidationException"
    schedule(lab, NOW, target, GroupName=group)
    assert queue.bodies() == ["in"]
