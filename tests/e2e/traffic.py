"""Callers who ask the endpoint so many times a second, whatever happens to it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType

from botocore.exceptions import ClientError

from tests.e2e.conftest import DEADLINE_S, Cloud


@dataclass(frozen=True)
class Failure:
    """A request that was not answered. at: on the clock that never goes back, seconds."""

    at: float
    code: str
    said: str


class Callers:
    """Two threads take turns, each at its own moments, so that a slow answer does not end the asking."""

    def __init__(self, cloud: Cloud, *, per_s: float) -> None:
        self.answered_at: list[float] = []
        self.failures: list[Failure] = []
        self._cloud, self._pause_s = cloud, 2 / per_s
        self._began, self._stop = time.monotonic(), threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(shift / per_s,)) for shift in range(2)]

    @property
    def seconds(self) -> float:
        """Since they began."""
        return time.monotonic() - self._began

    def await_answers(self, count: int) -> None:
        """Until so many more requests were answered."""
        wanted, deadline = len(self.answered_at) + count, time.monotonic() + DEADLINE_S
        while len(self.answered_at) < wanted:
            assert time.monotonic() < deadline, self.failures[-1:]
            time.sleep(0.05)

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, shift_s: float) -> None:
        due = time.monotonic() + shift_s
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += self._pause_s
            try:
                self._cloud.invoke()
            except ClientError as error:
                refusal = error.response["Error"]
                self.failures.append(Failure(time.monotonic(), refusal["Code"], refusal["Message"]))
            else:
                self.answered_at.append(time.monotonic())
