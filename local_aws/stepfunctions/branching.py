"""Choice and Wait."""

from __future__ import annotations

import time
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from local_aws.stepfunctions.failures import failure
from local_aws.stepfunctions.replacing import replace_method
from local_aws.stepfunctions.timestamps import moment_of, now

NO_CHOICE_MATCHED = "States.NoChoiceMatched"
# The cause AWS gives for it.
_NO_NEXT_STATE = "Failed to transition out of the state. The state does not point to a next state."


def _choose(self: Any, env: Any) -> None:
    """The first rule that holds, else Default, each with its own Assign and Output.

    moto takes the Default's also for a rule that leads to the same state, and evaluates a rule's with the test's answer
    for input.
    """
    for rule in self.choices_decl.rules:
        rule.comparison.eval(env)
        if env.stack.pop() is True:
            _leave(env, rule.assign, rule.output, rule.next_stmt.name)
            return
    if self.default_state is None:
        raise failure(env, error=NO_CHOICE_MATCHED, cause=_NO_NEXT_STATE, event_type=HistoryEventType.ExecutionFailed)
    _leave(env, self.assign_decl, self.output, self.default_state.state_name)


def _leave(env: Any, assign: Any, output: Any, next_name: str) -> None:
    for part in (assign, output):
        if part is not None:
            part.eval(env=env)
    env.stack.append(next_name)


def _go(self: Any, env: Any) -> None:
    next_name = env.stack.pop()
    if self._is_language_query_jsonpath():
        self.output_path.eval(env=env)
    env.next_state_name = next_name


def _wait(self: Any, env: Any, wait_seconds: float) -> None:
    """Until the time is up or the execution has ended; moto counts whole seconds and may wait one twice."""
    deadline = time.monotonic() + wait_seconds
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        env.program_state_event.wait(left)


def _seconds_until(self: Any, env: Any) -> float:
    """moto compares UTC with the machine's local time."""
    self.string.eval(env=env)
    text = env.stack.pop()
    moment = moment_of(text)
    if moment is None:
        raise FailureEventException(self._create_failure_event(env, text))
    return (moment - now()).total_seconds()


def install() -> None:
    """Replace moto's."""
    replace_method(StateChoice, "_eval_state", _choose)
    replace_method(StateChoice, "_eval_state_output", _go)
    replace_method(WaitFunction, "_wait_interval", _wait)
    replace_method(Timestamp, "_from_timestamp_string", staticmethod(moment_of))
    replace_method(Timestamp, "_get_wait_seconds", _seconds_until)
