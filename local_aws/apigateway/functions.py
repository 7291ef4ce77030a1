"""Calls of Lambda functions by API Gateway: as far as the function's own policy lets it, and for 30 seconds."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.utils import get_backend

from local_aws import iam

PRINCIPAL = "apigateway.amazonaws.com"
NOT_PERMITTED = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)
"""Developer Guide, "Troubleshooting issues with HTTP API Lambda integrations"."""
FAILED = "The Lambda function returned the following error: {error}. Check your Lambda function code and try again."

_log = logging.getLogger(__name__)


class IntegrationFailed(Exception):
    """No result. is_unavailable: the function was not reached in time or has no room, rather than being at fault."""

    def __init__(self, message: str, *, is_unavailable: bool = False, request_id: str = "") -> None:
        super().__init__(message)
        self.is_unavailable = is_unavailable
        self.request_id = request_id


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a function returned, and the id of the invocation."""

    payload: bytes
    request_id: str


def invoke(function_arn: str, event: dict[str, Any], *, source_arn: str, timeout_s: float) -> Result:
    """The function's result. Raises IntegrationFailed. A function that takes longer goes on alone, as on AWS."""
    function = _found(function_arn)
    _check_permission(function, function_arn, source_arn)
    done: SimpleQueue[Result | Exception] = SimpleQueue()
    payload = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    # The wait is the gateway's own: the function has a timeout of its own, which may be longer.
    threading.Thread(target=_run, args=(function, payload, done), name="http-api-integration", daemon=True).start()
    try:
        outcome = done.get(timeout=timeout_s)
    except Empty:
        message = f"Endpoint request timed out after {timeout_s:g} seconds"
        raise IntegrationFailed(message, is_unavailable=True) from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _run(function: Any, payload: bytes, done: SimpleQueue[Result | Exception]) -> None:
    headers: dict[str, Any] = {}
    try:
        result = function.invoke(payload, {}, headers)
    except LambdaClientError as error:  # it is too large, or there is no room
        is_unavailable = getattr(error, "code", 0) == 429
        done.put(IntegrationFailed(str(error.message), is_unavailable=is_unavailable))
        return
    except Exception as error:  # noqa: BLE001 - a thread has no caller
        _log.exception("%s", function.function_arn)
        done.put(IntegrationFailed(str(error)))
        return
    request_id = str(headers.get("x-amzn-requestid", ""))
    if "x-amz-function-error" in headers:
        said = FAILED.format(error=headers["x-amz-function-error"])
        done.put(IntegrationFailed(said, request_id=request_id))
    else:
        done.put(Result(payload=result, request_id=request_id))


def _found(function_arn: str) -> Any:
    _, _, _, region, account, *_ = function_arn.split(":")
    name, _, qualifier = function_arn.partition(":function:")[2].partition(":")
    try:
        return get_backend(account, region).get_function(name, qualifier or None)
    except LambdaClientError as error:
        # A function that is not there lets nobody call it.
        raise IntegrationFailed(NOT_PERMITTED) from error


def _check_permission(function: Any, function_arn: str, source_arn: str) -> None:
    statements = function.policy.statements
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_arn.split(":")[4]}
    try:
        iam.authorize_service(PRINCIPAL, "lambda:InvokeFunction", function_arn, policy=policy, context=context)
    except iam.AccessDenied as error:
        raise IntegrationFailed(NOT_PERMITTED) from error
