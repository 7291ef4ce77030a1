"""Asynchronous invocations: accepted at once, run when the function has room."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

from local_aws.awslambda.concurrency import Concurrency
from local_aws.awslambda.deployment import Deployment, Invocation
from local_aws.awslambda.pool import Pool

MAX_RUNNING = 16
"""Events that run at the same time, over all functions: each is a process of its own."""

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


class EventQueue:
    """Events of all functions, each function's in the order they came. An event for a deleted function is dropped."""

    def __init__(self, pool: Pool, *, max_running: int = MAX_RUNNING) -> None:
        self._pool, self._max_running = pool, max_running
        self._concurrency: Concurrency = pool.concurrency
        self._lock = threading.RLock()
        self._waiting: dict[str, deque[tuple[Invocable, Invocation]]] = {}
        self._threads = 0

    def send(self, function: Invocable, event: Invocation) -> None:
        """Have the function run with the event some time soon."""
        with self._lock:
            self._waiting.setdefault(function.deployment().arn, deque()).append((function, event))
            if self._threads < self._max_running:
                self._threads += 1
                threading.Thread(target=self._run_for_ever, name="lambda-event", daemon=True).start()
        self._concurrency.notify()

    def _run_for_ever(self) -> None:
        while True:
            arn, function, event = self._concurrency.wait_for(self._take)
            try:
                self._pool.run(function.deployment(), event)
            except Exception:  # noqa: BLE001 - a thread has no caller, and the next event is none the worse
                _log.exception("event %s of %s", event.request_id, arn)
            finally:
                self._concurrency.leave(arn)

    def _take(self) -> tuple[str, Invocable, Invocation] | None:
        """Enter the first event that has room, if there is one."""
        with self._lock:
            for arn in list(self._waiting):
                waiting = self._waiting.pop(arn)
                taken = self._take_of(arn, waiting)
                if waiting:
                    # At the end: the other functions come first next time.
                    self._waiting[arn] = waiting
                if taken is not None:
                    return arn, *taken
        return None

    def _take_of(self, arn: str, waiting: deque[tuple[Invocable, Invocation]]) -> tuple[Invocable, Invocation] | None:
        while waiting:
            function, event = waiting[0]
            current = function.current()
            if current is not None and not self._concurrency.try_enter(arn, current.limit):
                return None
            waiting.popleft()
            if current is not None:
                return current, event
        return None
