"""Event patterns: which events a rule is for.

Source: EventBridge User Guide, "Amazon EventBridge event patterns", and "Comparison operators for use in event
patterns", whose operators are in `local_aws.events.operators`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from local_aws.events.operators import InvalidPattern, Test, test_of

__all__ = ["InvalidPattern", "Matcher", "matcher"]

Matcher = Callable[[Mapping[str, Any]], bool]
"""Whether an event matches."""


@lru_cache(maxsize=1024)
def matcher(text: str) -> Matcher:
    """What a pattern's JSON asks for. Raises InvalidPattern."""
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise InvalidPattern("Filter is not valid JSON") from error
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("Filter is not an object, or is empty")
    return _object(pattern)


def _object(pattern: Mapping[str, Any]) -> Matcher:
    """Every field of the pattern must match: fields of an event that the pattern does not name are ignored."""
    parts = [_alternatives(inner) if name == "$or" else _field(name, inner) for name, inner in pattern.items()]
    return lambda event: all(part(event) for part in parts)


def _alternatives(patterns: Any) -> Matcher:
    if not isinstance(patterns, list) or not all(isinstance(each, dict) and each for each in patterns):
        raise InvalidPattern("$or must be an array of objects")
    matchers = [_object(each) for each in patterns]
    return lambda event: any(each(event) for each in matchers)


def _field(name: str, inner: Any) -> Matcher:
    if isinstance(inner, dict) and inner:
        below = _object(inner)
        return lambda event: any(below(each) for each in _objects(event.get(name)))
    if not isinstance(inner, list):
        raise InvalidPattern(f'"{name}" must be an object or an array')
    if not inner:
        raise InvalidPattern("Empty arrays are not allowed")
    tests: list[Test] = [test_of(each) for each in inner]
    return lambda event: _any(tests, _values(event[name]) if name in event else [])


def _any(tests: list[Test], values: list[Any]) -> bool:
    return any(test(values) for test in tests)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """What a nested pattern looks into: an object, or each object of an array; else one that holds nothing."""
    inside = value if isinstance(value, list) else [value]
    return [each for each in inside if isinstance(each, dict)] or [{}]


def _values(value: Any) -> list[Any]:
    """The leaves that a field holds: an array's elements each by itself, and none of an object."""
    if isinstance(value, list):
        return [leaf for each in value for leaf in _values(each)]
    return [] if isinstance(value, dict) else [value]
