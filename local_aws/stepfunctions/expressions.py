"""Where a definition's expressions meet the JSONata engine: which variables they see, which errors they make."""

from __future__ import annotations

import re
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.eval.states import States
from moto.stepfunctions.parser.asl.eval.variable_store import NoSuchVariable, VariableStore
from moto.stepfunctions.parser.asl.utils.json_path import extract_json

from local_aws.stepfunctions import jsonata
from local_aws.stepfunctions.encoding import to_text
from local_aws.stepfunctions.failures import QUERY_EVALUATION_ERROR, RUNTIME, failure
from local_aws.stepfunctions.replacing import replace_method

_PENDING = "local_aws.assigned"
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)(.*)", re.DOTALL)
_CONDITION = re.compile(r"Choices\[\d+\]/Condition")
EXPECTED_TYPES = {
    "Cause": "string",
    "Error": "string",
    "HeartbeatSeconds": "number",
    "Items": "array",
    "MaxConcurrency": "number",
    "Seconds": "number",
    "TimeoutSeconds": "number",
    "Timestamp": "string",
}
"""The one type each of a state's own fields may evaluate to; templates (Arguments, Assign, Output) take any."""


def _evaluate(self: Any, env: Any) -> None:
    """Evaluate with the state's data and variables bound as values; moto writes them into the expression's text."""
    try:
        value = jsonata.evaluate(self.expression, {**_variables(env.variable_store), "states": env.states._states_data})
    except jsonata.UndefinedResult:
        raise _query_error(self, env, "returned nothing (undefined).") from None
    except jsonata.UnsupportedResult:
        raise _query_error(self, env, "returned an unsupported result type.") from None
    except jsonata.JsonataError as error:
        raise _query_error(self, env, f"threw an error during evaluation. {error}") from error
    expected, found = _expected_type(self.field), _type_name(value)
    if expected and found != expected:
        what = f"returned an unexpected result type. Expected '{expected}', but was '{found}' for value: "
        raise _query_error(self, env, what + to_text(value))
    env.stack.append(value)


def _query_error(expression: Any, env: Any, problem: str) -> Exception:
    cause = f"The JSONata expression '{expression.expression}' specified for the field '{expression.field}' {problem}"
    raised = failure(
        env,
        error=QUERY_EVALUATION_ERROR,
        cause=cause,
        event_type=HistoryEventType.EvaluationFailed,
        where={"location": expression.field},
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details={"evaluationFailedEventDetails": raised.get_evaluation_failed_event_details()},
    )
    return raised


def _expected_type(field: str) -> str | None:
    return "boolean" if _CONDITION.fullmatch(field) else EXPECTED_TYPES.get(field)


def _type_name(value: Any) -> str:
    for name, kinds in {"null": type(None), "boolean": bool, "number": (int, float), "string": str}.items():
        if isinstance(value, kinds):  # type: ignore[arg-type]
            return name
    return "array" if isinstance(value, list) else "object"


def _variables(store: VariableStore) -> dict[str, Any]:
    return {**store._outer_scope, **store._inner_scope}


def _sample(self: Any, env: Any) -> None:
    """A JSONPath state's `$name.path`: JSONPath into the variable, which moto hands to JSONata."""
    matched = _VARIABLE.fullmatch(self.expression)
    if self.query_language_mode is QueryLanguageMode.JSONata or matched is None:
        env.stack.append(self.expression)
        return
    name, path = matched.groups()
    try:
        value = env.variable_store.get(name)
    except NoSuchVariable:
        raise failure(env, error=RUNTIME, cause=f"The variable '${name}' is not assigned.") from None
    env.stack.append(extract_json(f"${path}", value) if path else value)


def _assign(self: Any, env: Any) -> None:
    """Evaluate now, bind when the state is left: Assign and Output see the same variables ("Passing data between states
    with variables": they are evaluated in parallel)."""
    pending: dict[str, Any] = {}
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        pending.update(env.stack.pop())
    outer = sorted(set(pending) & set(env.variable_store._outer_scope))
    if outer:
        raise failure(env, error=RUNTIME, cause=f"Assign: {', '.join(outer)} belongs to an outer scope.")
    env.heap[_PENDING] = {**env.heap.get(_PENDING, {}), **pending}


def forget_assigned(env: Any) -> None:
    """Drop what a failed attempt would have assigned."""
    env.heap.pop(_PENDING, None)


def bind_assigned(env: Any) -> None:
    """Bind what the state assigned."""
    for name, value in env.heap.pop(_PENDING, {}).items():
        env.variable_store.set(variable_identifier=name, variable_value=value)


def _assigned_texts(self: Any) -> dict[str, str]:
    """For the history: each variable's JSON text, which moto does not escape for strings."""
    return {name: to_text(self.get(name)) for name in self._declaration_tracing}


def _reset(self: Any, input_value: Any) -> None:
    """A new input leaves no result and no error output: reading them is undefined, not null."""
    self._states_data["input"] = input_value
    self._states_data.pop("result", None)
    self._states_data.pop("errorOutput", None)


def install() -> None:
    """Replace moto's textual evaluation."""
    replace_method(StringJSONata, "_eval_body", _evaluate)
    replace_method(StringVariableSample, "_eval_body", _sample)
    replace_method(AssignDecl, "_eval_body", _assign)
    replace_method(VariableStore, "get_assigned_variables", _assigned_texts)
    replace_method(States, "reset", _reset)
