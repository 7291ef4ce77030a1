"""Each kind of target, reached as a role or by its own policy; and what becomes of what is not reached."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

import pytest

from tests.local_aws.events.laboratory import ACCOUNT, Lab, attributes, document, until

RECEIVED = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


def source(lab: Lab) -> str:
    """A source that no other test has."""
    return lab.name("source")


def test_a_state_machine_gets_the_event_as_its_input(lab: Lab) -> None:
    mine, machine = source(lab), lab.machine()
    rule = lab.rule({"source": [mine], "detail": {"n": [{"numeric": [">", 1]}]}})
    lab.target(rule, machine, RoleArn=lab.role("events", ("states:StartExecution", machine)))
    lab.put(mine, {"n": 1})
    event_id = lab.put(mine, {"n": 2}, Resources=["arn:aws:s3:::b"], DetailType="Mine")
    given = lab.input_of_the_execution(machine)
    assert given.pop("time").endswith("Z")
    assert given == {
        "version": "0",
        "id": event_id,
        "detail-type": "Mine",
        "source": mine,
        "account": ACCOUNT,
        "region": "eu-west-1",
        "resources": ["arn:aws:s3:::b"],
        "detail": {"n": 2},
    }
    assert lab.executions(machine)[0]["name"].startswith(f"{event_id}_")


def test_input_is_transformed_for_each_target(lab: Lab) -> None:
    mine, first, second = source(lab), lab.machine(), lab.machine()
    rule = lab.rule({"source": [mine]})
    role = lab.role("events", ("states:StartExecution", "*"))
    template = {"InputPathsMap": {"key": "$.detail.object.key"}, "InputTemplate": '{"dataset": "<key>", "raw": <key>}'}
    lab.target(rule, first, RoleArn=role, InputTransformer=template)
    lab.target(rule, second, RoleArn=role, InputPath="$.detail.object")
    lab.put(mine, {"object": {"key": "in/u.data"}})
    assert lab.input_of_the_execution(first) == {"dataset": "in/u.data", "raw": "in/u.data"}
    assert lab.input_of_the_execution(second) == {"key": "in/u.data"}


def test_a_function_must_let_the_rule_in(lab: Lab) -> None:
    mine, queue = source(lab), lab.queue()
    rule, dead = lab.rule({"source": [mine]}), lab.queue()
    function = lab.function(RECEIVED, QUEUE=queue.url)
    dead.allow(rule)
    lab.target(rule, function, DeadLetterConfig={"Arn": dead.arn})
    lab.put(mine, {"n": 1})
    (letter,) = dead.messages()
    assert attributes(letter)["ERROR_CODE"] == "NO_PERMISSIONS"
    assert attributes(letter)["RULE_ARN"] == rule
    assert attributes(letter)["TARGET_ARN"] == function
    assert attributes(letter)["RETRY_ATTEMPTS"] == "0"
    assert json.loads(letter["Body"])["detail"] == {"n": 1}
    permission: dict[str, Any] = {"FunctionName": function, "StatementId": "s", "Action": "lambda:InvokeFunction"}
    lab.aws("lambda").add_permission(**permission, Principal="events.amazonaws.com", SourceArn=rule)
    lab.put(mine, {"n": 2})
    (event,) = queue.bodies()
    assert event["detail"] == {"n": 2}


def test_a_topic_by_its_policy(lab: Lab) -> None:
    mine, queue, sns = source(lab), lab.queue(), lab.aws("sns")
    topic = sns.create_topic(Name=lab.name("topic"))["TopicArn"]
    lab.finally_do(lambda: sns.delete_topic(TopicArn=topic))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    rule, dead = lab.rule({"source": [mine]}), lab.queue()
    dead.allow(rule)
    lab.target(rule, topic, Input='"hello"', DeadLetterConfig={"Arn": dead.arn})
    lab.put(mine)
    (letter,) = dead.messages()
    assert attributes(letter)["ERROR_CODE"] == "NO_PERMISSIONS"
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = document({**allowed, "Resource": topic})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    lab.put(mine)
    assert queue.bodies() == ["hello"]


def test_a_queue_by_its_policy_or_as_a_role(lab: Lab) -> None:
    mine, other = source(lab), lab.rule({"source": [lab.name("other")]})
    rule = lab.rule({"source": [mine]})
    shut, by_role, dead = lab.queue(allows=other), lab.queue(), lab.queue(allows=rule)
    lab.target(rule, shut.arn, DeadLetterConfig={"Arn": dead.arn})
    lab.target(rule, by_role.arn, RoleArn=lab.role("events", ("sqs:SendMessage", by_role.arn)))
    lab.put(mine)
    assert by_role.bodies()[0]["source"] == mine
    assert "sqs:SendMessage" in attributes(dead.messages()[0])["ERROR_MESSAGE"]
    assert shut.is_empty()


def test_a_fifo_queue_by_groups(lab: Lab) -> None:
    mine = source(lab)
    rule = lab.rule({"source": [mine]})
    queue = lab.queue(allows=rule, FifoQueue="true", ContentBasedDeduplication="true")
    lab.target(rule, queue.arn, SqsParameters={"MessageGroupId": "g"})
    lab.put(mine)
    assert queue.bodies()[0]["source"] == mine


def test_a_log_group_by_the_accounts_policy(lab: Lab) -> None:
    mine, logs, group = source(lab), lab.aws("logs"), f"/aws/events/{lab.name('group')}"
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{group}"
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{arn}:*",
    }
    name = lab.name("policy")
    logs.put_resource_policy(policyName=name, policyDocument=document(policy))
    lab.finally_do(lambda: logs.delete_resource_policy(policyName=name))
    rule = lab.rule({"source": [mine]})
    template = {"InputPathsMap": {"t": "$.time", "n": "$.detail.n"}, "InputTemplate": '{"timestamp":<t>,"message":<n>}'}
    lab.target(rule, arn)
    lab.target(rule, arn, InputTransformer=template)
    an_hour_ago = int(time.time()) - 3600
    lab.put(mine, {"n": 7}, Time=an_hour_ago)

    def written() -> list[Any]:
        found: list[Any] = logs.filter_log_events(logGroupName=group)["events"]
        return found if len(found) == 2 else []

    by_template, whole = sorted(until(written), key=lambda event: event["timestamp"])
    assert (by_template["timestamp"], by_template["message"]) == (an_hour_ago * 1000, "7")
    assert json.loads(whole["message"])["detail"] == {"n": 7}


def test_another_bus_once(lab: Lab) -> None:
    mine, events = source(lab), lab.aws("events")
    buses = {}
    for stem in ("first", "second"):
        name = lab.name(stem)
        buses[stem] = events.create_event_bus(Name=name)["EventBusArn"]
        lab.finally_do(partial(events.delete_event_bus, Name=name))
    role = lab.role("events", ("events:PutEvents", "*"))
    lab.target(lab.rule({"source": [mine]}), buses["first"], RoleArn=role)
    onward = lab.rule({"source": [mine]}, EventBusName=buses["first"].rpartition("/")[2])
    seen, dead = lab.queue(allows=onward), lab.queue(allows=onward)
    lab.target(onward, seen.arn)
    lab.target(onward, buses["second"], RoleArn=role, DeadLetterConfig={"Arn": dead.arn})
    event_id = lab.put(mine)
    assert seen.bodies()[0]["id"] == event_id
    assert attributes(dead.messages()[0])["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED"


@pytest.mark.parametrize("lacks", ["permission", "machine", "trust"])
def test_what_cannot_be_started_goes_to_the_queue(lab: Lab, lacks: str) -> None:
    mine, machine = source(lab), lab.machine()
    rule = lab.rule({"source": [mine]})
    role = lab.role("events", ("states:StartExecution", f"{machine}-other" if lacks == "permission" else machine))
    dead = lab.queue(allows=rule)
    lab.target(rule, machine, RoleArn=role, DeadLetterConfig={"Arn": dead.arn})
    if lacks == "machine":
        lab.aws("stepfunctions").delete_state_machine(stateMachineArn=machine)
    if lacks == "trust":
        nobody = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        lab.aws("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document(nobody))
    lab.put(mine)
    codes = {"permission": "NO_PERMISSIONS", "machine": "NO_RESOURCE", "trust": "FAILED_TO_ASSUME_ROLE"}
    assert attributes(dead.messages()[0])["ERROR_CODE"] == codes[lacks]


def test_a_failing_target_is_tried_again_before_it_is_given_up(lab: Lab) -> None:
    mine, machine = source(lab), lab.machine()
    rule = lab.rule({"source": [mine]})
    dead = lab.queue(allows=rule)
    lab.target(
        rule,
        machine,
        # A state machine takes JSON alone, which a template need not be.
        InputTransformer={"InputPathsMap": {"s": "$.source"}, "InputTemplate": "<s> is no JSON"},
        RoleArn=lab.role("events", ("states:StartExecution", machine)),
        RetryPolicy={"MaximumRetryAttempts": 2},
        DeadLetterConfig={"Arn": dead.arn},
    )
    lab.put(mine)
    found = attributes(dead.messages()[0])
    assert found["RETRY_ATTEMPTS"] == "2"
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert found["ERROR_CODE"] == "SDK_CLIENT_ERROR"
