"""Made-up executions: nested Parallels, run by a scheduler that draws who goes next, and what is true of them.

The scheduler knows when each state began and how it ended; it writes events as Step Functions does, chained by
`previousEventId`, and is the oracle for what can be read out of them.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.visits import Status

START = datetime(2026, 1, 1, tzinfo=UTC)
Events = list[dict[str, Any]]
Walk = Generator[None, None, int]
"""Yields after each event; returns the id of the one that the next state follows."""


@dataclass(frozen=True)
class Leaf:
    """A state that no other runs inside of.

    how: "pass", "task", "mended" (by a retry), "caught", "task fails", "fail".
    """

    how: str


@dataclass(frozen=True)
class Both:
    """A Parallel. retries: further attempts after one that failed; is_caught: whether it goes on after the last."""

    branches: tuple[Sequence[Leaf | Both], ...]
    retries: int
    is_caught: bool


@dataclass(eq=False)
class Truth:
    """What became of a state. latest: the id of the last event that it, or a state inside of it, has written."""

    name: str
    kind: str
    outer: Truth | None
    entered: datetime
    status: Status = "RUNNING"
    exited: datetime | None = None
    inner: list[Truth] = field(default_factory=list)
    latest: int = 0

    def end(self, at: datetime, status: Status) -> None:
        if self.exited is None:
            self.exited, self.status = at, status
            self.cut_off(at)

    def cut_off(self, at: datetime) -> None:
        """End what still runs inside of it."""
        for truth in self.inner:
            truth.end(at, "ABORTED")

    def row(self) -> tuple[str, str, str | None, Status, datetime, datetime | None]:
        assert self.outer is not None
        return self.name, self.kind, self.outer.name or None, self.status, self.entered, self.exited


class _Failed(Exception):
    """Something ran into an error that it does not handle itself."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth


class Made:
    """One execution, run to its end: `events`, and `truths` in the order the states were entered."""

    def __init__(self, states: Sequence[Leaf | Both], luck: random.Random) -> None:
        self._luck = luck
        self.events: Events = []
        self.truths: list[Truth] = []
        machine = Truth("", "", None, START)
        self._emit(machine, "ExecutionStarted", 0)
        walk = self._sequence(states, 0, machine, "S")
        try:
            while True:
                next(walk)
        except StopIteration as stop:
            self._emit(machine, "ExecutionSucceeded", stop.value)
        except _Failed as failed:
            self._emit(machine, "ExecutionFailed", machine.latest)
            failed.truth.end(self._now, "FAILED")

    @property
    def _now(self) -> datetime:
        return START + timedelta(seconds=len(self.events))

    def _emit(self, truth: Truth, kind: str, previous: int) -> int:
        event: dict[str, Any] = {"id": len(self.events) + 1, "previousEventId": previous, "type": kind}
        self.events.append(event)
        event["timestamp"] = self._now
        for suffix, key in (("Entered", "stateEnteredEventDetails"), ("Exited", "stateExitedEventDetails")):
            if kind.endswith(suffix):
                event[key] = {"name": truth.name}
        around: Truth | None = truth
        while around is not None:
            around.latest, around = len(self.events), around.outer
        return len(self.events)

    def _sequence(self, states: Sequence[Leaf | Both], previous: int, outer: Truth, name: str) -> Walk:
        for place, state in enumerate(states):
            named = f"{name}.{place}"
            if isinstance(state, Leaf):
                previous = yield from self._leaf(state, previous, outer, named)
            else:
                previous = yield from self._both(state, previous, outer, named)
        return previous

    def _enter(self, kind: str, previous: int, outer: Truth, name: str) -> tuple[int, Truth]:
        truth = Truth(name, kind, outer, START)
        event = self._emit(truth, f"{kind}StateEntered", previous)
        truth.entered = self._now
        outer.inner.append(truth)
        self.truths.append(truth)
        return event, truth

    def _leaf(self, leaf: Leaf, previous: int, outer: Truth, name: str) -> Walk:
        kind = {"pass": "Pass", "fail": "Fail"}.get(leaf.how, "Task")
        event, truth = self._enter(kind, previous, outer, name)
        if kind == "Fail":
            raise _Failed(truth)
        yield
        for outcome in _TRIES[leaf.how]:
            event = self._emit(truth, "TaskScheduled", event)
            yield
            event = self._emit(truth, outcome, event)
            if leaf.how == "task fails":
                raise _Failed(truth)
            yield
        event = self._emit(truth, f"{kind}StateExited", event)
        truth.end(self._now, "CAUGHT" if leaf.how == "caught" else "SUCCEEDED")
        yield
        return event

    def _both(self, both: Both, previous: int, outer: Truth, name: str) -> Walk:
        event, truth = self._enter("Parallel", previous, outer, name)  # and started: nothing can come between
        status: Status = "CAUGHT"
        for attempt in range(both.retries + 1):
            event = self._emit(truth, "ParallelStateStarted", event)
            yield
            branches = [
                self._sequence(states, event, truth, f"{name}{chr(ord('a') + number)}")
                for number, states in enumerate(both.branches)
            ]
            try:
                event = yield from self._side_by_side(branches)
            except _Failed as failed:
                # Whichever branch it is of, the latest event inside is the one that is followed.
                ended, event = START + timedelta(seconds=truth.latest), truth.latest
                if attempt == both.retries:
                    event = self._emit(truth, "ParallelStateFailed", event)
                    ended = self._now
                failed.truth.end(ended, "FAILED")
                truth.cut_off(ended)
                if attempt == both.retries and not both.is_caught:
                    raise _Failed(truth) from failed
            else:
                self._emit(truth, "ParallelStateSucceeded", event)
                yield
                status = "SUCCEEDED"
                break
        event = self._emit(truth, "ParallelStateExited", event)
        truth.end(self._now, status)
        yield
        return event

    def _side_by_side(self, branches: list[Walk]) -> Walk:
        ends: list[int] = []
        while branches:
            branch = self._luck.choice(branches)
            try:
                next(branch)
                yield
            except StopIteration as stop:
                ends.append(stop.value)
                branches.remove(branch)
        return max(ends)


_TRIES = {
    "pass": [],
    "task": ["TaskSucceeded"],
    "mended": ["TaskFailed", "TaskTimedOut", "TaskSucceeded"],
    "caught": ["TaskFailed", "TaskFailed"],
    "task fails": ["TaskFailed"],
}
