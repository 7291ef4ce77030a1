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
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)(?!\w)(?!\s*\()")


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A way from one state to the next, and the variables that are assigned on it."""

    source: str
    target: str
    assigns: frozenset[str]
    condition: str = ""
    is_catch: bool = False


def definition(template: Json) -> Json:
    """The definition in a pipeline template, tokens as `${LogicalId.Attribute}`."""
    (properties,) = resources(template, "AWS::StepFunctions::StateMachine").values()
    parsed: Json = json.loads(properties["DefinitionString"])
    return parsed


def edges(states: Mapping[str, Json]) -> list[Edge]:
    """Every way out of every state. A caught error takes the catcher's assignments and not the state's own."""
    return [edge for name, state in states.items() for edge in _out_of(name, state)]


def _out_of(name: str, state: Json) -> Iterator[Edge]:
    own = frozenset(state.get("Assign", {}))
    for key in ("Next", "Default"):
        if key in state:
            yield Edge(source=name, target=state[key], assigns=own)
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


def read_by(state: Json) -> set[str]:
    """Variables that any expression of the state reads."""
    return {name for expression in expressions(state) for name in variables(expression)}


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
    return set(_VARIABLE.findall(code)) - set(_BOUND.findall(code)) - {"states"}
