"""The API's answers where moto leaves something out: revisions, ends of executions, order and pages of the history."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse

from local_aws.paging import page_of
from local_aws.stepfunctions import callbacks
from local_aws.stepfunctions.errors import InvalidToken, ResourceNotFound, ValidationException
from local_aws.stepfunctions.logs import EXECUTION_DATA
from local_aws.stepfunctions.replacing import replace_method

MAX_PAGE = 1_000


def describe_execution(self: Any) -> ActionResult:
    """DescribeExecution, for every status."""
    _refuse_metadata_only(self)
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    answer = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": execution.output,
        "outputDetails": execution.output_details if execution.output is not None else None,
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Redrive is not emulated",
    }
    return ActionResult({key: item for key, item in answer.items() if item is not None})


def list_executions(self: Any) -> ActionResult:
    """ListExecutions of a machine, newest first. None of them is redriven, none belongs to a Map Run."""
    if self._get_param("mapRunArn") or not self._get_param("stateMachineArn"):
        raise ValidationException("Only the executions of a stateMachineArn can be listed")
    if self._get_param("redriveFilter") == "REDRIVEN":
        return ActionResult({"executions": []})
    found, token = self.stepfunction_backend.list_executions(
        self._get_param("stateMachineArn"),
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults"),
        next_token=self._get_param("nextToken"),
    )
    return ActionResult({"executions": [_listed(execution) for execution in found], "nextToken": token})


def _listed(execution: Any) -> dict[str, Any]:
    item = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
    }
    return {key: value for key, value in item.items() if value is not None}


def get_execution_history(self: Any) -> ActionResult:
    """GetExecutionHistory in either order, by pages of at most 1,000 events, with or without inputs and outputs."""
    events = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))["events"]
    if self._get_param("includeExecutionData") is False:
        events = [_without_data(event) for event in events]
    if self._get_param("reverseOrder"):
        events.reverse()
    size = min(self._get_int_param("maxResults") or MAX_PAGE, MAX_PAGE)
    page, following = page_of(events, token=self._get_param("nextToken"), size=size, refusal=InvalidToken)
    return ActionResult({"events": page} | ({"nextToken": following} if following else {}))


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {name: item for name, item in part.items() if name not in EXECUTION_DATA}
        if isinstance(part, dict)
        else part
        for key, part in event.items()
    }


def send_task_failure(self: Any) -> EmptyResult:
    """SendTaskFailure, with its cause."""
    executions, token = self.stepfunction_backend.executions(), self._get_param("taskToken")
    callbacks.fail(executions, token, error=self._get_param("error"), cause=self._get_param("cause"))
    return EmptyResult()


def send_task_heartbeat(self: Any) -> EmptyResult:
    """SendTaskHeartbeat."""
    callbacks.beat(self.stepfunction_backend.executions(), self._get_param("taskToken"))
    return EmptyResult()


def send_task_success(self: Any) -> EmptyResult:
    """SendTaskSuccess."""
    callbacks.succeed(self.stepfunction_backend.executions(), self._get_param("taskToken"), self._get_param("output"))
    return EmptyResult()


def map_run(self: Any) -> ActionResult:
    """DescribeMapRun and UpdateMapRun: distributed Maps are refused, so there is none."""
    raise ResourceNotFound(f"Resource not found: '{self._get_param('mapRunArn')}'")


def stop_execution(self: Any) -> ActionResult:
    """StopExecution, with its error and cause."""
    execution = self.stepfunction_backend.stop_execution(
        self._get_param("executionArn"), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return ActionResult({"stopDate": execution.stop_date})


def describe_state_machine_for_execution(self: Any) -> ActionResult:
    """DescribeStateMachineForExecution: the machine as the execution has it, not as it is now."""
    _refuse_metadata_only(self)
    machine = self.stepfunction_backend.describe_execution(self._get_param("executionArn")).machine
    answer = {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "definition": machine.definition,
        "roleArn": machine.role_arn,
        "loggingConfiguration": machine.logging,
    }
    return ActionResult({key: item for key, item in answer.items() if item is not None})


def install() -> None:
    """Replace these actions, and add the revision to those that carry one."""
    moto_describe, moto_update = StepFunctionResponse._describe_state_machine, StepFunctionResponse.update_state_machine

    def described(self: Any, state_machine_arn: str) -> ActionResult:
        _refuse_metadata_only(self)
        answer = moto_describe(self, state_machine_arn)
        machine = self.stepfunction_backend.describe_state_machine(state_machine_arn)
        return _with_revision(answer, getattr(machine, "revision_id", None))

    def update_state_machine(self: Any) -> ActionResult:
        answer = moto_update(self)
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        return _with_revision(answer, machine.revision_id)

    replace_method(StepFunctionResponse, "_describe_state_machine", described)
    replace_method(StepFunctionResponse, "update_state_machine", update_state_machine)
    for action in (
        describe_execution,
        list_executions,
        get_execution_history,
        send_task_failure,
        send_task_heartbeat,
        send_task_success,
        stop_execution,
        describe_state_machine_for_execution,
    ):
        replace_method(StepFunctionResponse, action.__name__, action)
    for name in ("describe_map_run", "update_map_run"):
        replace_method(StepFunctionResponse, name, map_run)


def _refuse_metadata_only(self: Any) -> None:
    if self._get_param("includedData") == "METADATA_ONLY":
        raise ValidationException("includedData METADATA_ONLY is not emulated")


def _with_revision(answer: ActionResult, revision: str | None) -> ActionResult:
    result: Any = answer.result
    return ActionResult({**result, "revisionId": revision} if revision else result)
