"""Answers to tasks that wait for their token. moto takes those that come too late as if somebody still listened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)

from local_aws.stepfunctions.errors import InvalidOutput, InvalidToken, TaskTimedOut
from local_aws.stepfunctions.executions import Execution


def succeed(executions: Iterable[Execution], token: str, output: str) -> None:
    """SendTaskSuccess. Raises InvalidOutput, InvalidToken, TaskTimedOut."""
    try:
        json.loads(output)
    except json.JSONDecodeError as error:
        raise InvalidOutput(f"Invalid Output: '{error}'") from error
    _waiting(executions, token).notify(CallbackOutcomeSuccess(token, output))


def fail(executions: Iterable[Execution], token: str, *, error: str | None, cause: str | None) -> None:
    """SendTaskFailure. Raises InvalidToken, TaskTimedOut."""
    _waiting(executions, token).notify(CallbackOutcomeFailure(token, error, cause))


def beat(executions: Iterable[Execution], token: str) -> None:
    """SendTaskHeartbeat, also for tasks without HeartbeatSeconds. Raises InvalidToken, TaskTimedOut."""
    _waiting(executions, token).notify_heartbeat()


def give_up(frame: Any) -> None:
    """Nobody listens any more to the token of a frame's task, if it has one."""
    token = frame.states.context_object.context_object_data.get("Task", {}).get("Token")
    endpoint = frame.callback_pool_manager.get(token) if token else None
    if endpoint is not None:
        endpoint.report(CallbackConsumerTimeout())


def _waiting(executions: Iterable[Execution], token: str) -> Any:
    """What listens to a token."""
    for execution in executions:
        endpoint = execution.env.callback_pool_manager.get(token)
        if endpoint is None:
            continue
        if execution.status != "RUNNING" or endpoint.consumer_error is not None or endpoint.get_outcome() is not None:
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint
    raise InvalidToken("Invalid Token: 'Invalid token'")
