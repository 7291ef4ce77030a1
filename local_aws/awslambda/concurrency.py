"""How many invocations of each function run, and who waits for one of them to end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Throttled(Exception):
    """The function's reserved concurrency is in use."""


class Concurrency:
    """Counts by a function's unqualified ARN; thread-safe."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()

    def try_enter(self, arn: str, limit: int | None) -> bool:
        """Begin an invocation, unless `limit` of them run; whoever is let in leaves afterwards."""
        with self._changed:
            if limit is not None and self._running[arn] >= limit:
                return False
            self._running[arn] += 1
            return True

    def leave(self, arn: str) -> None:
        """An invocation has ended."""
        with self._changed:
            self._running[arn] -= 1
            self._changed.notify_all()

    def notify(self) -> None:
        """Something else that decides who may enter has changed: a limit, a deletion, a new arrival."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, attempt: Callable[[], T | None]) -> T:
        """Call `attempt`, now and after every change, until it returns something. It may enter and leave."""
        with self._changed:
            while (found := attempt()) is None:
                self._changed.wait()
            return found
