"""Retriers, catchers and Choice rules: what moto's parser takes although it cannot mean anything.

The words are CreateStateMachine's where they are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
    ComparisonOperatorType,
)

from local_aws.stepfunctions.comparisons import is_operand

ALL = "States.ALL"
Problem = tuple[str, str]
"""What is wrong, and where."""
_COMPOSITES = ("And", "Or", "Not")


def problems(state: Mapping[str, Any], at: str, *, language: str) -> Iterator[Problem]:
    """What is wrong with a state's rules."""
    for field in ("Retry", "Catch"):
        yield from _order(state.get(field), f"{at}/{field}")
    if language == "JSONPath":
        for index, catcher in _objects(state.get("Catch")):
            if "Output" in catcher:
                yield 'The field "Output" is not supported', f"{at}/Catch[{index}]"
    if state.get("Type") == "Choice":
        yield from _choices(state, at, language)


def _order(rules: Any, at: str) -> Iterator[Problem]:
    for index, rule in _objects(rules):
        names = rule.get("ErrorEquals")
        is_last = index == len(rules) - 1
        if isinstance(names, list) and ALL in names and not (len(names) == 1 and is_last):
            yield f"{ALL} must appear alone and at end of list", f"{at}[{index}]/ErrorEquals"


def _choices(state: Mapping[str, Any], at: str, language: str) -> Iterator[Problem]:
    if "Choices" not in state:
        yield "These fields are required: [Choices]", at
    for index, rule in _objects(state.get("Choices")):
        where = f"{at}/Choices[{index}]"
        if "Next" not in rule:
            yield "These fields are required: [Next]", where
        if language == "JSONPath":
            if "Output" in rule:
                yield 'The field "Output" is not supported', where
            yield from _comparison(rule, where)


def _comparison(rule: Mapping[str, Any], at: str) -> Iterator[Problem]:
    for name, operand in rule.items():
        if name in ComparisonOperatorType.__members__ and not is_operand(name, operand):
            yield f"{name} cannot compare with {operand!r}", f"{at}/{name}"
        if name in _COMPOSITES:
            inner = [operand] if name == "Not" else operand
            for index, part in _objects(inner):
                where = f"{at}/{name}" if name == "Not" else f"{at}/{name}[{index}]"
                if "Next" in part:
                    yield "Field 'Next' is not supported", where
                yield from _comparison(part, where)


def _objects(rules: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rules that are objects, each with its place; the parser refuses the rest."""
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict):
            yield index, rule
