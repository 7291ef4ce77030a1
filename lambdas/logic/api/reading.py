"""Query strings and JSON bodies → the dataclasses that say what they may be, or everything that is wrong with them."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, Final
from urllib.parse import parse_qsl

from lambdas.logic.api.problems import Complaints
from lambdas.logic.api.rules import NO_RULE, Field, Rule, arms, element, fields_of, members

Choices = Mapping[str, Sequence[str]]
"""The lists that are only known with the data, by their name in a rule."""

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
_UNREADABLE: Final = object()


def read_query(model: type, query: str, choices: Choices, complaints: Complaints) -> Any:
    """A raw query string as ``model``, or None where something is wrong with it. Empty text stands for none given."""
    found: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(text)
    for name, texts in found.items():
        if len(texts) > 1:
            complaints.add(name, f"given {len(texts)} times, expected once")
    fields = {field.name: field for field in fields_of(model)}
    values = {name: _of_text(fields[name], texts[0]) if name in fields else texts[0] for name, texts in found.items()}
    read = _read_object(model, values, "", _Reader(choices, complaints))
    return None if complaints.count else read


def read_body(model: type, body: bytes, choices: Choices, complaints: Complaints) -> Any:
    """A JSON body as ``model``, or None where something is wrong with it."""
    value = _parsed(body, complaints)
    return None if value is _UNREADABLE else _read_value(model, NO_RULE, value, "", _Reader(choices, complaints))


class _Reader:
    def __init__(self, choices: Choices, complaints: Complaints) -> None:
        self.choices, self.complaints = choices, complaints

    def refuse(self, name: str, value: object, expected: str) -> None:
        self.complaints.add(name or "body", f"{reprlib.repr(value)}, expected {expected}")


def _of_text(field: Field, text: str) -> Any:
    """What a parameter's text says, as JSON would say it; text that does not say it stays as it is."""
    kinds = arms(field.kind)
    if not text and NoneType in kinds:
        return None
    if bool in kinds:
        return _BOOLEANS.get(text, text)
    return int(text) if int in kinds and _WHOLE.fullmatch(text) else text


def _parsed(body: bytes, complaints: Complaints) -> Any:
    def no_number(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(body, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        # Also bytes that are no UTF-8, numbers of thousands of digits, and brackets nested as deep.
        complaints.add("body", f"{error}, expected JSON")
        return _UNREADABLE


def _read_object(model: type, values: Mapping[str, Any], where: str, reader: _Reader) -> Any:
    fields = fields_of(model)
    known = [field.name for field in fields]
    for name in values.keys() - set(known):
        reader.complaints.add(_below(where, name), f"no such field, expected of {', '.join(known) or 'none'}")
    before, given = reader.complaints.count, {}
    for field in fields:
        if field.name in values:
            name = _below(where, field.name)
            given[field.name] = _read_value(field.kind, field.rule, values[field.name], name, reader)
        elif field.is_required:
            reader.complaints.add(_below(where, field.name), f"missing, expected {_expected(field.kind, field.rule)}")
    is_sound = reader.complaints.count == before and values.keys() <= set(known)
    return model(**given) if is_sound else None


def _read_value(kind: Any, rule: Rule, value: Any, name: str, reader: _Reader) -> Any:
    arm = next((arm for arm in arms(kind) if _fits(arm, value)), None)
    if arm is None or not _is_within(arm, rule, value):
        return reader.refuse(name, value, _expected(kind, rule))
    if arm is int:
        return int(value)
    if rule.choices and arm is str:
        return _read_choice(reader.choices[rule.choices], value, name, reader)
    if is_dataclass(arm) and isinstance(arm, type):
        return _read_object(arm, value, name, reader)
    return _read_list(arm, rule, value, name, reader) if element(arm) else value


def _read_choice(choices: Sequence[str], value: str, name: str, reader: _Reader) -> str | None:
    found = next((choice for choice in choices if choice.casefold() == value.casefold()), None)
    if found is None:
        reader.refuse(name, value, f"one of {', '.join(choices)}" if choices else "none: the data has none")
    return found


def _read_list(kind: Any, rule: Rule, values: list[Any], name: str, reader: _Reader) -> list[Any]:
    inner, inner_rule = element(kind) or (Any, NO_RULE)
    read = [_read_value(inner, inner_rule, value, f"{name}[{at}]", reader) for at, value in enumerate(values)]
    if rule.is_unique:
        seen: set[tuple[type, Any]] = set()
        for at, value in enumerate(read):
            if value is not None and (type(value), value) in seen:
                reader.refuse(f"{name}[{at}]", value, "each once")
            seen.add((type(value), value))
    return read


def _fits(arm: Any, value: Any) -> bool:
    """Whether a JSON value is of a type; to JSON Schema 10.0 is a whole number, and true is none."""
    if choices := members(arm):
        return isinstance(value, str) and value in choices
    if arm is int:
        return type(value) is int or (type(value) is float and value.is_integer())
    if arm is NoneType:
        return value is None
    if element(arm):
        return isinstance(value, list)
    if is_dataclass(arm):
        return isinstance(value, dict)
    return type(value) is arm


def _is_within(arm: Any, rule: Rule, value: Any) -> bool:
    if arm is int:
        too_low = rule.minimum is not None and value < rule.minimum
        return not too_low and (rule.maximum is None or value <= rule.maximum)
    if arm is str:
        return rule.max_length is None or len(value) <= rule.max_length
    if element(arm):
        return (rule.min_items or 0) <= len(value) and (rule.max_items is None or len(value) <= rule.max_items)
    return True


def _expected(kind: Any, rule: Rule) -> str:
    return " or ".join(_words(arm, rule) for arm in arms(kind) if arm is not NoneType)


def _words(arm: Any, rule: Rule) -> str:
    if choices := members(arm):
        return f"one of {', '.join(choices)}"
    if arm is int:
        return f"a whole number{_between(rule.minimum, rule.maximum)}"
    if inner := element(arm):
        return f"a list{_how_many(rule.min_items, rule.max_items)}, each {_expected(*inner)}"
    if is_dataclass(arm) and isinstance(arm, type):
        return f"an object of {', '.join(field.name for field in fields_of(arm))}"
    at_most = "" if rule.max_length is None else f" of at most {rule.max_length} characters"
    return "true or false" if arm is bool else f"text{at_most}"


def _how_many(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f" of {least} to {most}"
    if least is not None:
        return f" of at least {least}"
    return "" if most is None else f" of at most {most}"


def _between(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" from {least} on"
    return "" if most is None else f" up to {most}"


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
