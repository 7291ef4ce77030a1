"""What stands in the arrays of an event pattern: values, and comparisons that are named.

Source: EventBridge User Guide, "Comparison operators for use in event patterns".
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import operator
import re
from collections.abc import Callable
from typing import Any

Test = Callable[[list[Any]], bool]
"""Whether a field matches, by the values it holds; [] where it is not there."""
Check = Callable[[Any], bool]
"""Whether one value matches."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPattern(ValueError):
    """A pattern that EventBridge refuses; the message is the reason."""


def test_of(wanted: Any) -> Test:
    """The test that one element of an array stands for. Raises InvalidPattern."""
    if not isinstance(wanted, dict):
        return _some(_equal(_scalar(wanted)))
    name, argument = _only(wanted)
    if name == "exists":
        if not isinstance(argument, bool):
            raise InvalidPattern("exists match pattern must be either true or false.")
        return lambda values: bool(values) == argument
    if name == "anything-but":
        return _some(_anything_but(argument))
    return _some(_check(name, argument))


def _some(check: Check) -> Test:
    return lambda values: any(check(value) for value in values)


def _only(wanted: dict[str, Any]) -> tuple[str, Any]:
    if len(wanted) != 1:
        raise InvalidPattern(f"Only one key allowed in match expression, got {sorted(wanted)}")
    ((name, argument),) = wanted.items()
    return name, argument


def _check(name: str, argument: Any) -> Check:
    make = _CHECKS.get(name)
    if make is None:
        raise InvalidPattern(f"Unrecognized match type {name}")
    return make(argument)


def _equal(wanted: Any) -> Check:
    # 1 is not true, and 300 is not 300.0: numbers are compared as they are written.
    return lambda value: type(value) is type(wanted) and value == wanted


def _scalar(value: Any) -> Any:
    if isinstance(value, list):
        raise InvalidPattern("Match value must be String, number, true, false, or null")
    return value


def _anything_but(argument: Any) -> Check:
    """No value, none of several, or nothing that one of the other comparisons finds; those take several texts here."""
    if isinstance(argument, dict):
        name, inner = _only(argument)
        if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise InvalidPattern(f"Unsupported anything-but pattern: {name}")
        checks = [_check(name, each) for each in (inner if isinstance(inner, list) else [inner])]
    else:
        wanted = argument if isinstance(argument, list) else [argument]
        if not wanted or not all(isinstance(each, str | int | float) for each in wanted):
            raise InvalidPattern("Inside anything-but list, either all values are strings or all are numbers")
        checks = [_equal(each) for each in wanted]
    return lambda value: not any(check(value) for check in checks)


def _text(name: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern(f"{name} match pattern must be a string")
    return argument


def _affix(name: str, is_in: Callable[[str, str], bool]) -> Callable[[Any], Check]:
    def make(argument: Any) -> Check:
        if isinstance(argument, dict):
            kind, inner = _only(argument)
            if kind != "equals-ignore-case":
                raise InvalidPattern(f"Unsupported {name} pattern: {kind}")
            folded = _text(kind, inner).lower()
            return lambda value: isinstance(value, str) and is_in(value.lower(), folded)
        affix = _text(name, argument)
        return lambda value: isinstance(value, str) and is_in(value, affix)

    return make


def _ignoring_case(argument: Any) -> Check:
    folded = _text("equals-ignore-case", argument).lower()
    return lambda value: isinstance(value, str) and value.lower() == folded


def _wildcard(argument: Any) -> Check:
    r"""`*` is any text; `\*` and `\\` are the characters."""
    pieces = re.findall(r"\\[*\\]|.", _text("wildcard", argument), re.DOTALL)
    if any(first == second == "*" for first, second in itertools.pairwise(pieces)):
        raise InvalidPattern("Consecutive wildcard characters")
    if "\\" in pieces:
        raise InvalidPattern("Invalid escape character")
    compiled = re.compile("".join(".*" if piece == "*" else re.escape(piece[-1]) for piece in pieces), re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _numeric(argument: Any) -> Check:
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise InvalidPattern("Invalid numeric match: expected one comparison, or two of a range")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, number in pairs:
        if sign not in _COMPARISONS:
            raise InvalidPattern(f"Unrecognized numeric range operator: {json.dumps(sign)}")
        if not _is_number(number):
            raise InvalidPattern(f"Value of {sign} must be numeric")
    return lambda value: _is_number(value) and all(_COMPARISONS[sign](value, number) for sign, number in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cidr(argument: Any) -> Check:
    try:
        network = ipaddress.ip_network(_text("cidr", argument), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"Malformed CIDR: {argument}") from error

    def is_inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return is_inside


_CHECKS: dict[str, Callable[[Any], Check]] = {
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
}
