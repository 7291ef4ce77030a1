"""What Lambda answers when the function cannot: payloads of X-Amz-Function-Error, as AWS words them."""

from __future__ import annotations

import json
import signal

CANNOT_START = "LocalAws.CannotStart"
"""errorType of code that was deployed well and cannot run on this machine."""


def timed_out(request_id: str, timeout_s: float) -> bytes:
    """The function took longer than its timeout."""
    return _payload("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, status: int) -> bytes:
    """The process ended without an answer. status: as subprocess gives it, negative for a signal."""
    return _payload("Runtime.ExitError", f"RequestId: {request_id} Error: {_how_it_ended(status)}")


def response_too_large(max_bytes: int) -> bytes:
    """The function returned more than a response may hold."""
    return _payload(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({max_bytes} bytes).",
    )


def cannot_start(request_id: str, reason: str) -> bytes:
    """The deployed code cannot run on this machine; AWS has no such error."""
    return _payload(CANNOT_START, f"RequestId: {request_id} Error: {reason}")


def error_type(payload: bytes) -> str:
    """The errorType of an error's payload, or '' where it has none."""
    error = json.loads(payload)
    return str(error.get("errorType", "")) if isinstance(error, dict) else ""


def _payload(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _how_it_ended(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    # Go, in which AWS's supervisor is written, words signals as strsignal does, in lower case.
    return f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"
