"""Rules of composite alarms."""

from __future__ import annotations

import pytest

from local_aws.cloudwatch.composite import Rule
from local_aws.cloudwatch.errors import NotEmulated, ValidationError

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("ALARM(a)", True),
        ("ALARM(b)", False),
        ('OK("b") AND INSUFFICIENT_DATA("c d")', True),
        ("ALARM('arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a')", True),
        ("NOT ALARM(a) OR ALARM(b)", False),
        ("NOT (ALARM(a) AND ALARM(b))", True),
        ("ALARM(a) OR ALARM(b) AND ALARM(b)", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(b)", False),
        ("TRUE", True),
        ("ALARM(a) AND FALSE", False),
        ('(ALARM("a")  OR\n ALARM("b"))', True),
    ],
)
def test_rules(text: str, *, is_met: bool) -> None:
    assert Rule(text).is_met(STATES.__getitem__) is is_met


def test_children_in_their_order() -> None:
    assert Rule('ALARM("c d") OR NOT OK(a) AND ALARM("c d")').children == ["c d", "a"]


@pytest.mark.parametrize("text", ["", "ALARM", "ALARM()", "ALARM(a) AND", "ALARM(a) ALARM(b)", "(ALARM(a)", "alarm(a)"])
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(ValidationError):
        Rule(text)


def test_at_least_is_refused_by_name() -> None:
    with pytest.raises(NotEmulated, match="AT_LEAST"):
        Rule("AT_LEAST(2, ALARM, (a, b, c))")
