"""An execution's event history → what it went through, where it failed, what it remembers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from runner.chain import Visits
from runner.visits import Event, Status, Visit

__all__ = ["Event", "Status", "Visit", "failed_state", "remembered", "visits"]


def visits(events: Iterable[Event]) -> list[Visit]:
    """The states in the order they were entered. Those of branches and iterations overlap."""
    taken = Visits()
    for event in events:
        taken.take(event)
    return taken.seen


def failed_state(seen: Iterable[Visit], cause: str) -> str | None:
    """The state an execution failed in: the one its cause begins with, as this machine's causes do, else the last.

    Of a Parallel or Map it is the state inside: the one the cause goes on with, else the one that ended as it did.
    """
    entered = list(seen)
    if not entered:
        return None
    told = None
    among: list[Visit] = entered
    while (deeper := _named(among, cause)) is not None:
        told, cause = deeper, cause.removeprefix(f"{deeper.name}: ")
        among = _inside(entered, told)
    last = [visit for visit in entered if visit.within is None][-1]
    return _innermost(entered, told or last).name


def remembered(events: Iterable[Event]) -> dict[str, Any]:
    """The variables of the state machine as they were last assigned, and those of its branches and iterations.

    These are gone when their Parallel or Map ends, so a variable of the same name outside is the one that is meant.
    """
    history = list(events)
    within = {visit.name: visit.within for visit in visits(history)}
    by_depth: dict[int, dict[str, Any]] = {}
    for event in history:
        details = event.get("stateExitedEventDetails", {})
        if assigned := details.get("assignedVariables"):
            values = {name: json.loads(value) for name, value in assigned.items()}
            by_depth.setdefault(_depth(details["name"], within), {}).update(values)
    return {name: value for depth in sorted(by_depth, reverse=True) for name, value in by_depth[depth].items()}


def _named(among: Iterable[Visit], cause: str) -> Visit | None:
    """The latest visit of the state that the cause begins with, of two such names the longer one."""
    named = [visit for visit in among if cause.startswith(f"{visit.name}: ")]
    return max(reversed(named), key=lambda visit: len(visit.name), default=None)


def _inside(entered: list[Visit], outer: Visit) -> list[Visit]:
    """What was entered inside of a Parallel or Map, at any depth. A state's name says which one it is in."""
    names, found = {outer.name}, []
    for visit in entered[entered.index(outer) + 1 :]:
        if visit.within in names:
            names.add(visit.name)
            found.append(visit)
    return found


def _innermost(entered: list[Visit], visit: Visit) -> Visit:
    ended: Status = "FAILED" if visit.status == "CAUGHT" else visit.status
    inside = [inner for inner in _inside(entered, visit) if inner.within == visit.name and inner.status == ended]
    return _innermost(entered, inside[-1]) if inside and ended != "SUCCEEDED" else visit


def _depth(name: str, within: Mapping[str, str | None]) -> int:
    outer = within.get(name)
    return 0 if outer is None else 1 + _depth(outer, within)
