"""What targets get: the user guide's examples of input transformation among them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.events import inputs
from local_aws.events.errors import ValidationException

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "time": "2015-11-11T21:29:54Z",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "count": 3, "tags": [{"Key": "a"}, {"Key": "b"}]},
}
RULE = "arn:aws:events:eu-west-1:123456789012:rule/mine"


def text(**given: Any) -> str:
    target = {"Id": "t", **given}
    inputs.check(target)
    return inputs.payload(target, EVENT, rule_arn=RULE, ingested="2026-01-01T00:00:00Z")


def filled(template: str, **paths: str) -> str:
    return text(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})


def test_the_whole_event_a_part_of_it_or_a_text() -> None:
    assert json.loads(text()) == EVENT
    assert json.loads(text(InputPath="$.detail")) == EVENT["detail"]
    assert text(InputPath="$.detail.state") == '"RUNNING"'
    assert text(InputPath="$.nothing") == "null"
    assert text(Input='{"a": 1}') == '{"a": 1}'


def test_templates_of_the_user_guide() -> None:
    paths = {"instance": "$.detail.instance-id", "state": "$.detail.state", "resource": "$.resources[0]"}
    assert filled('"instance <instance> is in <state>"', **paths) == '"instance i-0123456789 is in RUNNING"'
    assert filled('{"instance": <instance>, "state": "<state>"}', **paths) == (
        '{"instance": "i-0123456789", "state": "RUNNING"}'
    )
    assert filled('{"state": "<instance> is in state \\"<state>\\""}', **paths) == (
        '{"state": "i-0123456789 is in state \\"RUNNING\\""}'
    )
    assert (
        filled('{"detail": <all>}', all="$.detail")
        == f'{{"detail": {json.dumps(EVENT["detail"], separators=(",", ":"))}}}'
    )


def test_numbers_wildcards_and_what_is_not_there() -> None:
    assert filled('{"n": <n>, "s": "<n>"}', n="$.detail.count") == '{"n": 3, "s": "3"}'
    assert filled("<keys>", keys="$.detail.tags[*].Key") == '["a","b"]'
    assert filled("<key>", key="$.detail.tags[1]['Key']") == '"b"'
    assert filled('{"a": <gone>, "b": "<gone>"}', gone="$.detail.gone") == '{"a": "", "b": ""}'


def test_what_eventbridge_knows_by_itself() -> None:
    template = '{"r": <aws.events.rule-arn>, "n": "<aws.events.rule-name>", "e": <aws.events.event>}'
    made = json.loads(filled(template))
    assert (made["r"], made["n"]) == (RULE, "mine")
    assert made["e"] == {name: value for name, value in EVENT.items() if name != "detail"}
    assert json.loads(filled("<aws.events.event.json>")) == EVENT
    assert filled("<aws.events.event.ingestion-time>") == '"2026-01-01T00:00:00Z"'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"Input": "{", "InputPath": None}, "JSON syntax error"),
        ({"Input": "{}", "InputPath": "$.a"}, "Only one of"),
        ({"InputPath": "$.a[?(@.b)]"}, "Invalid path"),
        ({"InputPath": "detail"}, "Invalid path"),
        ({"InputPath": "$..state"}, "Invalid path"),
        ({"InputTransformer": {"InputPathsMap": {"a": "$.a("}, "InputTemplate": "<a>"}}, "Invalid path"),
        ({"InputTransformer": {"InputTemplate": "<a>"}}, "unknown names"),
        ({"InputTransformer": {"InputPathsMap": {"aws.x": "$.a"}, "InputTemplate": "<aws.x>"}}, "beginning with aws"),
    ],
)
def test_what_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationException, match=said):
        text(**given)
