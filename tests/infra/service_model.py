"""Requests held against SageMaker's own model of them, which botocore brings along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator

from local_aws.sagemaker.constraints import compiled

_TOKENS = {r"\$\{[^}]*\.Arn\}": "arn:aws:iam::123456789012:role/a-role", r"\$\{[^}]*\}": "a-name"}


def problems(operation: str, request: Any) -> list[str]:
    """What is wrong with a request: names, types, what is required, lengths, bounds, choices and patterns."""
    shape, sent = _input_shape(operation), _deployed(request)
    report = ParamValidator().validate(sent, shape)
    return ([report.generate_report()] if report.has_errors() else []) + list(_beyond(sent, shape, ""))


@cache
def _input_shape(operation: str) -> Any:
    return get_session().get_service_model("sagemaker").operation_model(operation).input_shape


def _deployed(value: Any) -> Any:
    """The same with something that looks like it in place of each reference to a resource."""
    match value:
        case str():
            for token, name in _TOKENS.items():
                value = re.sub(token, name, value)
        case dict():
            return {key: _deployed(item) for key, item in value.items()}
        case list():
            return [_deployed(item) for item in value]
    return value


def _beyond(value: Any, shape: Any, at: str) -> Iterator[str]:
    """What botocore leaves to the service: upper bounds, patterns and choices."""
    most = shape.metadata.get("max")
    size = len(value) if isinstance(value, str | list | dict) else value
    if most is not None and size > most:
        yield f"{at}: {value!r}, expected at most {most}"
    if isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"{at}: {value!r}, expected of {shape.enum}"
        if (pattern := shape.metadata.get("pattern")) and not compiled(pattern).fullmatch(value):
            yield f"{at}: {value!r}, expected {pattern}"
    for member, of, where in _members(value, shape, at):
        yield from _beyond(member, of, where)


def _members(value: Any, shape: Any, at: str) -> Iterator[tuple[Any, Any, str]]:
    """What a value is made of, with the shape of each and where it is; ParamValidator tells of unknown names."""
    match shape.type_name:
        case "structure":
            yield from (
                (item, shape.members[name], f"{at}.{name}") for name, item in value.items() if name in shape.members
            )
        case "list":
            yield from ((item, shape.member, f"{at}[{index}]") for index, item in enumerate(value))
        case "map":
            yield from ((name, shape.key, f"{at}.{name}") for name in value)
            yield from ((item, shape.value, f"{at}.{name}") for name, item in value.items())
