"""Condition operators, against tables read off the IAM User Guide ("Condition operators", "Set operators …")."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.iam import conditions
from local_aws.iam.context import Context
from local_aws.iam.errors import (
    MalformedPolicy,
    UnsupportedConditionKey,
    UnsupportedConditionOperator,
    UnsupportedPolicyVariable,
)

KEY = "aws:UserAgent"


def holds(operator: str, wanted: Any, have: str | tuple[str, ...] | None, key: str = KEY) -> bool:
    context = Context.of({} if have is None else {key: have})
    if have is None and key == KEY:
        context = Context.of({KEY: ()})
    return all(condition.holds(context) for condition in conditions.read({operator: {key: wanted}}))


@pytest.mark.parametrize(
    ("operator", "wanted", "have", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
        ("StringLike", "run?/*", "runs/x/y", True),
        ("StringLike", "runs/*", "run/x", False),
        ("StringNotLike", "runs/*", "run/x", True),
        ("StringNotLike", ["runs/*", "run/*"], "run/x", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", 10, "10", False),
        ("NumericLessThan", 10, "9", True),
        ("NumericLessThan", 10, "10", False),
        ("NumericLessThanEquals", 10, "10", True),
        ("NumericGreaterThan", "1.2", "1.3", True),
        ("NumericGreaterThanEquals", "1.2", "1.1", False),
        ("DateLessThan", "2030-01-01T00:00:00Z", "2029-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2030-01-01T00:00:00Z", "2029-12-31T23:59:59Z", False),
        ("DateEquals", "1970-01-02T00:00:00Z", "86400", True),
        ("DateGreaterThanEquals", "2030-01-01", "2030-01-01T00:00:00Z", True),
        ("DateNotEquals", "2030-01-01", "2030-01-02", True),
        ("DateLessThanEquals", "2030-01-01", "2030-01-02", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", True),
        ("ArnEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:eu-west-1:1:topic", True),
        ("ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:1:t", False),  # no wildcard reaches over a colon
        ("ArnNotEquals", "arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:t", False),
        ("ArnNotLike", "arn:aws:sns:*:2:t", "arn:aws:sns:eu-west-1:1:t", True),
    ],
)
def test_operator_on_a_single_value(operator: str, wanted: Any, have: str, expected: bool) -> None:
    assert holds(operator, wanted, have) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        # "If the key … is not present in the request context, the values do not match and the condition is false. If
        # the policy condition requires that the key is not matched, … the condition is true."
        ("StringEquals", False),
        ("StringLike", False),
        ("ArnLike", False),
        ("Bool", False),
        ("NumericLessThan", False),
        ("IpAddress", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("ArnNotLike", True),
        ("NotIpAddress", True),
        ("NumericNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("BoolIfExists", True),
        # "ForAllValues … also returns true if there are no context keys in the request"; ForAnyValue returns false.
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_operator_on_an_absent_key(operator: str, expected: bool) -> None:
    assert holds(operator, "1", None) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "have", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
        ("ForAnyValue:StringEquals", ["a", "b"], ("a", "c"), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), False),
        ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
        ("ForAllValues:StringNotEquals", ["a"], ("a", "c"), False),
        ("ForAnyValue:StringNotEquals", ["a"], ("a", "c"), True),
        ("ForAnyValue:StringLike", ["team-*"], ("team-x", "z"), True),
    ],
)
def test_set_operators(operator: str, wanted: list[str], have: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, wanted, have) is expected


@pytest.mark.parametrize(
    ("wanted", "have", "expected"),
    [("true", None, True), ("true", "x", False), ("false", None, False), ("false", "x", True)],
)
def test_null_asks_for_presence(wanted: str, have: str | None, expected: bool) -> None:
    assert holds("Null", wanted, have) is expected


def test_all_operators_and_all_keys_must_hold() -> None:
    block = {"StringEquals": {"s3:prefix": "a", "s3:delimiter": "/"}, "Bool": {"aws:SecureTransport": "true"}}
    given = {"s3:prefix": "a", "s3:delimiter": "/", "aws:SecureTransport": "true"}
    read = conditions.read(block)
    assert all(condition.holds(Context.of(given)) for condition in read)
    for key in given:
        assert not all(condition.holds(Context.of({**given, key: "other"})) for condition in read)


def test_keys_are_compared_without_case() -> None:
    assert holds("StringEquals", "x", "x", key="AWS:useragent")


@pytest.mark.parametrize("operator", ["BinaryEquals", "StringSounds", "ForSomeValues:StringEquals", "NullIfExists"])
def test_unknown_operator_is_refused_by_name(operator: str) -> None:
    with pytest.raises(UnsupportedConditionOperator, match=operator):
        holds(operator, "x", "x")


def test_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedConditionKey, match="aws:ResourceTag/team"):
        holds("StringEquals", "x", None, key="aws:ResourceTag/team")


def test_variable_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedPolicyVariable, match="aws:username"):
        holds("StringEquals", "${aws:username}", "x")


@pytest.mark.parametrize(
    ("operator", "wanted", "have"),
    [("NumericEquals", "ten", "10"), ("DateEquals", "yesterday", "2030-01-01"), ("IpAddress", "here", "10.0.0.1")],
)
def test_malformed_value_is_refused_by_name(operator: str, wanted: str, have: str) -> None:
    with pytest.raises(MalformedPolicy, match=wanted):
        holds(operator, wanted, have)
