"""Event by event, an execution's history → the states it went through, overlapping ones too.

Branches of a Parallel and iterations of a Map write their events into one list, in whatever order they happen. An event
belongs to the state that the event before it in its own branch belongs to: `previousEventId` names that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from runner.visits import COMPOSITE, Event, Status, Visit

_OF_STATE = re.compile(r"(?P<kind>[A-Z][a-z]+)State(?P<what>Entered|Started|Succeeded|Failed|Aborted|Exited)")
_ENDS: Mapping[str, Status] = {
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


@dataclass(eq=False)
class _Scope:
    """What states run inside of: the state machine itself, or a stay in a Parallel or Map."""

    inner: list[_Stay] = field(default_factory=list)
    has_failed: bool = False


@dataclass(eq=False)
class _Stay(_Scope):
    """A visit as far as it is known.

    touched: how many events there were when it last had one. phase: of a Parallel or Map, the last of Entered, Started
    and Failed.
    """

    visit: Visit = field(kw_only=True)
    outer: _Scope = field(kw_only=True)
    iteration: int | None = field(kw_only=True)
    touched: int = field(kw_only=True)
    phase: str = "Entered"
    has_erred: bool = False

    @property
    def is_open(self) -> bool:
        return self.visit.exited is None

    @property
    def fails(self) -> bool:
        return self.visit.kind == "Fail"

    @property
    def is_failing(self) -> bool:
        """Whether it ended in an error, as far as is known: another try or the end may follow."""
        return self.has_erred or self.has_failed or self.fails

    @property
    def may_fail(self) -> bool:
        """Whether there is an error, its own or of a state inside, that would fail this Parallel or Map."""
        return self.is_failing or any(stay.is_open and stay.is_failing for stay in self.inner)


class _Place(NamedTuple):
    """Where an execution, or a branch of it, stands after an event."""

    scope: _Scope
    iteration: int | None
    at: datetime


class Visits:
    """The visits of an execution whose events are taken in one after the other.

    An event that names no event before it, or one that was never seen, is taken to follow the one taken in before.
    """

    def __init__(self) -> None:
        self._machine = _Scope()
        self._stays: list[_Stay] = []
        self._places: dict[int, _Place] = {}
        self._latest: _Place | None = None
        self._events = 0
        self._changed: list[Visit] = []

    @property
    def seen(self) -> list[Visit]:
        """In the order they were entered."""
        return [stay.visit for stay in self._stays]

    @property
    def current(self) -> Visit | None:
        """The visit that the event taken in last belongs to."""
        scope = self._latest.scope if self._latest else None
        return scope.visit if isinstance(scope, _Stay) else None

    def take(self, event: Event) -> list[Visit]:
        """The visits that began or ended with the event, those inside of others before these."""
        self._changed, self._events = [], self._events + 1
        if self._latest is None:
            # The first two events of an execution both follow event 0 (recorded from AWS in LocalStack's snapshots).
            self._latest = self._places[0] = _Place(self._machine, None, event["timestamp"])
        before = self._places.get(event.get("previousEventId", -1), self._latest)
        place = self._latest = self._take(event, before)
        if "id" in event:
            self._places[event["id"]] = place
        for stay in _outward(place.scope):
            stay.touched = self._events
        return self._changed

    def _take(self, event: Event, before: _Place) -> _Place:
        kind, at = event["type"], event["timestamp"]
        if of_state := _OF_STATE.fullmatch(kind):
            return self._take_of_state(event, before, **of_state.groupdict())
        if kind.startswith("MapIteration"):
            return self._take_of_iteration(event, before)
        if kind.startswith("Execution"):
            if kind in _ENDS:
                self._end_inside(self._machine, at, _ENDS[kind])
                for stay in self._stays:  # that was entered inside of something that had just ended
                    self._end(stay, at, "ABORTED")
            return _Place(self._machine, None, at)
        if isinstance(before.scope, _Stay):
            if kind.endswith(("Failed", "TimedOut")):
                before.scope.has_erred = True
            elif kind.endswith(("Succeeded", "Scheduled")):  # another try
                before.scope.has_erred = False
        return before._replace(at=at)

    def _take_of_state(self, event: Event, before: _Place, *, kind: str, what: str) -> _Place:
        at = event["timestamp"]
        if what == "Entered":
            return _Place(self._enter(event, before, kind), None, at)
        if what == "Exited":
            stay = self._named(event["stateExitedEventDetails"]["name"], before)
        else:
            stay = _of_kind(kind, what, before)
        if stay is None:
            return before._replace(at=at)
        if what in ("Exited", "Aborted"):
            ended: Status = "CAUGHT" if stay.has_erred else "SUCCEEDED"
            self._end(stay, at, ended if what == "Exited" else "ABORTED")
            return _Place(stay.outer, stay.iteration, at)
        if what == "Started":  # once more, after an attempt that failed without an event of its own
            self._end_inside(stay, before.at, "FAILED")
            stay.phase, stay.has_erred, stay.has_failed = what, False, False
        elif what == "Failed":
            stay.phase, stay.has_erred = what, True
            self._end_inside(stay, at, "FAILED")
        return _Place(stay, None, at)

    def _take_of_iteration(self, event: Event, before: _Place) -> _Place:
        kind, at = event["type"], event["timestamp"]
        details = event[f"{kind[0].lower()}{kind[1:]}EventDetails"]
        stay = self._named(details["name"], before)
        if stay is None:
            return before._replace(at=at)
        if kind.endswith(("Failed", "Aborted")):
            status: Status = "FAILED" if kind.endswith("Failed") else "ABORTED"
            self._end_inside(stay, at, status, iteration=details["index"])
        return _Place(stay, details["index"], at)

    def _enter(self, event: Event, before: _Place, kind: str) -> _Stay:
        outer, iteration = before.scope, before.iteration
        if isinstance(outer, _Stay) and outer.visit.kind not in COMPOSITE:  # the chain is broken
            iteration, outer = outer.iteration, outer.outer
        visit = Visit(
            name=event["stateEnteredEventDetails"]["name"],
            kind=kind,
            entered=event["timestamp"],
            within=outer.visit.name if isinstance(outer, _Stay) else None,
            number=len(self._stays),
        )
        stay = _Stay(visit=visit, outer=outer, iteration=iteration, touched=self._events)
        outer.inner.append(stay)
        self._stays.append(stay)
        self._changed.append(visit)
        return stay

    def _named(self, name: str, before: _Place) -> _Stay | None:
        """The stay in the state of that name that the chain is in; where the chain is broken, the latest there is."""
        around = [stay for stay in _outward(before.scope) if stay.visit.name == name]
        latest = [stay for stay in reversed(self._stays) if stay.visit.name == name and stay.is_open]
        return next(iter(around + latest), self._stays[-1] if self._stays else None)

    def _end(self, stay: _Stay, at: datetime, status: Status) -> None:
        if not stay.is_open:
            return
        self._end_inside(stay, at, status)
        stay.visit = replace(stay.visit, exited=max(at, stay.visit.entered), status=status)
        self._changed.append(stay.visit)

    def _end_inside(self, scope: _Scope, at: datetime, status: Status, *, iteration: int | None = None) -> None:
        """End what still runs inside of what ended with that status.

        Of what a failure ends one state is the one that failed, unless that has ended already: the one with an error of
        its own, else the one that something happened in last. A Fail has failed all the same.
        """
        running = [stay for stay in scope.inner if stay.is_open and iteration in (None, stay.iteration)]
        if status in ("FAILED", "CAUGHT") and running and (iteration is not None or not scope.has_failed):
            scope.has_failed = True
            self._end(max(running, key=lambda stay: (stay.is_failing, stay.touched)), at, "FAILED")
        for stay in running:
            self._end(stay, at, "FAILED" if stay.fails else "TIMED_OUT" if status == "TIMED_OUT" else "ABORTED")


def _outward(scope: _Scope) -> Iterator[_Stay]:
    while isinstance(scope, _Stay):
        yield scope
        scope = scope.outer


def _of_kind(kind: str, what: str, before: _Place) -> _Stay | None:
    """The stay in a state of that kind that an event which names no state belongs to.

    A failure's event may follow one of another branch, deeper inside: local_aws and LocalStack name the latest of all.
    """
    around = [stay for stay in _outward(before.scope) if stay.visit.kind == kind]
    if what != "Aborted":  # which may come late, when what it is inside of has ended
        around = [stay for stay in around if stay.is_open]
    if what in ("Failed", "Started"):
        around = [stay for stay in around if stay.phase != "Failed"]
        if what == "Failed" or (around and around[0].phase == "Started"):
            around = [stay for stay in around if stay.may_fail] or around
    return next(iter(around), None)
