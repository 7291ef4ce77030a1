"""Conditions and rules: the part of a template that is true or false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.errors import RequestRefused, TemplateError
from local_aws.cloudformation.intrinsics import Scope, arguments


class Conditions(Mapping[str, bool]):
    """The template's conditions by name, each worked out when first asked for."""

    def __init__(self, declared: Mapping[str, Any], scope: Scope) -> None:
        self._declared = declared
        self._scope = scope
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def __getitem__(self, name: str) -> bool:
        if name not in self._declared:
            raise KeyError(name)
        if name in self._open:
            raise TemplateError(f"Template error: circular conditions {' -> '.join([*self._open, name])}")
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self.holds(self._declared[name])
            self._open.pop()
        return self._known[name]

    def __iter__(self) -> Any:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def holds(self, expression: Any) -> bool:
        """Raises TemplateError naming a function that is not a condition's."""
        if not isinstance(expression, dict) or len(expression) != 1:
            raise TemplateError(f"Template error: not a condition: {expression!r}")
        ((name, argument),) = expression.items()
        if name == "Condition":
            if not isinstance(argument, str) or argument not in self:
                raise TemplateError(f"Template error: unresolved condition dependency {argument}")
            return self[argument]
        if name == "Fn::Not":
            return not self.holds(arguments(name, argument, 1)[0])
        if name in ("Fn::And", "Fn::Or"):
            return (all if name == "Fn::And" else any)(self.holds(part) for part in _list(name, argument))
        if name == "Fn::Equals":
            left, right = (_comparable(self._scope.evaluate(part)) for part in arguments(name, argument, 2))
            return bool(left == right)
        if name == "Fn::Contains":
            values, wanted = (self._scope.evaluate(part) for part in arguments(name, argument, 2))
            return _comparable(wanted) in map(_comparable, _list(name, values))
        raise TemplateError(f"Template error: condition function {name} is not emulated")


def check_rules(rules: Mapping[str, Any], conditions: Conditions) -> None:
    """Raises RequestRefused with the description of the first assertion that does not hold."""
    for name, rule in rules.items():
        if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list):
            raise TemplateError(f"Template format error: [/Rules/{name}] must be an object with a list of Assertions")
        if "RuleCondition" in rule and not conditions.holds(rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            if not isinstance(assertion, dict) or "Assert" not in assertion:
                raise TemplateError(f"Template format error: [/Rules/{name}] not an assertion: {assertion!r}")
            if not conditions.holds(assertion["Assert"]):
                said = assertion.get("AssertDescription", "assertion failed")
                raise RequestRefused(f"Template validation error: Rule {name} failed: {said}")


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TemplateError(f"Template error: {name} takes a list, got {value!r}")
    return value


def _comparable(value: Any) -> Any:
    """CloudFormation compares text: `true` and "true" are equal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value
