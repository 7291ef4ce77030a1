"""AWS::CloudFormation::CustomResource and Custom::…: resources that a Lambda function makes.

Source: AWS CloudFormation User Guide, "CloudFormation custom resource request and response reference".
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from local_aws.cloudformation.errors import HalfMade, ResourceFailed
from local_aws.cloudformation.types.base import Job, ResourceType

MAX_RESPONSE_BYTES = 4096
LONGEST_TIMEOUT_S = 3600
_NAME = re.compile(r"Custom::[\w@-]{1,60}", re.ASCII)
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:.+", re.ASCII)
_ECHOED = ("StackId", "RequestId", "LogicalResourceId")


def is_custom(type_name: str) -> bool:
    """Whether a template's own name for a type means a custom resource."""
    return _NAME.fullmatch(type_name) is not None


class CustomResource(ResourceType):
    """Whatever its function makes; `Ref` is the physical id that the function answers, `Fn::GetAtt` its Data."""

    type_name = "AWS::CloudFormation::CustomResource"
    properties = frozenset({"ServiceToken", "ServiceTimeout"})
    required = frozenset({"ServiceToken"})

    def check(self, logical_id: str, names: Collection[str]) -> list[str]:
        """Every other property is the function's affair."""
        return super().check(logical_id, self.properties & set(names))

    def has_attribute(self, name: str) -> bool:
        """Any, as far as anybody knows before the function has answered."""
        del name
        return True

    def create(self, job: Job) -> str:
        """Raises HalfMade when the function was asked: it may have made something, which it is asked to delete."""
        given = job.name("", limit=255)
        try:
            return self._ask(job, "Create", {})
        except _NotAsked:
            raise
        except _Refused as error:
            raise HalfMade(str(error), error.physical_id or given) from error

    def configure(self, job: Job, before: Mapping[str, Any]) -> str | None:
        """Another physical id than the present one makes this a replacement."""
        if not before:
            return None
        old = {"PhysicalResourceId": job.physical_id, "OldResourceProperties": _texts(before)}
        return self._ask(job, "Update", old)

    def check_change(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """The function stays."""
        if before["ServiceToken"] != after["ServiceToken"]:
            raise ResourceFailed("Modifying service token is not allowed.")

    def delete(self, job: Job) -> None:
        """Ask the function; a failure leaves the resource where it is."""
        self._ask(job, "Delete", {"PhysicalResourceId": job.physical_id})

    def describe(self, job: Job) -> dict[str, Any]:
        """The Data of the last answer but a deletion's."""
        return dict(job.kept.get("Data", {}))

    def _ask(self, job: Job, kind: str, more: Mapping[str, Any]) -> str:
        """Send the request and wait for the answer. Returns the physical id; raises ResourceFailed."""
        with job.letters.expecting() as letter:
            request = {**_request(job, kind, letter.url), **more}
            _send(job, request)
            if not letter.came.wait(_timeout_s(job)):
                raise _Refused(
                    "CloudFormation did not receive a response from your Custom Resource. "
                    f"Please check your logs for requestId [{request['RequestId']}]."
                )
        answer = _read(letter.body, request)
        if kind != "Delete":
            job.kept["Data"] = {name: _text(value) for name, value in (answer.get("Data") or {}).items()}
        return str(answer["PhysicalResourceId"])


class _NotAsked(ResourceFailed):
    """The function could not be asked."""


class _Refused(ResourceFailed):
    """The function said no, nothing, or nonsense."""

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def _request(job: Job, kind: str, url: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ServiceToken": job.properties["ServiceToken"],
        "ResponseURL": url,
        "StackId": job.stack_arn,
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": job.logical_id,
        "ResourceType": job.type_name,
        "ResourceProperties": _texts(job.properties),
    }


def _send(job: Job, request: Mapping[str, Any]) -> None:
    """The stack's role invokes the function, and nobody waits for what that returns."""
    token = str(request["ServiceToken"])
    if not _FUNCTION.fullmatch(token):
        raise _NotAsked(f"ServiceToken {token}: only Lambda functions by their ARNs are emulated, no SNS topics")
    _timeout_s(job)
    payload = json.dumps(request).encode()
    try:
        job.call("lambda", "invoke", FunctionName=token, InvocationType="Event", Payload=payload)
    except ResourceFailed as error:
        raise _NotAsked(str(error)) from error


def _timeout_s(job: Job) -> int:
    given = str(job.properties.get("ServiceTimeout", LONGEST_TIMEOUT_S))
    if not re.fullmatch(r"\d{1,4}", given, re.ASCII) or not 1 <= int(given) <= LONGEST_TIMEOUT_S:
        raise _NotAsked(f"ServiceTimeout {given!r}: expected whole seconds from 1 to {LONGEST_TIMEOUT_S}")
    return int(given)


def _read(body: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, checked. Raises _Refused for a failure that it tells and for one that it is."""
    if len(body) > MAX_RESPONSE_BYTES:
        raise _Refused("Response object is too long.")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise _Refused(f"Invalid Response object: {error}") from error
    if not isinstance(answer, dict):
        raise _Refused(f"Invalid Response object: expected an object, got {answer!r}")
    physical_id = answer.get("PhysicalResourceId")
    known = physical_id if isinstance(physical_id, str) else ""
    wrong = _what_is_wrong(answer, request)
    if wrong:
        raise _Refused(f"Invalid Response object: {wrong}", known)
    if answer["Status"] == "FAILED":
        said = f"Message returned: {answer.get('Reason')} (RequestId: {request['RequestId']})"
        raise _Refused(f"Received response status [FAILED] from custom resource. {said}", known)
    if not known:
        raise _Refused("Invalid PhysicalResourceId")
    return answer


def _what_is_wrong(answer: Mapping[str, Any], request: Mapping[str, Any]) -> str | None:
    if answer.get("Status") not in ("SUCCESS", "FAILED"):
        return f"{answer.get('Status')!r} is not a valid ResponseStatus"
    for name in _ECHOED:
        if answer.get(name) != request[name]:
            return f"{name} {answer.get(name)!r}, expected {request[name]!r}"
    if not isinstance(answer.get("Data") or {}, dict):
        return f"Data {answer['Data']!r}, expected an object"
    return None


def _texts(value: Any) -> Any:
    """Properties as they are sent: CloudFormation knows no numbers and no booleans."""
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value
