"""Payload templates and expressions, as far as they can be judged before they are evaluated.

The words are CreateStateMachine's where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Found = tuple[str, str]
"""A string, or what is wrong with it, and where it stands."""
_PATH_OR_CALL = re.compile(r"\$|States\.[A-Za-z0-9]+\(")
_JSONPATH_TEMPLATES = ("Assign", "ItemSelector", "Parameters", "ResultSelector")
_OF_STATES = (
    *("Arguments", "Assign", "Cause", "Error", "HeartbeatSeconds", "Items", "ItemSelector", "MaxConcurrency"),
    *("Output", "Seconds", "TimeoutSeconds", "Timestamp"),
)
_OF_RULES = ("Assign", "Condition", "Output")
_TEXT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
_RESERVED = re.compile(r"\$states\s*\.\s*(result|errorOutput)\b")
# "Passing data between states with variables": results are those of these states, an error output is its catcher's, and
# reading either elsewhere "will be caught at creation", in the words that floci issue 2745 and sst issue 6110 quote.
_WITH_RESULT = frozenset({"Map", "Parallel", "Task"})
_READS = {"result": re.compile(r"(Assign|Output)\b.*"), "errorOutput": re.compile(r"Catch\[\d+\]/(Assign|Output)\b.*")}
# Same page: Unicode identifiers of at most 80 characters.
_MAX_NAME = 80


def problems(state: Mapping[str, Any], at: str, *, language: str) -> Iterator[str]:
    """What is wrong with a state's templates, each with its code and where it is."""
    for place, name in _assigned(state):
        if not name.isidentifier() or len(name) > _MAX_NAME or name == "states":
            yield f"SCHEMA_VALIDATION_FAILED: Invalid variable name: '{name}' at {at}/{place}"
    if language == "JSONata":
        yield from _jsonata(state, at)
    else:
        for field in _JSONPATH_TEMPLATES:
            for place, problem in _paths(state.get(field), f"{at}/{field}"):
                yield f"SCHEMA_VALIDATION_FAILED: {problem} at {place}"


def _assigned(state: Mapping[str, Any]) -> Iterator[Found]:
    for place, value in _fields(state, ("Assign",), ("Assign",)):
        if isinstance(value, dict):
            yield from ((place, name.removesuffix(".$")) for name in value)


def _paths(template: Any, at: str) -> Iterator[Found]:
    for place, value in _members(template, at):
        if place.endswith(".$") and not (isinstance(value, str) and _PATH_OR_CALL.match(value)):
            name = place.rpartition("/")[2]
            yield place, f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
        yield from _paths(value, place)


def _jsonata(state: Mapping[str, Any], at: str) -> Iterator[str]:
    for place, text in _strings(state):
        if text.startswith("{%") != text.endswith("%}"):
            yield f"SCHEMA_VALIDATION_FAILED: '{text}' opens or closes an expression only at {at}/{place}"
        elif text.startswith("{%"):
            for unreadable in _unreadable(text, place, str(state.get("Type"))):
                yield f"UNSUPPORTED_JSONATA_EXPRESSION: Field '{unreadable}' does not exist. at {at}/{place}"


def _unreadable(expression: str, place: str, kind: str) -> Iterator[str]:
    for name in _RESERVED.findall(_TEXT.sub("''", expression)):
        has_it = kind in _WITH_RESULT and _READS[name].fullmatch(place)
        if not has_it:
            yield f"$states.{name}"


def _strings(state: Mapping[str, Any]) -> Iterator[Found]:
    waiting = list(_fields(state, _OF_STATES, _OF_RULES))
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        waiting += _members(value, place)


def _fields(
    state: Mapping[str, Any], of_states: tuple[str, ...], of_rules: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    yield from ((field, state[field]) for field in of_states if field in state)
    for group in ("Catch", "Choices"):
        for index, rule in enumerate(state.get(group) or []):
            if isinstance(rule, dict):
                yield from ((f"{group}[{index}]/{field}", rule[field]) for field in of_rules if field in rule)


def _members(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{at}/{key}", item) for key, item in value.items())
    elif isinstance(value, list):
        yield from ((f"{at}[{index}]", item) for index, item in enumerate(value))
