"""What the calls of EventBridge, SNS and SQS need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import ACCOUNT, PASS, PASSED, Call, arn, assert_needs_exactly, calls

TOPIC = arn("sns", "t")


CALLS: list[Call] = [
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "m"}, [("sns:Publish", TOPIC)]),
    (
        "sqs",
        "send_message",
        {"QueueUrl": f"http://x/{ACCOUNT}/iam-q", "MessageBody": "m"},
        [("sqs:SendMessage", arn("sqs", "iam-q"))],
    ),
    (
        "sqs",
        "delete_message_batch",
        {"QueueUrl": f"http://x/{ACCOUNT}/iam-q", "Entries": [{"Id": "1", "ReceiptHandle": "h"}]},
        [("sqs:DeleteMessage", arn("sqs", "iam-q"))],
    ),
    (
        "events",
        "put_rule",
        {"Name": "iam-rule", "ScheduleExpression": "rate(1 day)", "RoleArn": PASSED},
        [("events:PutRule", arn("events", "rule/iam-rule")), PASS],
    ),
    (
        "events",
        "put_targets",
        {"Rule": "none", "Targets": [{"Id": "1", "Arn": TOPIC}]},
        [("events:PutTargets", arn("events", "rule/none"))],
    ),
    (
        "events",
        "describe_rule",
        {"Name": "none", "EventBusName": "bus"},
        [("events:DescribeRule", arn("events", "rule/bus/none"))],
    ),
    (
        "events",
        "put_events",
        {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]},
        [("events:PutEvents", arn("events", "event-bus/default"))],
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
