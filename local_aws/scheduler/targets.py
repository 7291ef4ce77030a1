"""What schedules call: a few APIs by templates, and any action of a service that is here by its universal name.

Source: EventBridge Scheduler User Guide, "Using templated targets" and "Using universal targets".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from local_aws.emulation import SERVICES
from local_aws.events.deliveries import (
    Delivery,
    DeliveryFailed,
    Given,
    RetryPolicy,
    attributes_of,
    dead_letter,
    failure_of,
    queue_url,
)
from local_aws.events.dispatch import envelope
from local_aws.iam import RoleNotAssumable, assert_trusts
from local_aws.scheduler.errors import NotEmulated, ValidationException
from local_aws.scheduler.schedules import Schedule
from local_aws.stepfunctions import services
from local_aws.stepfunctions.services import UnknownAction
from local_aws.world import World

PRINCIPAL = "scheduler.amazonaws.com"
SESSION = "EventBridgeScheduler"

_UNIVERSAL = ":scheduler:::aws-sdk:"
_READING = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover"),
    *("validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration"),
    *("retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)
"""User Guide, "Unsupported actions": what begins so is no target."""

Build = Callable[[Mapping[str, Any], str], dict[str, Any]]
"""(target, payload) to the request."""


@dataclass(frozen=True)
class _Template:
    service: str
    operation: str
    build: Build


def _send_message(target: Mapping[str, Any], text: str) -> dict[str, Any]:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    return {"QueueUrl": queue_url(target["Arn"]), "MessageBody": text, **more}


def _put_event(target: Mapping[str, Any], text: str) -> dict[str, Any]:
    parameters = target["EventBridgeParameters"]
    return {"Entries": [{**parameters, "Detail": text, "EventBusName": target["Arn"]}]}


_TEMPLATES: dict[tuple[str, str], _Template] = {
    ("states", "stateMachine:"): _Template(
        "stepfunctions", "start_execution", lambda target, text: {"stateMachineArn": target["Arn"], "input": text}
    ),
    ("lambda", "function:"): _Template(
        "lambda",
        "invoke",
        lambda target, text: {"FunctionName": target["Arn"], "InvocationType": "Event", "Payload": text.encode()},
    ),
    ("sqs", ""): _Template("sqs", "send_message", _send_message),
    ("sns", ""): _Template("sns", "publish", lambda target, text: {"TopicArn": target["Arn"], "Message": text}),
    ("events", "event-bus/"): _Template("events", "put_events", _put_event),
}
"""(service, what the resource begins with) of a target's ARN → the call."""


def check(target: Mapping[str, Any], *, group_arn: str) -> None:
    """Raises NotEmulated for a target that is not here, ValidationException for one that Scheduler would not take."""
    arn = target["Arn"]
    if _UNIVERSAL in arn:
        _universal(arn)
    elif (template := _template(arn)) is None:
        kinds = ", ".join(sorted(service for service, _ in _TEMPLATES))
        raise NotEmulated(f"Target.Arn {arn!r} is not emulated, only {kinds} and aws-sdk")
    elif template.service == "events" and not target.get("EventBridgeParameters"):
        raise ValidationException(f"EventBridgeParameters is required for target {arn}.")
    if target.get("Input") is not None and _UNIVERSAL in arn:
        _parsed(target["Input"])
    try:
        assert_trusts(target["RoleArn"], PRINCIPAL, context=_context(group_arn))
    except RoleNotAssumable as error:
        said = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        raise ValidationException(said) from error


def delivery(world: World, schedule: Schedule, due: datetime) -> Delivery:
    """One invocation of a schedule's target."""
    call = _Call(world, schedule, due, uuid.uuid4().hex[:16])
    about = f"{schedule.arn} for {schedule.target['Arn']}"
    return Delivery(attempt=call.attempt, given_up=call.given_up, policy=RetryPolicy.of(schedule.target), about=about)


@dataclass(frozen=True)
class _Call:
    world: World
    schedule: Schedule
    due: datetime
    execution_id: str

    def attempt(self, number: int) -> None:
        target, text = self.schedule.target, self._text(number)
        arn = target["Arn"]
        if _UNIVERSAL in arn:
            operation = _universal(arn)
            service, name = operation.service_model.service_name, xform_name(operation.name)
            request = services.to_request(_parsed(text), operation.input_shape)
        else:
            template = _template(arn)
            assert template is not None  # noqa: S101 - checked when the schedule was made
            service, name, request = template.service, template.operation, template.build(target, text)
        try:
            getattr(self._client(service), name)(**request)
        except ClientError as error:
            # Scheduler passes on the code that the target answered with.
            failed = failure_of(error)
            raise DeliveryFailed(error.response["Error"]["Code"], str(failed), is_final=failed.is_final) from error

    def given_up(self, given: Given) -> None:
        queue_arn = (self.schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue_arn:
            attributes = {
                "SCHEDULE_ARN": self.schedule.arn,
                "TARGET_ARN": self.schedule.target["Arn"],
                "EXECUTION_ID": self.execution_id,
                "SCHEDULED_TIME": _iso(self.due),
                "IS_PAYLOAD_TRUNCATED": "false",
                **attributes_of(given),
            }
            dead_letter(self._client("sqs"), queue_arn, self._text(given.retries + 1), attributes)

    def _client(self, service: str) -> Any:
        role_arn = self.schedule.target["RoleArn"]
        try:
            assert_trusts(role_arn, PRINCIPAL, context=_context(self.schedule.group_arn))
        except RoleNotAssumable as error:
            raise DeliveryFailed("AccessDenied", str(error), is_final=True) from error
        return self.world.client(service, region=self.schedule.arn.split(":")[3], role_arn=role_arn, session=SESSION)

    def _text(self, number: int) -> str:
        """The Input, its context attributes filled in; without one what Scheduler says of itself."""
        given = self.schedule.target.get("Input")
        if given is None:
            return "{}" if _UNIVERSAL in self.schedule.target["Arn"] else json.dumps(self._notice())
        values = {
            "schedule-arn": self.schedule.arn,
            "scheduled-time": _iso(self.due),
            "execution-id": self.execution_id,
            "attempt-number": str(number),
        }
        for name, value in values.items():
            given = given.replace(f"<aws.scheduler.{name}>", value)
        return str(given)

    def _notice(self) -> dict[str, Any]:
        _, _, _, region, account, _ = self.schedule.arn.split(":", 5)
        return envelope(
            "aws.scheduler",
            "Scheduled Event",
            "{}",
            account=account,
            region=region,
            resources=[self.schedule.arn],
            time=self.due,
        )


def _context(group_arn: str) -> dict[str, str]:
    return {"aws:SourceArn": group_arn, "aws:SourceAccount": group_arn.split(":")[4]}


def _template(arn: str) -> _Template | None:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    return next(
        (made for (kind, start), made in _TEMPLATES.items() if kind == parts[2] and parts[5].startswith(start)), None
    )


def _universal(arn: str) -> OperationModel:
    """The action of `arn:aws:scheduler:::aws-sdk:service:apiAction`. Raises ValidationException and NotEmulated."""
    service, _, action = arn.partition(_UNIVERSAL)[2].partition(":")
    if action.startswith(_READING):
        raise ValidationException(f"{arn} is not supported: it only reads")
    try:
        operation = services.operation(service, action)
    except UnknownAction as error:
        raise ValidationException(f"{arn} is not a valid target: {error}") from error
    signed_for = operation.service_model.signing_name
    if operation.name in SERVICES.get(signed_for, frozenset({operation.name})):
        raise NotEmulated(f"Target.Arn {arn!r} is not emulated")
    return operation


def _parsed(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except ValueError as error:
        raise ValidationException(f"Invalid RequestJson provided. Reason {error}") from error
    if not isinstance(request, dict):
        raise ValidationException("Invalid RequestJson provided. Reason: it is not an object")
    return request


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
