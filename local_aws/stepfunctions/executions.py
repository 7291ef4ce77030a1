"""One execution: its thread, its time limit, its end. Whatever ends it first ends it, at once and for good."""

from __future__ import annotations

import copy
import datetime
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType, StateMachineType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError
from moto.stepfunctions.parser.utils import TMP_THREADS

from local_aws.metrics import Metrics
from local_aws.stepfunctions import measures
from local_aws.stepfunctions.encoding import to_text
from local_aws.stepfunctions.failures import RUNTIME, TIMEOUT
from local_aws.stepfunctions.history import History
from local_aws.stepfunctions.logs import LogDelivery, group_arn
from local_aws.stepfunctions.timestamps import iso, now


@dataclass(frozen=True)
class Snapshot:
    """A state machine as it was when the execution started; later updates do not touch it."""

    arn: str
    name: str
    definition: str
    role_arn: str
    logging: dict[str, Any] | None


_EVENTS = {
    ExecutionStatus.SUCCEEDED: (HistoryEventType.ExecutionSucceeded, "executionSucceededEventDetails"),
    ExecutionStatus.FAILED: (HistoryEventType.ExecutionFailed, "executionFailedEventDetails"),
    ExecutionStatus.ABORTED: (HistoryEventType.ExecutionAborted, "executionAbortedEventDetails"),
    ExecutionStatus.TIMED_OUT: (HistoryEventType.ExecutionTimedOut, "executionTimedOutEventDetails"),
}


class Execution:
    """What the API answers about one execution. Attribute names are those moto's responses read."""

    def __init__(
        self,
        machine: Snapshot,
        program: Any,
        *,
        name: str,
        arn: str,
        input_text: str,
        account: str,
        region: str,
        metrics: Metrics,
        changed: Callable[[Execution], None],
    ) -> None:
        """changed: told of each status, the first one when the execution starts."""
        self.machine, self.name, self.execution_arn = machine, name, arn
        self.state_machine_arn, self.execution_input = machine.arn, input_text
        self.start_date = now()
        self.stop_date: datetime.datetime | None = None
        self.exec_status = ExecutionStatus.RUNNING
        self.output: str | None = None
        self.output_details = {"included": True}
        self.error: str | None = None
        self.cause: str | None = None
        self._program, self._metrics, self._region, self._changed = program, metrics, region, changed
        self._ending = threading.Lock()
        self._left = threading.Event()
        self._clock: threading.Timer | None = None
        self.env: Any = self._environment(account, region)

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, ABORTED or TIMED_OUT."""
        return str(self.exec_status.value)

    @property
    def exec_worker(self) -> Execution:
        """moto's callback and map-run actions look for `exec_worker.env`."""
        return self

    def start(self) -> None:
        """Run in a thread that ends with the process."""
        measures.started(self._metrics, self.machine.arn, region=self._region)
        self._changed(self)
        started = {
            "input": self.execution_input,
            "inputDetails": {"truncated": False},
            "roleArn": self.machine.role_arn,
        }
        self.env.event_manager.add_event(
            context=self.env.event_history_context,
            event_type=HistoryEventType.ExecutionStarted,
            event_details={"executionStartedEventDetails": started},
            update_source_event_id=False,
        )
        if self._program.timeout_seconds is not None:
            self._clock = threading.Timer(self._program.timeout_seconds.timeout_seconds, self._time_out)
            self._clock.daemon = True
            self._clock.start()
        threading.Thread(target=self._run, daemon=True, name=self.execution_arn).start()

    def stop(self, *, error: str | None, cause: str | None) -> None:
        """StopExecution: ABORTED at once; what still runs is told to stop and cannot report any more."""
        if self._end(ExecutionStatus.ABORTED, error=error, cause=cause):
            self.env.set_stop(stop_date=self.stop_date, cause=cause, error=error)

    def wait(self, limit_s: float) -> None:
        """Until no state runs any more, or the time is up: a function that was called is not interrupted."""
        self._left.wait(max(limit_s, 0))

    def history(self) -> list[dict[str, Any]]:
        """The events so far, oldest first."""
        return list(self.env.event_manager.get_event_history())

    def _environment(self, account: str, region: str) -> Any:
        machine = self.machine
        context = {
            "Execution": {
                "Id": self.execution_arn,
                "Input": json.loads(self.execution_input),
                "Name": self.name,
                "RoleArn": machine.role_arn,
                "StartTime": iso(self.start_date),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": machine.arn, "Name": machine.name},
        }
        env: Any = Environment(
            aws_execution_details=AWSExecutionDetails(account=account, region=region, role_arn=machine.role_arn),
            execution_type=StateMachineType.STANDARD,
            context=context,  # type: ignore[arg-type]
            event_history_context=EventHistoryContext.of_program_start(),
            cloud_watch_logging_session=None,
            activity_store={},
        )
        env.states.reset(copy.deepcopy(context["Execution"]["Input"]))
        logging = machine.logging
        is_logged = logging is not None and group_arn(logging) is not None
        log = LogDelivery(logging or {}, machine=machine.name, execution_arn=self.execution_arn) if is_logged else None
        env.event_manager = History(log)
        env.next_state_name = self._program.start_at.start_at_name
        return env

    def _run(self) -> None:
        env = self.env
        try:
            while env.is_running():
                self._program._get_state(env.next_state_name).eval(env)
                env.stack.clear()
                env.heap.clear()
        except FailureEventException as error:
            env.set_error(error.get_execution_failed_event_details())
        except Exception as error:  # noqa: BLE001 - an interpreter error is an execution that failed, not a lost thread
            env.set_error({"error": RUNTIME, "cause": f"{type(error).__name__}: {error}"})
        reached = env.program_state()
        if isinstance(reached, ProgramEnded):
            self._end(ExecutionStatus.SUCCEEDED, output=to_text(env.states.get_input()))
        elif isinstance(reached, ProgramError):
            failed = reached.error or {}
            self._end(ExecutionStatus.FAILED, error=failed.get("error"), cause=failed.get("cause"))
        self._left.set()
        TMP_THREADS.clear()  # moto keeps every thread it ever started

    def _time_out(self) -> None:
        if self._end(ExecutionStatus.TIMED_OUT):
            self.env.set_timed_out()

    def _end(
        self, status: ExecutionStatus, *, output: str | None = None, error: str | None = None, cause: str | None = None
    ) -> bool:
        """Whether this was the end; False when something else had ended it."""
        with self._ending:
            if self.exec_status is not ExecutionStatus.RUNNING:
                return False
            event_type, key = _EVENTS[status]
            body: dict[str, Any] = {"output": output, "outputDetails": {"truncated": False}} if output else {}
            body |= {name: text for name, text in (("error", error), ("cause", cause)) if text}
            if status is ExecutionStatus.TIMED_OUT:
                body = {"error": TIMEOUT}
            # As measured on AWS (floci issue 2965): these follow from no event, and only the event names the timeout.
            if status in {ExecutionStatus.ABORTED, ExecutionStatus.TIMED_OUT}:
                self.env.event_history_context.source_event_id = 0
            self.env.event_manager.close(self.env.event_history_context, event_type, {key: body})
            self.output, self.error, self.cause, self.stop_date = output, error or None, cause or None, now()
            self.exec_status = status
        if self._clock is not None:
            self._clock.cancel()
        took_s = (self.stop_date - self.start_date).total_seconds()
        measures.ended(self._metrics, self.machine.arn, status.value, took_s=took_s, region=self._region)
        self._changed(self)
        return True
