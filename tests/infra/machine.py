"""The state machine's definition as a graph, and which variables are certain to be assigned where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.infra.rendering import Json, resources

CLEAN_UP = "Clean Up"

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_BOUND = re.compile(r"\$(\w+)\s*:=")
_PARAMETERS = re.compile(r"\bfunction\s*\(([^)]*)\)")
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)(?!\w)(?!\s*\()")


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A way from one state to the next, and the variables that are assigned on it."""

    source: str
    target: str
    assigns: frozenset[str]
    condition: str = ""
    is_catch: bool = False


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A machine, or one of those within a Parallel or a Map: what its states assign is known in it and within.

    kind, owner: type and name of the state it belongs to, empty for the whole.
    """

    kind: str
    owner: str
    states: Mapping[str, Json]
    around: Scope | None = None

    def assigned(self) -> set[str]:
        """The variables that its own states assign."""
        return {name for state in self.states.values() for name in assigned_by(state)}

    def known(self) -> set[str]:
        """Those and the variables of every scope around it."""
        return self.assigned() | (self.around.known() if self.around else set())


def definition(template: Json) -> Json:
    """The definition in a pipeline template, tokens as `${LogicalId.Attribute}`."""
    (properties,) = resources(template, "AWS::StepFunctions::StateMachine").values()
    parsed: Json = json.loads(properties["DefinitionString"])
    return parsed


def flat(machine: Json) -> Json:
    """The machine with the states of branches and iterations beside all others, which their `Starts` leads to."""
    return {**machine, "States": dict(_flattened(machine["States"]))}


def _flattened(states: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for name, state in states.items():
        inner = inner_machines(state)
        rest = without_inner(state)
        yield name, {**rest, "Starts": [machine["StartAt"] for machine in inner]} if inner else rest
        for one in inner:
            yield from _flattened(one["States"])


def scopes(machine: Json) -> list[Scope]:
    """The whole, then those within, each after the one around it."""
    return list(_scopes(Scope(kind="", owner="", states=machine["States"])))


def _scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for name, state in scope.states.items():
        for inner in inner_machines(state):
            yield from _scopes(Scope(kind=state["Type"], owner=name, states=inner["States"], around=scope))


def inner_machines(state: Json) -> list[Json]:
    """The branches of a Parallel, the one machine of a Map."""
    return [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]


def without_inner(state: Json) -> Json:
    """The state itself."""
    return {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor")}


def edges(states: Mapping[str, Json]) -> list[Edge]:
    """Every way out of every state. A caught error takes the catcher's assignments and not the state's own."""
    return [edge for name, state in states.items() for edge in _out_of(name, state)]


def _out_of(name: str, state: Json) -> Iterator[Edge]:
    own = frozenset(state.get("Assign", {}))
    for key in ("Next", "Default"):
        if key in state:
            yield Edge(source=name, target=state[key], assigns=own)
    for start in state.get("Starts", []):
        yield Edge(source=name, target=start, assigns=frozenset())
    for rule in state.get("Choices", []):
        assigns = frozenset(rule.get("Assign", {}))
        yield Edge(source=name, target=rule["Next"], assigns=assigns, condition=rule["Condition"])
    for catcher in state.get("Catch", []):
        yield Edge(source=name, target=catcher["Next"], assigns=frozenset(catcher.get("Assign", {})), is_catch=True)


def reachable(ways: Iterable[Edge], start: str) -> set[str]:
    """`start` and every state that some way leads to from there."""
    ways = list(ways)
    found, queue = {start}, [start]
    while queue:
        here = queue.pop()
        fresh = {way.target for way in ways if way.source == here} - found
        found |= fresh
        queue += fresh
    return found


def certainly_assigned(machine: Json) -> dict[str, frozenset[str]]:
    """For each reachable state, the variables that every path from the start has assigned on arrival.

    Forward data flow: the intersection over all ways in, repeated until nothing changes.
    """
    ways, start = edges(machine["States"]), machine["StartAt"]
    arriving: dict[str, frozenset[str]] = {start: frozenset()}
    queue = [start]
    while queue:
        here = queue.pop()
        for way in (way for way in ways if way.source == here):
            brought = arriving[here] | way.assigns
            known = arriving.get(way.target)
            merged = brought if known is None else known & brought
            if merged != known:
                arriving[way.target] = merged
                queue.append(way.target)
    return arriving


def unassigned(machine: Json) -> dict[str, set[str]]:
    """Variables that a state reads although some path to it assigns them nowhere; states without any are left out."""
    arriving = certainly_assigned(machine)
    missing = {name: read_by(machine["States"][name]) - known for name, known in arriving.items()}
    return {name: names for name, names in missing.items() if names}


def assigned_by(state: Json) -> set[str]:
    """Variables that the state, one of its rules or one of its catchers assigns."""
    assigners = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {name for assigner in assigners for name in assigner.get("Assign", {})}


def read_by(state: Json) -> set[str]:
    """Variables that any expression of the state reads, without the states within it."""
    return {name for expression in expressions(without_inner(state)) for name in variables(expression)}


def expressions(value: Any) -> Iterator[str]:
    """Every JSONata expression in a state, without its delimiters."""
    match value:
        case str() if value.startswith("{%") and value.endswith("%}"):
            yield value[2:-2].strip()
        case dict():
            for item in value.values():
                yield from expressions(item)
        case list():
            for item in value:
                yield from expressions(item)


def variables(expression: str) -> set[str]:
    """Names of the variables that an expression reads: not `$states`, functions, or what it binds itself."""
    code = _STRING.sub("''", expression)
    parameters = {name for listed in _PARAMETERS.findall(code) for name in _VARIABLE.findall(listed)}
    return set(_VARIABLE.findall(code)) - set(_BOUND.findall(code)) - parameters - {"states"}
