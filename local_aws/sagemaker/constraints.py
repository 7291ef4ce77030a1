"""The constraints of a service's own model, SageMaker's unless said otherwise: patterns, lengths, ranges and enums.

botocore carries them but leaves them to the service to enforce; the messages are those the service gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from local_aws.sagemaker.errors import ValidationException

_MARKS = r"!-/:-@\[-`{-~\u00A1-\u00BF\u2010-\u2BFF\u3000-\u303F\U0001F000-\U0001FAFF"
_UNICODE_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{M}": r"\u0300-\u036F",
    r"\p{S}": _MARKS,
    r"\p{P}": _MARKS,
    r"\p{Print}": "[ -~]",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
}
"""What the model's Java patterns use and Python's `re` lacks. Punctuation and symbols are not told apart."""
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}$")
"""`(…)${1,256}`: an end that is repeated, which Java takes and Python does not. It says nothing: sizes are checked."""


def check(action: str, request: Mapping[str, Any], *, service: str = "sagemaker") -> None:
    """Raise ValidationException naming every member of `request` that breaks a constraint of the action's input."""
    shape = get_service_model(service).operation_model(action).input_shape
    problems = list(_violations(shape, request, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise ValidationException(count + "; ".join(problems))


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape:
        case StructureShape():
            yield from _structure_violations(shape, value, path)
        case ListShape():
            yield from _size_violations(shape, value, path)
            for position, member in enumerate(value, start=1):
                yield from _violations(shape.member, member, f"{path}.{position}.member")
        case MapShape():
            yield from _size_violations(shape, value, path)
            for key, member in value.items():
                yield from _violations(shape.key, key, f"{path}.{key}.key")
                yield from _violations(shape.value, member, f"{path}.{key}.member")
        case _:
            yield from _scalar_violations(shape, value, path)


def _structure_violations(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        inner = f"{path}.{_lower(name)}" if path else _lower(name)
        if value.get(name) is not None:
            yield from _violations(member, value[name], inner)
        elif name in shape.required_members:
            yield f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"


def _scalar_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    limits = shape.metadata
    if shape.type_name == "string":
        yield from _size_violations(shape, value, path)
        if limits.get("enum") and value not in limits["enum"]:
            yield _violated(value, path, f"satisfy enum value set: [{', '.join(limits['enum'])}]")
        if limits.get("pattern") and not compiled(limits["pattern"]).fullmatch(value):
            yield _violated(value, path, f"satisfy regular expression pattern: {limits['pattern']}")
    elif shape.type_name in ("integer", "long", "float", "double"):
        if value < limits.get("min", value):
            yield _violated(value, path, f"have value greater than or equal to {limits['min']}")
        if value > limits.get("max", value):
            yield _violated(value, path, f"have value less than or equal to {limits['max']}")


def _size_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if len(value) < shape.metadata.get("min", 0):
        yield _violated(value, path, f"have length greater than or equal to {shape.metadata['min']}")
    if len(value) > shape.metadata.get("max", len(value)):
        yield _violated(value, path, f"have length less than or equal to {shape.metadata['max']}")


def _violated(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the model, which is written for Java."""
    for java, python in _UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(_REPEATED_END.sub("", pattern))
