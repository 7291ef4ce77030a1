"""How a state reports an error, and which names a Retry or a Catch matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.fail import state_fail

from local_aws.stepfunctions.replacing import replace_method, replace_name

QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"

# "Handling errors in Step Functions workflows": States.ALL catches neither of these.
NOT_IN_ALL = frozenset({DATA_LIMIT_EXCEEDED, RUNTIME})
# Same page: States.TaskFailed matches any error but a timeout.
NOT_IN_TASK_FAILED = NOT_IN_ALL | {TIMEOUT, HEARTBEAT_TIMEOUT}
_DETAILS = {
    HistoryEventType.EvaluationFailed: "evaluationFailedEventDetails",
    HistoryEventType.ExecutionFailed: "executionFailedEventDetails",
    HistoryEventType.LambdaFunctionFailed: "lambdaFunctionFailedEventDetails",
    HistoryEventType.TaskFailed: "taskFailedEventDetails",
}


def name_object(error_name: str | None) -> ErrorName | None:
    """The interpreter's object for any error name, reserved ones included.

    moto makes a custom name of every error that leaves a Map, a Parallel or a Fail state or comes from SendTaskFailure,
    and then refuses those that begin with "States.".
    """
    if error_name is None:
        return None
    reserved = {kind.to_name() for kind in StatesErrorNameType}
    return StatesErrorName.from_name(error_name) if error_name in reserved else ErrorName(error_name=error_name)


def failure(
    env: Any,
    *,
    error: str,
    cause: str | None,
    event_type: HistoryEventType = HistoryEventType.TaskFailed,
    where: Mapping[str, str] | None = None,
) -> FailureEventException:
    """The exception by which a state fails with `error` and `cause`; `where` joins them in the history event."""
    body: dict[str, str] = {"error": error, **(where or {})}
    if cause is not None:
        body["cause"] = cause
    event: Any = FailureEvent(
        env=env, error_name=name_object(error), event_type=event_type, event_details=_details(event_type, body)
    )
    event.source_event_id = getattr(env, "entered_event_id", event.source_event_id)
    return FailureEventException(failure_event=event)


def _details(event_type: HistoryEventType, body: dict[str, str]) -> Any:
    return {_DETAILS[event_type]: body}


def located(event: FailureEvent, error: str, cause: str) -> str:
    """The cause as AWS tells it: its own errors say in which state they happened."""
    if error not in {RUNTIME, QUERY_EVALUATION_ERROR} or not cause or cause.startswith("An error occurred while"):
        return cause
    where = f"'{event.state_name}' (entered at the event id #{event.source_event_id})"
    return f"An error occurred while executing the state {where}. {cause}"


def is_matched(wanted: set[str], name: str) -> bool:
    """Whether an `ErrorEquals` list catches an error."""
    if name in wanted or (name == HEARTBEAT_TIMEOUT and TIMEOUT in wanted):
        return True
    if "States.ALL" in wanted and name not in NOT_IN_ALL:
        return True
    return TASK_FAILED in wanted and name not in NOT_IN_TASK_FAILED


def _match(self: Any, env: Any) -> None:
    name = env.stack.pop()
    wanted = {listed.error_name for listed in self.error_names}
    env.stack.append(is_matched(wanted, name.error_name if name is not None else ""))


def install() -> None:
    """Replace how names are made and matched."""
    replace_method(ErrorEqualsDecl, "_eval_body", _match)
    for module in (iteration_worker, branches_decl, state_fail, state_task_service_callback):
        replace_name(module, "CustomErrorName", name_object)
