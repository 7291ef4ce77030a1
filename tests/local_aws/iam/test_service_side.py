"""What services ask in process: `authorize`, `is_allowed`, `assert_trusts`, and the audit they write."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from local_aws import iam
from local_aws.iam import roles
from local_aws.iam.audit import MAX_DISTINCT, Audit
from local_aws.iam.errors import ExpiredCredentials
from local_aws.world import ACCOUNT

STATES = "states.amazonaws.com"
LOG_DELIVERY = {"Effect": "Allow", "Action": "logs:CreateLogDelivery", "Resource": "*"}


def make_role(trust: dict[str, Any] | None = None, *statements: dict[str, Any], path: str = "/") -> str:
    """A role in this process's store; returns its ARN."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    statement = trust or {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": STATES}}
    role = iam_backends[ACCOUNT]["aws"].create_role(
        role_name=name,
        assume_role_policy_document=json.dumps({"Statement": statement}),
        path=path,
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    role.put_policy("inline", json.dumps({"Statement": list(statements)}))
    return str(role.arn)


def test_authorize_passes_or_raises_in_the_words_of_aws() -> None:
    arn = make_role(None, LOG_DELIVERY)
    iam.authorize(arn, "logs:CreateLogDelivery", "*")
    with pytest.raises(iam.AccessDenied) as refused:
        iam.authorize(arn, "logs:PutResourcePolicy", "*", session="machine")
    name = arn.rpartition("/")[2]
    assert str(refused.value) == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/machine is not authorized to perform: "
        "logs:PutResourcePolicy on resource: * "
        "because no identity-based policy allows the logs:PutResourcePolicy action"
    )


def test_authorize_takes_context() -> None:
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    arn = make_role(None, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition})
    passed = "arn:aws:iam::123456789012:role/x"
    iam.authorize(arn, "iam:PassRole", passed, {"iam:PassedToService": "sagemaker.amazonaws.com"})
    with pytest.raises(iam.AccessDenied):
        iam.authorize(arn, "iam:PassRole", passed, {"iam:PassedToService": "lambda.amazonaws.com"})


def test_is_allowed_only_tells() -> None:
    assert iam.is_allowed(make_role(None, LOG_DELIVERY), "logs:CreateLogDelivery", "*")
    assert not iam.is_allowed(make_role(), "xray:PutTraceSegments", "*")


def test_policies_that_moto_keeps_as_mappings_are_read() -> None:
    """moto's CloudFormation stores the Policies of a role unserialised."""
    arn = make_role()
    role = roles.find(arn)
    assert role is not None
    role.policies["from template"] = {"Version": "2012-10-17", "Statement": [LOG_DELIVERY]}
    iam.authorize(arn, "logs:CreateLogDelivery", "*")


TRUSTS = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": STATES}}
ONLY_MINE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
ONLY_ONE = {"ArnLike": {"aws:SourceArn": f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:one"}}


@pytest.mark.parametrize(
    ("trust", "arguments", "expected"),
    [
        (TRUSTS, {}, True),
        ({**TRUSTS, "Principal": {"Service": ["lambda.amazonaws.com", STATES]}}, {}, True),
        ({**TRUSTS, "Principal": {"Service": "lambda.amazonaws.com"}}, {}, False),
        ({**TRUSTS, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, {}, False),
        ({**TRUSTS, "Effect": "Deny"}, {}, False),
        ({**TRUSTS, "Action": "sts:TagSession"}, {}, False),
        ({**TRUSTS, "Principal": {"Service": "states.eu-west-1.amazonaws.com"}}, {}, False),
        ({**TRUSTS, "Principal": {"Service": "states.eu-west-1.amazonaws.com"}}, {"region": "eu-west-1"}, True),
        ({**TRUSTS, "Principal": {"Service": "states.eu-west-1.amazonaws.com"}}, {"region": "us-east-1"}, False),
        ({**TRUSTS, "Condition": ONLY_MINE}, {}, True),
        ({**TRUSTS, "Condition": ONLY_MINE}, {"context": {"aws:SourceAccount": "999999999999"}}, False),
        ({**TRUSTS, "Condition": ONLY_ONE}, {}, False),
        ({**TRUSTS, "Condition": ONLY_ONE}, {"context": {"aws:SourceArn": ONLY_ONE["ArnLike"]["aws:SourceArn"]}}, True),
    ],
)
def test_trust(trust: dict[str, Any], arguments: dict[str, Any], expected: bool) -> None:
    arn = make_role(trust)
    if expected:
        iam.assert_trusts(arn, STATES, **arguments)
    else:
        with pytest.raises(iam.RoleNotAssumable, match="Neither the global service principal states") as refused:
            iam.assert_trusts(arn, STATES, **arguments)
        assert refused.value.code == "AccessDeniedException"


@pytest.mark.parametrize(
    ("service", "code", "text"),
    [
        ("lambda.amazonaws.com", "InvalidParameterValueException", "cannot be assumed by Lambda"),
        ("sagemaker.amazonaws.com", "ValidationException", "Could not assume role arn:aws:iam::123456789012:role/none"),
        ("glue.amazonaws.com", "AccessDenied", "glue.amazonaws.com is not authorized to assume role"),
    ],
)
def test_role_that_does_not_exist_is_not_assumable(service: str, code: str, text: str) -> None:
    with pytest.raises(iam.RoleNotAssumable, match=text) as refused:
        iam.assert_trusts(f"arn:aws:iam::{ACCOUNT}:role/none", service)
    assert refused.value.code == code


def test_a_role_is_known_by_its_whole_arn() -> None:
    arn = make_role(path="/service-role/")
    iam.assert_trusts(arn, STATES)
    with pytest.raises(iam.RoleNotAssumable):
        iam.assert_trusts(arn.replace("/service-role", ""), STATES)


def test_trust_that_cannot_be_read_is_told() -> None:
    arn = make_role({**TRUSTS, "Condition": {"StringEquals": {"aws:ResourceTag/x": "y"}}})
    with pytest.raises(iam.RoleNotAssumable, match="aws:ResourceTag/x"):
        iam.assert_trusts(arn, STATES)


def test_expired_session_is_refused() -> None:
    issued = sts_backends[ACCOUNT]["aws"].assume_role(
        region_name="eu-west-1",
        role_session_name="late",
        role_arn=make_role(),
        policy="",
        duration=-1,
        external_id="",
    )
    with pytest.raises(ExpiredCredentials):
        roles.session_of(issued.access_key_id, issued.session_token, "eu-west-1")


def test_audit_counts_exactly_from_many_threads() -> None:
    audit = Audit()

    def work() -> None:
        for _ in range(500):
            audit.allowed("r", "s3:GetObject", "*", needs='{"Action": "*"}')
            audit.denied("r", "s3:PutObject", "arn:aws:s3:::b/k")
            audit.denied("r", "xray:PutTraceSegments", "*", is_enforced=False)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = audit.page()
    assert (page["calls"], page["denied"]) == (12_000, 4_000)
    rows = page["denials"] + page["unenforced"] + page["used"] + page["needed"]
    assert [row["count"] for row in rows] == [4_000] * 4


def test_audit_is_bounded_and_its_totals_are_not() -> None:
    audit = Audit()
    for number in range(MAX_DISTINCT + 5):
        audit.denied("r", "s3:PutObject", f"arn:aws:s3:::b/{number}")
    page = audit.page()
    assert page["denied"] == MAX_DISTINCT + 5
    assert len(page["denials"]) == MAX_DISTINCT
