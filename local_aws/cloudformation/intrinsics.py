"""Intrinsic functions: what a template computes, and which resources it refers to."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from local_aws.cloudformation.errors import TemplateError

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^:}]+):([^}]+)\}\}")
NO_VALUE = object()


def _no_lookup(name: str) -> NoReturn:
    raise TemplateError(f"Template error: {name} cannot be used here")


def _no_attribute(logical_id: str, attribute: str) -> str:
    raise TemplateError(f"Template error: Fn::GetAtt {logical_id}.{attribute} cannot be used here")


@dataclass(frozen=True)
class Scope:
    """What names mean while a template is evaluated.

    `values` holds pseudo parameters and parameters; `ref` and `attribute` answer for resources, `exported` for
    other stacks' exports, `ssm_value` for `{{resolve:ssm:name}}`, `zones` for regions. Each raises TemplateError for
    what it lacks.
    """

    values: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)
    ref: Callable[[str], str] = _no_lookup
    attribute: Callable[[str, str], Any] = _no_attribute
    exported: Callable[[str], str] = _no_lookup
    ssm_value: Callable[[str], str] = _no_lookup
    zones: Callable[[str], list[str]] = _no_lookup

    def evaluate(self, value: Any) -> Any:
        """The value with every function replaced; members that are `AWS::NoValue` are left out."""
        if isinstance(value, str):
            return self._dynamic(value)
        if isinstance(value, list):
            return [item for item in map(self.evaluate, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        name = function_name(value)
        if name is not None:
            return _FUNCTIONS[name](self, value[name])
        members = {key: self.evaluate(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Raises TemplateError when the template declares no such condition."""
        if name not in self.conditions:
            raise TemplateError(f"Template error: unresolved condition dependency {name}")
        return self.conditions[name]

    def _dynamic(self, text: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            if match[1] != "ssm":
                raise TemplateError(f"Template error: dynamic reference {match[0]} is not emulated (ssm is)")
            return self.ssm_value(match[2])

        return _DYNAMIC.sub(replaced, text) if "{{resolve:" in text else text


def function_name(value: Mapping[str, Any]) -> str | None:
    """The intrinsic function a one-member object calls. Raises TemplateError on one that is not emulated."""
    if len(value) != 1:
        return None
    name = next(iter(value))
    if name in _FUNCTIONS:
        return str(name)
    if name.startswith("Fn::"):
        raise TemplateError(f"Template error: intrinsic function {name} is not emulated")
    return None


def references(value: Any, conditions: Mapping[str, bool]) -> Iterator[tuple[str, str | None]]:
    """(name, attribute or None) of each Ref, GetAtt and Sub placeholder that evaluation will reach."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, conditions)
    if not isinstance(value, dict):
        return
    name = function_name(value)
    if name == "Ref":
        yield _name("Ref", value["Ref"]), None
    elif name == "Fn::GetAtt":
        logical_id, attribute = _attribute_path(value["Fn::GetAtt"])
        yield logical_id, attribute if isinstance(attribute, str) else None
        yield from references(attribute, conditions)
    elif name == "Fn::Sub":
        yield from _sub_references(value["Fn::Sub"], conditions)
    elif name == "Fn::If":
        yield from references(branch(value["Fn::If"], conditions), conditions)
    else:
        for member in value.values():
            yield from references(member, conditions)


def branch(argument: Any, conditions: Mapping[str, bool]) -> Any:
    """What an `Fn::If` of these arguments comes to, unevaluated."""
    condition, holds, fails = arguments("Fn::If", argument, 3)
    return holds if conditions.get(_name("Fn::If", condition)) else fails


def arguments(name: str, argument: Any, count: int) -> list[Any]:
    """The arguments of a function that takes `count` of them. Raises TemplateError."""
    if not isinstance(argument, list) or len(argument) != count:
        raise TemplateError(f"Template error: {name} takes a list of {count}, got {argument!r}")
    return argument


def _name(function: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateError(f"Template error: {function} takes a name, got {value!r}")
    return value


def _sub_references(argument: Any, conditions: Mapping[str, bool]) -> Iterator[tuple[str, str | None]]:
    text, variables = _sub_arguments(argument)
    yield from references(list(variables.values()), conditions)
    for literal, name in _PLACEHOLDER.findall(text):
        if not literal and name not in variables:
            logical_id, _, attribute = name.strip().partition(".")
            yield logical_id, attribute or None


def _attribute_path(argument: Any) -> tuple[str, Any]:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    logical_id, attribute = arguments("Fn::GetAtt", argument, 2)
    return _name("Fn::GetAtt", logical_id), attribute


def _sub_arguments(argument: Any) -> tuple[str, dict[str, Any]]:
    text, variables = (argument, {}) if isinstance(argument, str) else arguments("Fn::Sub", argument, 2)
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise TemplateError(f"Template error: Fn::Sub takes a string and an object of variables, got {argument!r}")
    return text, variables


def _ref(scope: Scope, argument: Any) -> Any:
    name = _name("Ref", argument)
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.values[name] if name in scope.values else scope.ref(name)


def _get_att(scope: Scope, argument: Any) -> Any:
    logical_id, attribute = _attribute_path(argument)
    return scope.attribute(logical_id, _name("Fn::GetAtt", scope.evaluate(attribute)))


def _sub(scope: Scope, argument: Any) -> str:
    text, variables = _sub_arguments(argument)

    def replaced(match: re.Match[str]) -> str:
        literal, name = match[1], match[2]
        if literal:
            return f"${{{name}}}"
        if name in variables:
            return _text(scope.evaluate(variables[name]))
        logical_id, _, attribute = name.strip().partition(".")
        return _text(scope.attribute(logical_id, attribute) if attribute else _ref(scope, logical_id))

    return scope.evaluate(_PLACEHOLDER.sub(replaced, text))  # type: ignore[no-any-return]  # a str: only {{resolve:}} is left


def _join(scope: Scope, argument: Any) -> str:
    delimiter, items = arguments("Fn::Join", argument, 2)
    values = scope.evaluate(items)
    if not isinstance(values, list):
        raise TemplateError(f"Template error: Fn::Join takes a list of values, got {values!r}")
    return str(delimiter).join(map(_text, values))


def _split(scope: Scope, argument: Any) -> list[str]:
    delimiter, text = arguments("Fn::Split", argument, 2)
    if not isinstance(delimiter, str) or not delimiter:
        raise TemplateError(f"Template error: Fn::Split takes a delimiter, got {delimiter!r}")
    return _text(scope.evaluate(text)).split(delimiter)


def _select(scope: Scope, argument: Any) -> Any:
    index, items = (scope.evaluate(part) for part in arguments("Fn::Select", argument, 2))
    if not re.fullmatch(r"\d+", str(index), re.ASCII) or not isinstance(items, list) or int(index) >= len(items):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {index} of {items!r}")
    return items[int(index)]


def _find_in_map(scope: Scope, argument: Any) -> Any:
    name, first, second = (scope.evaluate(part) for part in arguments("Fn::FindInMap", argument, 3))
    try:
        return scope.mappings[name][first][second]
    except (KeyError, TypeError):
        raise TemplateError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _if(scope: Scope, argument: Any) -> Any:
    scope.condition(_name("Fn::If", arguments("Fn::If", argument, 3)[0]))
    return scope.evaluate(branch(argument, scope.conditions))


def _import_value(scope: Scope, argument: Any) -> str:
    return scope.exported(_text(scope.evaluate(argument)))


def _get_azs(scope: Scope, argument: Any) -> list[str]:
    """An empty string is the stack's region ("Fn::GetAZs" in the Template Reference)."""
    return scope.zones(_text(scope.evaluate(argument)) or str(scope.values["AWS::Region"]))


def _base64(scope: Scope, argument: Any) -> str:
    return base64.b64encode(_text(scope.evaluate(argument)).encode()).decode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise TemplateError(f"Template error: expected a string, got {value!r}")
    return str(value)


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _base64,
    "Fn::GetAZs": _get_azs,
}
