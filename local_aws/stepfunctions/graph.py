"""Where the states of a definition lead: to states that exist, from the first to all the others, and to an end.

The words are those of CreateStateMachine's answers in the account that they were seen in: a missing target is always a
'Next' target, only the whole machine needs a terminal state, and without one nobody is told what is not reachable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ENDS = frozenset({"Fail", "Succeed"})
States = Mapping[str, Mapping[str, Any]]


def problems(machine: Mapping[str, Any], at: str, *, needs_end: bool) -> Iterator[str]:
    """What is wrong with the transitions of one machine, those inside its states apart; `at` is where it stands."""
    states: States = {name: state for name, state in machine["States"].items() if isinstance(state, dict)}
    start = machine.get("StartAt")
    if not _is_in(states, start):
        yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {start} at {at}/StartAt"
    for name, state in states.items():
        for where, target in targets(state, f"{at}/States/{name}"):
            if not _is_in(states, target):
                yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {where}"
    if needs_end and not any(state.get("Type") in _ENDS or state.get("End") for state in states.values()):
        yield "MISSING_END_STATE: Workflow has no terminal state at null"
        return
    for name in _unreachable(states, start):
        yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {at}/States/{name}'


def targets(state: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    """Every transition out of a state: where it stands, and what it names."""
    for field in ("Next", "Default"):
        if field in state:
            yield f"{at}/{field}", state[field]
    for field in ("Catch", "Choices"):
        for index, rule in enumerate(state.get(field) or []):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"{at}/{field}[{index}]/Next", rule["Next"]


def inner_machines(state: Mapping[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The machines inside a Map or a Parallel, and where they stand."""
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield f"{at}/{field}", state[field]
    for index, branch in enumerate(state.get("Branches") or []):
        if isinstance(branch, dict):
            yield f"{at}/Branches[{index}]", branch


def _unreachable(states: States, start: Any) -> list[str]:
    """Of the states that the walk from `start` does not come to, those that nothing leads to, as AWS names them.

    A closed loop apart from the rest has none such, and is named whole.
    """
    ways = {
        name: [target for _, target in targets(state, "") if _is_in(states, target)] for name, state in states.items()
    }
    reached: set[str] = set()
    waiting = [start] if _is_in(states, start) else []
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += ways[name]
    missed = [name for name in states if name not in reached]
    led_to = {target for found in ways.values() for target in found}
    return [name for name in missed if name not in led_to] or missed


def _is_in(states: States, target: Any) -> bool:
    return isinstance(target, str) and target in states
