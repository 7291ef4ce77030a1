"""What CreateStateMachine refuses before anything runs: unknown fields, states, resources and arguments, by name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from local_aws.stepfunctions import graph, services
from local_aws.stepfunctions.parsing import MalformedDefinition, parse
from local_aws.stepfunctions.task_lambda import FIELDS as LAMBDA_FIELDS
from local_aws.stepfunctions.task_sagemaker import ACTIONS as SAGEMAKER_ACTIONS
from local_aws.stepfunctions.task_sagemaker import JOBS

MAX_BYTES = 1_048_576
_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::(?P<service>[\w-]+):(?P<action>[\w:-]+?)(?:\.(?P<pattern>[\w:]+))?")
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:.+")
# Optimized integrations that moto runs as AWS does. Its others (apigateway, batch, ecs, glue, states) lose their
# arguments or break when they wait, so they are refused with the rest of Step Functions' list.
MOTO_SERVICES = frozenset({"dynamodb", "events", "sns", "sqs"})
PATTERNS = ("sync", "sync:2", "waitForTaskToken")

_MACHINE = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
_PROCESSOR = frozenset({"Comment", "ProcessorConfig", "QueryLanguage", "StartAt", "States"})
_COMMON = frozenset({"Comment", "QueryLanguage", "Type"})
_STEP = _COMMON | {"Assign", "End", "Next"}
_PATHS = frozenset({"InputPath", "OutputPath"})
_WORK = frozenset({"Catch", "Retry"})
_RESULT = frozenset({"Parameters", "ResultPath", "ResultSelector"})
_TIMES = frozenset({"HeartbeatSeconds", "TimeoutSeconds"})
_MAP = frozenset({"ItemBatcher", "ItemProcessor", "ItemReader", "ItemSelector", "Iterator", "Label", "MaxConcurrency"})
_MAP_RESULT = frozenset({"ResultWriter", "ToleratedFailureCount", "ToleratedFailurePercentage"})
_MAP_PATHS = frozenset(
    {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
)
FIELDS: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    "Choice": (_COMMON | {"Assign", "Choices", "Default"}, frozenset({"Output"}), _PATHS),
    "Fail": (_COMMON | {"Cause", "Error"}, frozenset(), frozenset({"CausePath", "ErrorPath"})),
    "Map": (_STEP | _WORK | _MAP | _MAP_RESULT, frozenset({"Items", "Output"}), _PATHS | _RESULT | _MAP_PATHS),
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
"""Fields of each state type: in both query languages, in JSONata only, in JSONPath only; no Credentials."""


@dataclass(frozen=True)
class Task:
    """A Task state's resource: `service` is "function" for a Lambda function named by its ARN."""

    service: str
    action: str
    pattern: str | None


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
        self._unknown(machine, _PROCESSOR if at else _MACHINE, at or "/")
        states = machine.get("States")
        if not isinstance(states, dict) or not states:
            self._schema("States must be an object with at least one state", f"{at}/States")
            return
        self.problems += graph.problems(machine, at, needs_end=not at)
        for name, state in states.items():
            if name in self._names:
                self.problems.append(f"DUPLICATE_STATE_NAME: Duplicate State name: {name} at {at}/States/{name}")
            self._names.add(name)
            self._state(state, f"{at}/States/{name}", machine.get("QueryLanguage", language))

    def _state(self, state: Any, at: str, language: str) -> None:
        kind = state.get("Type") if isinstance(state, dict) else None
        if kind not in FIELDS:
            self._schema(f"Unknown state type {kind!r}, expected one of {', '.join(sorted(FIELDS))}", f"{at}/Type")
            return
        language = state.get("QueryLanguage", language)
        both, jsonata, jsonpath = FIELDS[kind]
        self._unknown(state, both | (jsonata if language == "JSONata" else jsonpath), at)
        self._ways_out(state, kind, at)
        for where, inner in graph.inner_machines(state, at):
            self.machine(inner, where, language=language)
        if kind == "Task":
            self._task(state, at)

    def _ways_out(self, state: dict[str, Any], kind: str, at: str) -> None:
        if kind in {"Choice", "Fail", "Succeed"}:
            return
        if ("Next" in state) == bool(state.get("End")):
            self._schema("A state needs exactly one of Next and End", at)

    def _task(self, state: dict[str, Any], at: str) -> None:
        resource = state.get("Resource")
        matched = _RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
        if isinstance(resource, str) and _FUNCTION.fullmatch(resource):
            self.tasks.append(Task("function", resource, None))
        elif matched is None:
            self._schema(f"The resource provided {resource} is not recognized", f"{at}/Resource")
        else:
            task = Task(**matched.groupdict())
            self.tasks.append(task)
            self._integration(task, state.get("Arguments", state.get("Parameters")), at, str(resource))

    def _integration(self, task: Task, arguments: Any, at: str, resource: str) -> None:
        problem = _unsupported(task)
        if problem:
            self._schema(f"The resource provided {resource} is not recognized. {problem}", f"{at}/Resource")
        elif isinstance(arguments, dict):
            for hit in _unknown_arguments(task, arguments, f"{at}/Arguments"):
                self.problems.append(f"SCHEMA_VALIDATION_FAILED: {hit}")

    def _unknown(self, given: dict[str, Any], allowed: frozenset[str], at: str) -> None:
        for field in sorted(given.keys() - allowed):
            self._schema(f'The field "{field}" is not supported', at)

    def _schema(self, problem: str, at: str) -> None:
        self.problems.append(f"SCHEMA_VALIDATION_FAILED: {problem} at {at}")


def _unsupported(task: Task) -> str | None:
    """Why a task cannot be run here."""
    if task.pattern is not None and task.pattern not in PATTERNS:
        return f"Unknown pattern .{task.pattern}"
    if task.service == "aws-sdk":
        return _unsupported_action(task)
    if task.service == "lambda":
        known = task.action == "invoke" and task.pattern in {None, "waitForTaskToken"}
        return None if known else f"lambda:{task.action} with pattern {task.pattern} does not exist"
    if task.service == "sagemaker":
        known = task.action in SAGEMAKER_ACTIONS and (task.pattern is None or _is_waited_for(task))
        return None if known else f"sagemaker:{task.action} with pattern {task.pattern} does not exist"
    if task.service not in MOTO_SERVICES:
        return f"The service {task.service} is not emulated"
    return (
        None
        if task.pattern in {None, "waitForTaskToken"}
        else f"{task.service} with pattern {task.pattern} does not exist"
    )


def _is_waited_for(task: Task) -> bool:
    return task.pattern == "sync" and task.action in JOBS


def _unsupported_action(task: Task) -> str | None:
    if task.pattern not in {None, "waitForTaskToken"}:
        return "aws-sdk integrations do not support .sync"
    try:
        services.operation(*_sdk(task))
    except services.UnknownAction as error:
        return str(error)
    return None


def _sdk(task: Task) -> tuple[str, str]:
    service, _, action = task.action.partition(":")
    return service, action


def _unknown_arguments(task: Task, arguments: dict[str, Any], at: str) -> list[str]:
    if task.service == "aws-sdk":
        return services.unknown_fields(arguments, services.operation(*_sdk(task)).input_shape, at)
    if task.service == "sagemaker":
        return services.unknown_fields(arguments, services.operation("sagemaker", task.action).input_shape, at)
    if task.service != "lambda":
        return []
    unknown = sorted(key for key in arguments if key.removesuffix(".$") not in LAMBDA_FIELDS)
    return [f'The field "{key}" is not supported by Step Functions at {at}' for key in unknown]
