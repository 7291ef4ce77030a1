"""Condition blocks of policy statements.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys".
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from local_aws.iam.context import Context
from local_aws.iam.errors import MalformedPolicy, UnsupportedConditionOperator, UnsupportedPolicyVariable
from local_aws.iam.patterns import arn_matches, matches

Test = Callable[[str, str], bool]
Quantifier = Literal["", "ForAnyValue", "ForAllValues"]


@dataclass(frozen=True)
class Condition:
    """One operator on one context key; the wanted values are alternatives."""

    key: str
    test: Test
    wanted: tuple[str, ...]
    negated: bool = False
    if_exists: bool = False
    quantifier: Quantifier = ""

    def holds(self, context: Context) -> bool:
        """Whether the request's context satisfies this condition.

        Raises UnsupportedConditionKey and UnsupportedPolicyVariable.
        """
        refuse_variables(self.wanted)
        have = context.get(self.key)
        if not have:
            return self._holds_without_key()
        # A multivalued key under a plain operator has no defined meaning on AWS; a plain positive test then asks
        # for any value and a plain negated one for all, which for a single value is the ordinary meaning.
        everyone = self.quantifier == "ForAllValues" or (not self.quantifier and self.negated)
        return (all if everyone else any)(map(self._fits, have))

    def _holds_without_key(self) -> bool:
        if self.quantifier:
            return self.quantifier == "ForAllValues"
        return self.if_exists or self.negated

    def _fits(self, value: str) -> bool:
        return any(self.test(wanted, value) for wanted in self.wanted) is not self.negated


@dataclass(frozen=True)
class Null:
    """Whether a key is absent (`"true"`) or present (`"false"`)."""

    key: str
    absent: bool

    def holds(self, context: Context) -> bool:
        """Raises UnsupportedConditionKey."""
        return bool(context.get(self.key)) is not self.absent


def read(block: Mapping[str, Mapping[str, Any]]) -> tuple[Condition | Null | Unsupported, ...]:
    """The conditions of a statement, all of which must hold.

    An operator that is not known is kept, and raised when a request reaches it: AWS's managed policies are long.
    """
    return tuple(
        _condition(name, key, as_texts(values)) for name, keys in block.items() for key, values in keys.items()
    )


@dataclass(frozen=True)
class Unsupported:
    """An operator this evaluator does not know."""

    name: str

    def holds(self, context: Context) -> bool:
        """Raises UnsupportedConditionOperator, always."""
        raise UnsupportedConditionOperator(f"condition operator {self.name!r}: expected one of {', '.join(OPERATORS)}")


def refuse_variables(texts: tuple[str, ...]) -> None:
    """Raises UnsupportedPolicyVariable when a text holds a `${…}`."""
    for text in texts:
        if "${" in text:
            raise UnsupportedPolicyVariable(f"policy variable in {text!r}: the local IAM does not substitute variables")


def as_texts(value: Any) -> tuple[str, ...]:
    """A policy's scalar or list as texts; JSON's booleans and numbers as policies write them."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in values)


def _condition(name: str, key: str, wanted: tuple[str, ...]) -> Condition | Null | Unsupported:
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    if quantifier not in ("", "ForAnyValue", "ForAllValues"):
        return Unsupported(name)
    if rest == "Null" and not quantifier:
        return Null(key, absent=wanted[0].lower() == "true")
    if base not in OPERATORS:
        return Unsupported(name)
    test, negated = OPERATORS[base]
    return Condition(key, test, wanted, negated, if_exists=base != rest, quantifier=quantifier)  # type: ignore[arg-type]


def _ignoring_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _numbers(compare: Callable[[float, float], bool]) -> Test:
    return lambda wanted, value: compare(_number(value), _number(wanted))


def _dates(compare: Callable[[datetime, datetime], bool]) -> Test:
    return lambda wanted, value: compare(_date(value), _date(wanted))


def _in_network(wanted: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError as error:
        raise MalformedPolicy(
            f"IP condition {wanted!r} against {value!r}: expected an address and a network"
        ) from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise MalformedPolicy(f"numeric condition value {text!r}: expected a number") from error


def _date(text: str) -> datetime:
    try:
        if text.replace(".", "", 1).isdigit() and len(text) > len("2026"):
            return datetime.fromtimestamp(float(text), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedPolicy(f"date condition value {text!r}: expected ISO 8601 or epoch seconds") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


OPERATORS: Mapping[str, tuple[Test, bool]] = {
    "StringEquals": (operator.eq, False),
    "StringNotEquals": (operator.eq, True),
    "StringEqualsIgnoreCase": (_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_ignoring_case, True),
    "StringLike": (matches, False),
    "StringNotLike": (matches, True),
    "ArnEquals": (arn_matches, False),
    "ArnNotEquals": (arn_matches, True),
    "ArnLike": (arn_matches, False),
    "ArnNotLike": (arn_matches, True),
    "Bool": (_ignoring_case, False),
    "NumericEquals": (_numbers(operator.eq), False),
    "NumericNotEquals": (_numbers(operator.eq), True),
    "NumericLessThan": (_numbers(operator.lt), False),
    "NumericLessThanEquals": (_numbers(operator.le), False),
    "NumericGreaterThan": (_numbers(operator.gt), False),
    "NumericGreaterThanEquals": (_numbers(operator.ge), False),
    "DateEquals": (_dates(operator.eq), False),
    "DateNotEquals": (_dates(operator.eq), True),
    "DateLessThan": (_dates(operator.lt), False),
    "DateLessThanEquals": (_dates(operator.le), False),
    "DateGreaterThan": (_dates(operator.gt), False),
    "DateGreaterThanEquals": (_dates(operator.ge), False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
}
"""Operator → (test of one wanted value, whether the operator asks that no wanted value fits)."""
