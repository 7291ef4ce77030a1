"""Event patterns by the user guide's examples, and what EventBridge refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.events.patterns import InvalidPattern, matcher

EVENT: dict[str, Any] = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "resources": ["arn:aws:s3:::bucket", "arn:aws:s3:::other"],
    "detail": {
        "bucket": {"name": "bucket"},
        "object": {"key": "in/ratings.CSV", "size": 300, "etag": "a*b"},
        "state": "RUNNING",
        "count": 10,
        "ratio": 0.5,
        "is-new": True,
        "none": None,
        "empty": "",
        "list": [],
        "source-ip": "10.0.0.7",
        "steps": [{"name": "train", "status": "ok"}, {"name": "gate", "status": "bad"}],
    },
}


def matches(pattern: dict[str, Any]) -> bool:
    return matcher(json.dumps(pattern))(EVENT)


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": {name.replace("_", "-"): wanted for name, wanted in fields.items()}}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.s3"]},
        {"source": ["aws.ec2", "aws.s3"], "detail-type": ["Object Created"]},
        {"resources": ["arn:aws:s3:::other"]},
        {"detail": {"bucket": {"name": ["bucket"]}}},
        detail(none=[None]),
        detail(empty=[""]),
        detail(is_new=[True]),
        detail(count=[10]),
        {"detail": {"object": {"key": [{"prefix": "in/"}]}}},
        {"detail": {"object": {"key": [{"prefix": {"equals-ignore-case": "IN/"}}]}}},
        {"detail": {"object": {"key": [{"suffix": ".CSV"}]}}},
        {"detail": {"object": {"key": [{"suffix": {"equals-ignore-case": ".csv"}}]}}},
        {"detail": {"object": {"key": [{"wildcard": "in/*.CSV"}]}}},
        {"detail": {"object": {"etag": [{"wildcard": "a\\**"}]}}},
        detail(state=[{"equals-ignore-case": "running"}]),
        detail(state=[{"anything-but": "STOPPED"}]),
        detail(state=[{"anything-but": ["STOPPED", "FAILED"]}]),
        detail(state=[{"anything-but": {"prefix": "STO"}}]),
        detail(state=[{"anything-but": {"prefix": ["STO", "FAI"]}}]),
        detail(state=[{"anything-but": {"suffix": "ED"}}]),
        detail(state=[{"anything-but": {"wildcard": "*ED"}}]),
        detail(state=[{"anything-but": {"equals-ignore-case": "stopped"}}]),
        detail(count=[{"anything-but": 11}]),
        detail(count=[{"numeric": ["=", 10]}]),
        detail(count=[{"numeric": [">", 0, "<=", 10]}]),
        detail(ratio=[{"numeric": ["<", 1]}]),
        detail(source_ip=[{"cidr": "10.0.0.0/24"}]),
        detail(state=[{"exists": True}]),
        detail(absent=[{"exists": False}]),
        detail(list=[{"exists": False}]),
        {"detail": {"absent": {"deep": [{"exists": False}]}}},
        {"detail": {"bucket": [{"exists": False}]}},  # only leaves exist
        {"detail": {"steps": {"name": ["gate"], "status": ["bad"]}}},
        {"$or": [{"source": ["aws.ec2"]}, {"detail": {"count": [10]}}]},
        {"source": ["aws.s3"], "detail": {"$or": [{"count": [11]}, {"state": [{"prefix": "RUN"}]}]}},
        detail(state=["x", {"prefix": "RUN"}]),
    ],
)
def test_matches(pattern: dict[str, Any]) -> None:
    assert matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.s3"], "detail-type": ["Object Deleted"]},
        {"source": ["AWS.S3"]},
        {"resources": ["arn:aws:s3:::none"]},
        detail(absent=[None]),
        detail(count=["10"]),
        detail(count=[10.0]),
        detail(is_new=[1]),
        detail(none=[""]),
        {"detail": {"object": {"key": [{"prefix": "ratings"}]}}},
        {"detail": {"object": {"key": [{"suffix": ".csv"}]}}},
        {"detail": {"object": {"key": [{"wildcard": "in/*.csv"}]}}},
        {"detail": {"object": {"etag": [{"wildcard": "a\\*"}]}}},
        {"detail": {"object": {"size": [{"prefix": "3"}]}}},
        detail(state=[{"anything-but": ["RUNNING"]}]),
        detail(state=[{"anything-but": {"prefix": "RUN"}}]),
        detail(absent=[{"anything-but": ["x"]}]),
        detail(count=[{"numeric": [">", 10]}]),
        detail(state=[{"numeric": [">", 0]}]),
        detail(is_new=[{"numeric": ["=", 1]}]),
        detail(source_ip=[{"cidr": "10.0.1.0/24"}]),
        detail(state=[{"cidr": "10.0.0.0/8"}]),
        detail(state=[{"exists": False}]),
        detail(absent=[{"exists": True}]),
        {"detail": {"state": {"deep": ["x"]}}},
        # One step is named so and another is in that state.
        {"detail": {"steps": {"name": ["gate"], "status": ["ok"]}}},
        {"$or": [{"source": ["aws.ec2"]}, {"detail": {"count": [11]}}]},
    ],
)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    assert not matches(pattern)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "valid JSON"),
        ("[]", "not an object"),
        ("{}", "empty"),
        ('{"source": "aws.s3"}', "must be an object or an array"),
        ('{"source": []}', "Empty arrays"),
        ('{"source": {}}', "must be an object or an array"),
        ('{"source": [["a"]]}', "Match value must be"),
        ('{"source": [{"begins": "a"}]}', "Unrecognized match type begins"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key"),
        ('{"source": [{"prefix": 1}]}', "must be a string"),
        ('{"source": [{"prefix": {"wildcard": "a"}}]}', "Unsupported prefix pattern"),
        ('{"source": [{"anything-but": []}]}', "anything-but"),
        ('{"source": [{"anything-but": {"numeric": ["=", 1]}}]}', "anything-but"),
        ('{"source": [{"numeric": ["=>", 1]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"numeric": [">"]}]}', "Invalid numeric"),
        ('{"source": [{"numeric": [">", "1"]}]}', "must be numeric"),
        ('{"source": [{"exists": "yes"}]}', "exists"),
        ('{"source": [{"wildcard": "a**"}]}', "wildcard"),
        ('{"source": [{"wildcard": "a\\\\b"}]}', "escape"),
        ('{"source": [{"cidr": "10.0.0.0/40"}]}', "CIDR"),
        ('{"$or": {"source": ["a"]}}', "\\$or"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=reason):
        matcher(text)
