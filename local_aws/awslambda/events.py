"""Asynchronous invocations: accepted at once, run when the function has room, and again when it failed.

Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from local_aws.awslambda.concurrency import Concurrency
from local_aws.awslambda.deployment import Deployment, Invocation, Outcome
from local_aws.awslambda.pool import Pool
from local_aws.events.timetable import Timetable
from local_aws.pace import paced

MAX_RUNNING = 16
"""Events that run at the same time, over all functions: each is a process of its own."""

RETRY_AFTER_S = (60, 120)
"""On AWS, before the second and before the third try."""

_log = logging.getLogger(__name__)


class Invocable(Protocol):
    """What is needed of a function of the API."""

    function_arn: str

    @property
    def limit(self) -> int | None:
        """How many of the function, whichever version, may run at once as it is configured now."""

    def current(self) -> Invocable | None:
        """The same version as it is configured now; None once it is deleted."""

    def deployment(self) -> Deployment:
        """What is to run."""


@dataclass(frozen=True)
class _Event:
    function: Invocable
    invocation: Invocation
    failures: int = 0
    """How often the function has failed with it."""


class EventQueue:
    """Events of all functions, each function's in the order they came. An event for a deleted function is dropped."""

    def __init__(
        self,
        pool: Pool,
        *,
        timetable: Timetable,
        given_up: Callable[[Deployment, Invocation, Outcome], None],
        max_running: int = MAX_RUNNING,
    ) -> None:
        """timetable: calls for the next try; given_up: takes what there is no other try of."""
        self._pool, self._max_running = pool, max_running
        self._timetable, self._given_up = timetable, given_up
        self._concurrency: Concurrency = pool.concurrency
        self._lock = threading.RLock()
        self._waiting: dict[str, deque[_Event]] = {}
        self._threads = 0

    def send(self, function: Invocable, event: Invocation) -> None:
        """Have the function run with the event some time soon."""
        self._put(_Event(function, event))

    def _put(self, event: _Event) -> None:
        with self._lock:
            self._waiting.setdefault(event.function.deployment().arn, deque()).append(event)
            if self._threads < self._max_running:
                self._threads += 1
                threading.Thread(target=self._run_for_ever, name="lambda-event", daemon=True).start()
        self._concurrency.notify()

    def _run_for_ever(self) -> None:
        while True:
            arn, event = self._concurrency.wait_for(self._take)
            try:
                self._run(event)
            except Exception:  # noqa: BLE001 - a thread has no caller, and the next event is none the worse
                _log.exception("event %s of %s", event.invocation.request_id, arn)
            finally:
                self._concurrency.leave(arn)

    def _run(self, event: _Event) -> None:
        deployment = event.function.deployment()
        outcome = self._pool.run(deployment, event.invocation)
        if outcome.error is None:
            return
        if event.failures == len(RETRY_AFTER_S):
            self._given_up(deployment, event.invocation, outcome)
            return
        due = datetime.now(UTC) + timedelta(seconds=paced(RETRY_AFTER_S[event.failures]))
        again = replace(event, failures=event.failures + 1)
        self._timetable.put((event.invocation.request_id, again.failures), iter([due]), lambda _: self._put(again))

    def _take(self) -> tuple[str, _Event] | None:
        """Enter the first event that has room, if there is one."""
        with self._lock:
            for arn in list(self._waiting):
                waiting = self._waiting.pop(arn)
                taken = self._take_of(arn, waiting)
                if waiting:
                    # At the end: the other functions come first next time.
                    self._waiting[arn] = waiting
                if taken is not None:
                    return arn, taken
        return None

    def _take_of(self, arn: str, waiting: deque[_Event]) -> _Event | None:
        while waiting:
            event = waiting[0]
            current = event.function.current()
            if current is not None and not self._concurrency.try_enter(arn, current.limit):
                return None
            waiting.popleft()
            if current is not None:
                return replace(event, function=current)
        return None
