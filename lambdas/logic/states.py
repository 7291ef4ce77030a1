"""An execution's event history → when each state was entered and left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ENTERED, _EXITED = "StateEntered", "StateExited"
_FAILED = ("Failed", "TimedOut", "Aborted")


def states_of(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`name`, `entered` (ISO 8601), `seconds`, `status` of each stay in a state, in the order they were entered.

    `seconds` is None and `status` RUNNING for a state that has not been left; CAUGHT is one that was left by an error
    that the machine handles. States of parallel branches overlap, and are told apart by their names.
    """
    stays: list[dict[str, Any]] = []
    running: dict[str, list[tuple[dict[str, Any], Any]]] = {}
    types: dict[int, str] = {}
    for event in events:
        kind, at = event["type"], event["timestamp"]
        types[event["id"]] = kind
        if kind.endswith(_ENTERED):
            stay = {
                "name": event["stateEnteredEventDetails"]["name"],
                "entered": at.isoformat(),
                "seconds": None,
                "status": "RUNNING",
            }
            stays.append(stay)
            running.setdefault(stay["name"], []).append((stay, at))
        elif kind.endswith(_EXITED):
            stay, entered = running[event["stateExitedEventDetails"]["name"]].pop(0)
            is_caught = types.get(event.get("previousEventId", 0), "").endswith(_FAILED)
            stay["seconds"] = round((at - entered).total_seconds(), 3)
            stay["status"] = "CAUGHT" if is_caught else "SUCCEEDED"
    return stays
