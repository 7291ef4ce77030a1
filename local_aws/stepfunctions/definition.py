"""What CreateStateMachine refuses before anything runs: unknown fields, states, resources and arguments, by name."""

from __future__ import annotations

import json
from typing import Any

from local_aws.stepfunctions import graph, resources, rules, templates
from local_aws.stepfunctions.parsing import MalformedDefinition, parse
from local_aws.stepfunctions.resources import Task

MAX_BYTES = 1_048_576
MAX_NAME = 80

_MACHINE = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
_INNER = frozenset({"Comment", "ProcessorConfig", "StartAt", "States"})
_COMMON = frozenset({"Comment", "QueryLanguage", "Type"})
_STEP = _COMMON | {"Assign", "End", "Next"}
_PATHS = frozenset({"InputPath", "OutputPath"})
_WORK = frozenset({"Catch", "Retry"})
_RESULT = frozenset({"Parameters", "ResultPath", "ResultSelector"})
_TIMES = frozenset({"HeartbeatSeconds", "TimeoutSeconds"})
_MAP = frozenset({"ItemProcessor", "ItemSelector", "Iterator", "MaxConcurrency"})
_MAP_PATHS = frozenset({"ItemsPath", "MaxConcurrencyPath"})
FIELDS: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    "Choice": (_COMMON | {"Assign", "Choices", "Default"}, frozenset({"Output"}), _PATHS),
    "Fail": (_COMMON | {"Cause", "Error"}, frozenset(), frozenset({"CausePath", "ErrorPath"})),
    "Map": (_STEP | _WORK | _MAP, frozenset({"Items", "Output"}), _PATHS | _RESULT | _MAP_PATHS),
    "Parallel": (_STEP | _WORK | {"Branches"}, frozenset({"Arguments", "Output"}), _PATHS | _RESULT),
    "Pass": (_STEP, frozenset({"Output"}), _PATHS | {"Parameters", "Result", "ResultPath"}),
    "Succeed": (_COMMON, frozenset({"Output"}), _PATHS),
    "Task": (
        _STEP | _WORK | _TIMES | {"Resource"},
        frozenset({"Arguments", "Output"}),
        _PATHS | _RESULT | {"HeartbeatSecondsPath", "TimeoutSecondsPath"},
    ),
    "Wait": (_STEP | {"Seconds", "Timestamp"}, frozenset({"Output"}), _PATHS | {"SecondsPath", "TimestampPath"}),
}
"""Fields of each state type: in both query languages, in JSONata only, in JSONPath only.

Without Credentials, and without those of a distributed Map: moto's tolerates any number of failed items, writes none of
its results and has no child executions.
"""
INLINE = {"Mode": "INLINE"}


class Refused(Exception):
    """A definition that cannot be created; one line for each problem, each with where it is."""


def check(definition: str) -> list[Task]:
    """The tasks of a definition. Raises Refused."""
    if len(definition.encode()) > MAX_BYTES:
        raise Refused(f"INVALID_DEFINITION: {len(definition.encode())} bytes, at most {MAX_BYTES} are allowed")
    try:
        document = json.loads(definition)
    except json.JSONDecodeError as error:
        raise Refused(f"INVALID_JSON_DESCRIPTION: {error}") from error
    if not isinstance(document, dict):
        raise Refused(f"INVALID_JSON_DESCRIPTION: expected an object, got {type(document).__name__}")
    checker = _Checker()
    checker.machine(document, "", language="JSONPath")
    if checker.problems:
        raise Refused("; ".join(checker.problems))
    try:
        parse(definition)
    except MalformedDefinition as error:
        raise Refused(f"SCHEMA_VALIDATION_FAILED: {error}") from error
    return checker.tasks


class _Checker:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self.tasks: list[Task] = []
        self._names: set[str] = set()

    def machine(self, machine: dict[str, Any], at: str, *, language: str) -> None:
        """Check a machine: the whole one when `at` is empty, else one inside a Map or a Parallel."""
        self._unknown(machine, _INNER if at else _MACHINE, at or "/")
        if machine.get("ProcessorConfig", INLINE) != INLINE:
            self._schema(f"Only {json.dumps(INLINE)} is emulated", f"{at}/ProcessorConfig")
        states = machine.get("States")
        if not isinstance(states, dict) or not states:
            self._schema("States must be an object with at least one state", f"{at}/States")
            return
        self.problems += graph.problems(machine, at, needs_end=not at)
        self._minimum(machine, at or "/")
        for name, state in states.items():
            if name in self._names:
                self.problems.append(f"DUPLICATE_STATE_NAME: Duplicate State name: {name} at {at}/States/{name}")
            if len(name) > MAX_NAME:
                self._schema(f"The name has more than {MAX_NAME} characters", f"{at}/States/{name}")
            self._names.add(name)
            self._state(state, f"{at}/States/{name}", machine.get("QueryLanguage", language))

    def _state(self, state: Any, at: str, machines_language: str) -> None:
        kind = state.get("Type") if isinstance(state, dict) else None
        if kind not in FIELDS:
            self._schema(f"Unknown state type {kind!r}, expected one of {', '.join(sorted(FIELDS))}", f"{at}/Type")
            return
        language = state.get("QueryLanguage", machines_language)
        both, jsonata, jsonpath = FIELDS[kind]
        self._unknown(state, both | (jsonata if language == "JSONata" else jsonpath), at)
        self._ways_out(state, kind, at)
        self._minimum(state, at)
        if kind == "Map" and {"ItemSelector", "Parameters"} <= state.keys():
            self._schema("There should only be one of the following fields: [ItemSelector, Parameters]", at)
        for problem, where in rules.problems(state, at, language=language):
            self._schema(problem, where)
        self.problems += templates.problems(state, at, language=language)
        for where, inner in graph.inner_machines(state, at):
            self.machine(inner, where, language=machines_language)
        if kind == "Task":
            self._task(state, at)

    def _ways_out(self, state: dict[str, Any], kind: str, at: str) -> None:
        if kind in {"Choice", "Fail", "Succeed"}:
            return
        if ("Next" in state) == bool(state.get("End")):
            self._schema("A state needs exactly one of Next and End", at)

    def _task(self, state: dict[str, Any], at: str) -> None:
        resource = state.get("Resource")
        task = resources.task_of(resource)
        refusal = resources.refusal(task) if task else None
        if task is None or refusal:
            why = f". {refusal}" if refusal else ""
            self._schema(f"The resource provided {resource} is not recognized{why}", f"{at}/Resource")
            return
        self.tasks.append(task)
        for field in ("Arguments", "Parameters"):
            if isinstance(state.get(field), dict):
                problems = resources.argument_problems(task, state[field], f"{at}/{field}")
                self.problems += [f"SCHEMA_VALIDATION_FAILED: {problem}" for problem in problems]

    def _minimum(self, given: dict[str, Any], at: str) -> None:
        if given.get("TimeoutSeconds") == 0:
            self._schema("Minimum value is 1", f"{at.rstrip('/')}/TimeoutSeconds")

    def _unknown(self, given: dict[str, Any], allowed: frozenset[str], at: str) -> None:
        for field in sorted(given.keys() - allowed):
            self._schema(f'The field "{field}" is not supported', at)

    def _schema(self, problem: str, at: str) -> None:
        self.problems.append(f"SCHEMA_VALIDATION_FAILED: {problem} at {at}")
