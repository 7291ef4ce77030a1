"""What Step Functions tells EventBridge of executions ("Automating Step Functions event delivery with EventBridge")."""

from __future__ import annotations

import datetime
import json
from typing import Any, Protocol

from local_aws.world import World

MAX_PAYLOAD_BYTES = 248 * 1024
"""Of input and output together, as they are escaped in the event: beyond it the input is left out, then the output."""


class Described(Protocol):
    """What is needed of an execution."""

    execution_arn: str
    state_machine_arn: str
    name: str
    start_date: datetime.datetime
    stop_date: datetime.datetime | None
    execution_input: str
    output: str | None
    error: str | None
    cause: str | None

    @property
    def status(self) -> str:
        """As DescribeExecution has it."""


def emit(world: World, execution: Described) -> None:
    """An execution has its present status now."""
    world.emit(
        "aws.states",
        "Step Functions Execution Status Change",
        detail(execution),
        region=execution.execution_arn.split(":")[3],
        resources=[execution.execution_arn],
    )


def detail(execution: Described) -> dict[str, Any]:
    """The event's `detail`; times are milliseconds."""
    output_bytes = _escaped_bytes(execution.output)
    has_output = output_bytes <= MAX_PAYLOAD_BYTES
    has_input = _escaped_bytes(execution.execution_input) + output_bytes <= MAX_PAYLOAD_BYTES
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date) if execution.stop_date else None,
        "input": execution.execution_input if has_input else None,
        "inputDetails": {"included": has_input},
        "output": execution.output if has_output else None,
        "outputDetails": {"included": has_output} if execution.output is not None else None,
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Redrive is not emulated",
    }


def _escaped_bytes(text: str | None) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) if text is not None else 0


def _milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)
