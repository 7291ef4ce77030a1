"""Resources of a template that a function takes care of: what CloudFormation asks, and what it has to be told.

Source: CloudFormation User Guide, "Custom resource request and response reference".
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import boto3

from lambdas.common.log import log
from lambdas.logic.sweeping import Sweep, sweep_all

_MOST_CHARS: Final = 1000
"""Of a reason: the whole answer may have 4,096 bytes."""
_TO_ANSWER_S: Final = 20
_GOING: Final = frozenset({"DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})
"""Of a stack that goes as a whole, also because its creation has failed."""


def sweeping(
    event: Mapping[str, Any], context: Any, *, physical_id: str, sweeps: Callable[[], Sequence[Sweep]]
) -> None:
    """Answer a request; at a deletion that comes with that of the stack, first see everything go.

    A resource that only gets another logical id, or leaves its template, is deleted too, while all that it is about
    stays in use: such a deletion is answered and no more. Every error is told to CloudFormation: without an answer it
    would wait for as long as it may, and Lambda would try again in vain.
    """
    reason = ""
    try:
        if event["RequestType"] == "Delete" and _is_going(event["StackId"]):
            log("removed", what=sweep_all(sweeps(), seconds_left=lambda: _seconds_left(context)))
    except Exception as error:  # noqa: BLE001 - whoever deletes the stack is told
        reason = f"{type(error).__name__}: {error}"
    # A deletion has to name what it was about, whatever that was called.
    _answer(event, event.get("PhysicalResourceId", physical_id), reason)


def _seconds_left(context: Any) -> float:
    return float(context.get_remaining_time_in_millis()) / 1000 - _TO_ANSWER_S


def _is_going(stack_id: str) -> bool:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"]
    return stack["StackStatus"] in _GOING


def _answer(event: Mapping[str, Any], physical_id: str, reason: str) -> None:
    said = {
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "PhysicalResourceId": physical_id,
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason[:_MOST_CHARS],
    }
    log("answered", request=event["RequestType"], status=said["Status"], reason=reason)
    # The URL was signed without a content type, which urllib would add.
    headers = {"Content-Type": ""}
    body, url = json.dumps(said).encode(), event["ResponseURL"]
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310 - CloudFormation's own
    with urllib.request.urlopen(request):  # noqa: S310
        pass
