"""Template parameters: what was given, what is the default, what an SSM parameter says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.cloudformation.errors import RequestRefused

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
LIST = re.compile(r"List<.+>|CommaDelimitedList")
SCALAR = re.compile(r"String|Number|AWS::\w+::\w+::\w+|AWS::SSM::Parameter::Name")


@dataclass(frozen=True)
class Parameter:
    """`given` is the text of the request or the default; `value` is what `Ref` answers."""

    name: str
    given: str
    value: str | list[str]
    no_echo: bool
    resolved: str | None
    """The SSM parameter's value, for parameters of an SSM type."""


def resolve(
    declared: Mapping[str, Any], given: Mapping[str, str], ssm_value: Callable[[str], str]
) -> dict[str, Parameter]:
    """Raises RequestRefused naming every parameter that is unknown, missing or not allowed."""
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise RequestRefused(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, shape in declared.items() if name not in given and "Default" not in shape]
    if missing:
        raise RequestRefused(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _resolve(name, shape, given[name] if name in given else _text(shape["Default"]), ssm_value)
        for name, shape in declared.items()
    }


def _resolve(name: str, shape: Mapping[str, Any], given: str, ssm_value: Callable[[str], str]) -> Parameter:
    type_name = shape.get("Type", "String")
    ssm = SSM_VALUE.fullmatch(type_name)
    text = ssm_value(given) if ssm else given
    inner = ssm[1] if ssm else type_name
    if LIST.fullmatch(inner):
        value: str | list[str] = [item.strip() for item in text.split(",")] if text else []
    elif SCALAR.fullmatch(inner):
        value = text
    else:
        raise RequestRefused(f"Template format error: Unrecognized parameter type: {type_name} (parameter {name})")
    for item in value if isinstance(value, list) else [value]:
        _check(name, shape, item, is_number="Number" in inner)
    return Parameter(
        name=name,
        given=given,
        value=value,
        no_echo=str(shape.get("NoEcho", "false")).lower() == "true",
        resolved=text if ssm else None,
    )


def _check(name: str, shape: Mapping[str, Any], value: str, *, is_number: bool) -> None:
    allowed = [_text(item) for item in shape.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise _refused(name, shape, f"must be one of {allowed}, got {value!r}")
    if "AllowedPattern" in shape and not re.fullmatch(shape["AllowedPattern"], value):
        raise _refused(name, shape, f"must match pattern {shape['AllowedPattern']}, got {value!r}")
    if not int(shape.get("MinLength", 0)) <= len(value) <= int(shape.get("MaxLength", len(value))):
        raise _refused(name, shape, f"has {len(value)} characters, out of MinLength to MaxLength")
    if is_number:
        _check_number(name, shape, value)


def _check_number(name: str, shape: Mapping[str, Any], value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        raise _refused(name, shape, f"must be a number, got {value!r}") from None
    if not float(shape.get("MinValue", number)) <= number <= float(shape.get("MaxValue", number)):
        raise _refused(name, shape, f"is {value}, out of MinValue to MaxValue")


def _refused(name: str, shape: Mapping[str, Any], said: str) -> RequestRefused:
    return RequestRefused(f"Parameter '{name}' {shape.get('ConstraintDescription', said)}")


def _text(value: Any) -> str:
    """A template may write `true` or 5 where the parameter is text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
