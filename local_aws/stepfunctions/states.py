"""One state from entering to leaving: attempts with a time limit, retries, catches, and what becomes of its output."""

from __future__ import annotations

import copy
import threading
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_aws.stepfunctions.callbacks import give_up
from local_aws.stepfunctions.expressions import bind_assigned, forget_assigned
from local_aws.stepfunctions.failures import RUNTIME, failure, located
from local_aws.stepfunctions.history import mute
from local_aws.stepfunctions.replacing import replace_method
from local_aws.stepfunctions.timestamps import iso, now


def _visit(self: Any, env: Any) -> None:
    """Enter, evaluate, leave. As moto's, with the retry count present from the start and Assign bound at the end."""
    env.entered_event_id = env.event_manager.add_event(
        context=env.event_history_context,
        event_type=self.state_entered_event_type,
        event_details={"stateEnteredEventDetails": self._get_state_entered_event_details(env=env)},
    )
    context = env.states.context_object.context_object_data
    context["State"] = {"EnteredTime": iso(now()), "Name": self.name, "RetryCount": 0}
    self._eval_state_input(env=env)
    try:
        self._eval_state(env)
    except NoSuchJsonPathError as error:
        missing = f"The JSONPath '{error.json_path}' specified for the field '{env.next_field_name}'"
        raise failure(env, error=RUNTIME, cause=f"{missing} could not be found in the input") from error
    if not env.is_running():
        return
    self._eval_state_output(env=env)
    self._verify_size_quota(env=env, value=env.states.get_input())
    bind_assigned(env)
    self._set_next(env)
    if self.state_exited_event_type is not None:
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=self.state_exited_event_type,
            event_details={"stateExitedEventDetails": self._get_state_exited_event_details(env=env)},
        )


def _attempt(self: Any, env: Any) -> None:
    """Run the state's work once in a frame of its own, for at most its TimeoutSeconds."""
    self.timeout.eval(env=env)
    seconds = env.stack.pop()
    frame = env.open_frame()
    frame.entered_event_id = env.entered_event_id
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = copy.deepcopy(env.stack)
    work = _Work(self, frame)
    finished = work.wait(seconds)
    if not finished:
        mute(frame)
    give_up(frame)
    frame.set_ended()
    env.close_frame(frame)
    if not finished:
        raise EvalTimeoutError
    result = work.result()
    env.stack.append(result)
    _shape(self, env, result)


class _Work:
    """The state's work in a thread, which a timeout leaves behind."""

    def __init__(self, state: Any, frame: Any) -> None:
        self._state, self._frame = state, frame
        self._error: Exception | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, daemon=True, name=f"state {state.name}").start()

    def _run(self) -> None:
        try:
            self._state._eval_execution(self._frame)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = error
        self._done.set()

    def wait(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def result(self) -> Any:
        """What the work left. Raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._frame.stack.pop()


def _shape(state: Any, env: Any, result: Any) -> None:
    """Make the attempt's output. Errors made here are the attempt's: Retry and Catch see them."""
    if not state._is_language_query_jsonpath():
        env.states.set_result(result)
    for part in (state.assign_decl, state.result_selector, state.result_path, state.output):
        if part is not None:
            part.eval(env=env)


def _leave(self: Any, env: Any) -> None:
    """A caught error and a JSONata Output have already set what the next state gets."""
    caught = isinstance(env.stack[-1], CatchOutcome)
    if not caught and self.output is None:
        CommonStateField._eval_state_output(self, env=env)


def _run_task(self: Any, env: Any) -> None:
    _until_done(self, env)


def _run_map(self: Any, env: Any) -> None:
    _until_done(self, env, failed=HistoryEventType.MapStateFailed)


def _run_parallel(self: Any, env: Any) -> None:
    _until_done(self, env, failed=HistoryEventType.ParallelStateFailed)


def _run_branches(self: Any, env: Any) -> None:
    """As moto's, with Arguments evaluated in the attempt: a Retry sees its count there, a Catch its errors."""
    if self.parargs is not None:
        self.parargs.eval(env=env)
    env.event_manager.add_event(context=env.event_history_context, event_type=HistoryEventType.ParallelStateStarted)
    self.branches.eval(env)
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ParallelStateSucceeded,
        update_source_event_id=False,
    )


def _until_done(state: Any, env: Any, *, failed: HistoryEventType | None = None) -> None:
    """Attempt until the work succeeds, is caught, or raises.

    failed: the event that says all attempts failed (tasks log each attempt's own error instead).
    """
    while env.is_running():
        base = len(env.stack)
        try:
            state._evaluate_with_timeout(env)
            return
        except Exception as error:  # noqa: BLE001 - any error is the state's, for its Retry and Catch
            if not env.is_running():
                return
            del env.stack[base:]
            event = state._from_error(env=env, ex=error)
            if not isinstance(error, FailureEventException):
                event.source_event_id = env.entered_event_id
        if failed is None:
            _log(env, event)
        if _handled(state, env, event, failed):
            return


def _log(env: Any, event: FailureEvent) -> None:
    if event.event_type is not HistoryEventType.EvaluationFailed:  # logged where it was evaluated
        env.event_manager.add_event(
            context=env.event_history_context, event_type=event.event_type, event_details=event.event_details
        )


def _handled(state: Any, env: Any, event: FailureEvent, failed: HistoryEventType | None) -> bool:
    """False: try again. True: caught. Raises the failure when neither Retry nor Catch takes it."""
    forget_assigned(env)
    env.states.set_error_output(_error_output(event))
    if state.retry and state._handle_retry(env=env, failure_event=event) is RetryOutcome.CanRetry:
        return False
    if failed is not None:
        env.event_manager.add_event(context=env.event_history_context, event_type=failed)
    if state.catch:
        state._handle_catch(env=env, failure_event=event)
        if env.stack[-1] is CatchOutcome.Caught:
            return True
    state._handle_uncaught(env=env, failure_event=event)
    raise AssertionError("unreachable: an uncaught failure raises")


def _error_output(event: Any) -> dict[str, str]:
    details: dict[str, str] = next(iter(event.event_details.values()))
    error, cause = details.get("error") or "", details.get("cause") or ""
    return {"Error": error, "Cause": located(event, error, cause)}


def install() -> None:
    """Replace moto's evaluation of a state."""
    replace_method(CommonStateField, "_eval_body", _visit)
    replace_method(ExecutionState, "_evaluate_with_timeout", _attempt)
    replace_method(ExecutionState, "_eval_state_output", _leave)
    replace_method(ExecutionState, "_eval_state", _run_task)
    replace_method(StateMap, "_eval_state", _run_map)
    replace_method(StateParallel, "_eval_state", _run_parallel)
    replace_method(StateParallel, "_eval_execution", _run_branches)
