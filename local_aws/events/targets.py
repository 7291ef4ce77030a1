"""The kinds of targets that rules can have here, and how each is reached: as the target's role, or by its own policy.

Source: EventBridge API Reference, PutTargets; User Guide, "Using resource-based policies for Amazon EventBridge".
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from local_aws import iam
from local_aws.events import inputs
from local_aws.events.deliveries import DeliveryFailed, queue_url
from local_aws.events.errors import NotEmulated, ValidationException
from local_aws.iam import AccessDenied, RoleNotAssumable, assert_trusts
from local_aws.world import World

PRINCIPAL = "events.amazonaws.com"
SESSION = "EventBridge"


@dataclass(frozen=True, kw_only=True)
class Route:
    """The way from one rule to one of its targets."""

    world: World
    rule_arn: str
    target: Mapping[str, Any]
    event_id: str

    @property
    def arn(self) -> str:
        """The target's."""
        return str(self.target["Arn"])

    @property
    def context(self) -> dict[str, str]:
        """Condition keys of what the rule does."""
        return {"aws:SourceArn": self.rule_arn, "aws:SourceAccount": self.rule_arn.split(":")[4]}

    def client(self, service: str) -> Any:
        """A client of the target's service, as the target's role. Raises DeliveryFailed for a role out of reach.

        Without a role it is the operator's: whoever uses it has asked `permitted` first.
        """
        role_arn = self.target.get("RoleArn")
        if role_arn:
            try:
                assert_trusts(role_arn, PRINCIPAL, context=self.context)
            except RoleNotAssumable as error:
                raise DeliveryFailed("FAILED_TO_ASSUME_ROLE", str(error), is_final=True) from error
        return self.world.client(service, region=self.arn.split(":")[3], role_arn=role_arn, session=SESSION)

    def permitted(self, action: str, resource: str, policy: str | None) -> None:
        """Raises DeliveryFailed unless a role calls, or the resource's policy lets the rule take the action."""
        if self.target.get("RoleArn"):
            return
        try:
            iam.authorize_service(PRINCIPAL, action, resource, policy=policy, context=self.context)
        except AccessDenied as error:
            raise DeliveryFailed("NO_PERMISSIONS", str(error), is_final=True) from error


def check(target: Mapping[str, Any], rule_arn: str) -> None:
    """Raises NotEmulated for a target of another kind, ValidationException for one that EventBridge would not take."""
    arn = target["Arn"]
    kind = _kind(arn)
    if kind not in SENDERS:
        raise NotEmulated(f"PutTargets: Targets.Arn {arn!r} is not emulated, only {', '.join(sorted(SENDERS))}")
    if kind in _BY_ROLE and not target.get("RoleArn"):
        raise ValidationException(f"RoleArn is required for target {arn}.")
    if target.get("RoleArn"):
        try:
            assert_trusts(target["RoleArn"], PRINCIPAL, context={"aws:SourceArn": rule_arn})
        except RoleNotAssumable as error:
            said = f"Provided role '{target['RoleArn']}' cannot be assumed by principal '{PRINCIPAL}'."
            raise ValidationException(said) from error
    if arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise ValidationException(f"Parameter(s) SqsParameters must be specified for target: {target['Id']}.")
    inputs.check(target)


def send(route: Route, text: str) -> None:
    """Deliver the payload to a target other than a bus. Raises DeliveryFailed and ClientError."""
    SENDERS[_kind(route.arn)](route, text)


def is_bus(arn: str) -> bool:
    """Whether a target is another event bus."""
    return _kind(arn) == "event buses"


def queue_policy(client: Any, arn: str) -> str | None:
    """A queue's policy. Raises ClientError."""
    answer = client.get_queue_attributes(QueueUrl=queue_url(arn), AttributeNames=["Policy"])
    return (answer.get("Attributes") or {}).get("Policy") or None


def _kind(arn: str) -> str:
    """What of `SENDERS` an ARN is of; "" for nothing of it."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    found = (name for (service, start), name in _KINDS.items() if service == parts[2] and parts[5].startswith(start))
    return next(found, "")


def _to_machine(route: Route, text: str) -> None:
    # Executions that a rule starts are named by the event and a number of their own.
    name = f"{route.event_id}_{uuid.uuid4()}"
    route.client("stepfunctions").start_execution(stateMachineArn=route.arn, name=name, input=text)


def _to_function(route: Route, text: str) -> None:
    client = route.client("lambda")
    if not route.target.get("RoleArn"):
        try:
            policy = client.get_policy(FunctionName=route.arn)["Policy"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            policy = None
        route.permitted("lambda:InvokeFunction", route.arn, policy)
    client.invoke(FunctionName=route.arn, InvocationType="Event", Payload=text.encode())


def _to_topic(route: Route, text: str) -> None:
    client = route.client("sns")
    if not route.target.get("RoleArn"):
        policy = client.get_topic_attributes(TopicArn=route.arn)["Attributes"].get("Policy")
        route.permitted("sns:Publish", route.arn, policy)
    client.publish(TopicArn=route.arn, Message=text)


def _to_queue(route: Route, text: str) -> None:
    client = route.client("sqs")
    if not route.target.get("RoleArn"):
        route.permitted("sqs:SendMessage", route.arn, queue_policy(client, route.arn))
    group = (route.target.get("SqsParameters") or {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    client.send_message(QueueUrl=queue_url(route.arn), MessageBody=text, **more)


def _to_log_group(route: Route, text: str) -> None:
    """An event each in a stream of its own. A template's `timestamp` and `message` are the log event's."""
    client, stream = route.client("logs"), str(uuid.uuid4())
    group = route.arn.partition(":log-group:")[2].removesuffix(":*")
    if not route.target.get("RoleArn"):
        policy = _logs_policy(client)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            route.permitted(action, f"{route.arn.removesuffix(':*')}:log-stream:{stream}", policy)
    timestamp_ms, message = _log_event(text)
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    client.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": timestamp_ms, "message": message}]
    )


def _logs_policy(client: Any) -> str | None:
    """All statements of the account's resource policies."""
    documents = [json.loads(each["policyDocument"]) for each in client.describe_resource_policies()["resourcePolicies"]]
    statements = [
        statement
        for document in documents
        for statement in (document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]])
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _log_event(text: str) -> tuple[int, str]:
    now_ms = int(time.time() * 1000)
    with contextlib.suppress(ValueError):
        made = json.loads(text)
        if isinstance(made, dict) and made.keys() == {"timestamp", "message"}:
            message = made["message"] if isinstance(made["message"], str) else json.dumps(made["message"])
            return _milliseconds(made["timestamp"], now_ms), message
    return now_ms, text


def _milliseconds(timestamp: Any, now_ms: int) -> int:
    if isinstance(timestamp, int | float):
        return int(timestamp)
    with contextlib.suppress(ValueError):
        return int(datetime.fromisoformat(str(timestamp)).timestamp() * 1000)
    return now_ms


def _to_bus(route: Route, text: str) -> None:
    raise AssertionError(f"{route.arn}: buses are handed events, not {len(text)} characters of text")


_KINDS: dict[tuple[str, str], str] = {
    ("states", "stateMachine:"): "state machines",
    ("lambda", "function:"): "functions",
    ("sns", ""): "topics",
    ("sqs", ""): "queues",
    ("logs", "log-group:"): "log groups",
    ("events", "event-bus/"): "event buses",
}
"""(service, what the resource begins with) of an ARN → what it is."""

_BY_ROLE = ("state machines", "event buses")

SENDERS: dict[str, Callable[[Route, str], None]] = {
    "state machines": _to_machine,
    "functions": _to_function,
    "topics": _to_topic,
    "queues": _to_queue,
    "log groups": _to_log_group,
    "event buses": _to_bus,
}
