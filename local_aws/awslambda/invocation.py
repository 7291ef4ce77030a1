"""The Invoke operation: limits and types of a request, and what goes into its answer."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

from local_aws.awslambda.concurrency import Throttled
from local_aws.awslambda.deployment import Invocation, Outcome
from local_aws.awslambda.errors import (
    InvalidParameterValueException,
    InvalidRequestContentException,
    RequestEntityTooLargeException,
    TooManyRequestsException,
)
from local_aws.awslambda.events import EventQueue, Invocable
from local_aws.awslambda.pool import Pool

MAX_REQUEST_BYTES = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}
"""By invocation type ("Lambda quotas", invocation payload)."""
LOG_TAIL_BYTES = 4096


def invoke(
    function: Invocable,
    body: str | bytes,
    request_headers: Mapping[str, str],
    response_headers: MutableMapping[str, Any],
    *,
    pool: Pool,
    events: EventQueue,
) -> bytes:
    """Answer one Invoke request: returns the payload, adds the headers. Raises the API's errors."""
    kind = request_headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    request = Invocation(
        request_id=str(uuid.uuid4()),
        event=_checked(body.encode() if isinstance(body, str) else body, kind),
        arn=function.function_arn,
        client_context=_client_context(request_headers.get("X-Amz-Client-Context")),
    )
    deployment = function.deployment()
    response_headers["x-amzn-requestid"] = request.request_id
    if kind == "DryRun":
        return b""
    if kind == "Event":
        events.send(function, request)
        return b""
    try:
        outcome = pool.invoke(deployment, request, limit=function.limit)
    except Throttled as error:
        raise TooManyRequestsException from error
    response_headers["x-amz-executed-version"] = deployment.version
    response_headers.update(_outcome_headers(outcome, tail=request_headers.get("X-Amz-Log-Type") == "Tail"))
    return outcome.payload


def _outcome_headers(outcome: Outcome, *, tail: bool) -> dict[str, str]:
    headers = {}
    if outcome.error is not None:
        headers["x-amz-function-error"] = outcome.error
    if tail:
        headers["x-amz-log-result"] = base64.b64encode(outcome.log.encode()[-LOG_TAIL_BYTES:]).decode()
    return headers


def _checked(payload: bytes, kind: str) -> bytes:
    limit = MAX_REQUEST_BYTES.get(kind)
    if limit is None:
        raise InvalidParameterValueException(f"InvocationType {kind!r}: expected one of {', '.join(MAX_REQUEST_BYTES)}")
    if len(payload) > limit:
        raise RequestEntityTooLargeException(size=len(payload), invocation_type=kind, limit=limit)
    if not payload:
        return b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        raise InvalidRequestContentException(f"Could not parse request body into json: {error}") from error
    return payload


def _client_context(header: str | None) -> str | None:
    if header is None:
        return None
    try:
        return base64.b64decode(header, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidRequestContentException(f"Client context is not Base64 of text: {error}") from error
