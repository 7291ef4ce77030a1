"""Decisions, against truth tables from the IAM User Guide and a naive oracle."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.iam.context import Context
from local_aws.iam.errors import MalformedPolicy, UnsupportedConditionOperator, UnsupportedPolicyVariable
from local_aws.iam.evaluation import Decision, Policies, ResourcePolicy, decide
from local_aws.iam.patterns import arn_matches
from local_aws.iam.policy import Policy, Request, parse
from local_aws.iam.principals import Caller

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/r"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
CALLER = Caller(account=ACCOUNT, role_arn=ROLE, session_arn=SESSION)
OBJECT = "arn:aws:s3:::b/k"


def statement(effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = OBJECT, **other: Any) -> Any:
    return {"Effect": effect, "Action": action, "Resource": resource, **other}


def policy(*statements: Any) -> Policy:
    return parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def ask(
    *identity: Any,
    boundary: Any = None,
    session: Any = None,
    resource: Any = None,
    trust: bool = False,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    context: dict[str, str] | None = None,
) -> Decision:
    policies = Policies(
        identity=(policy(*identity),),
        boundary=policy(boundary) if boundary else None,
        session=policy(session) if session else None,
        resource=ResourcePolicy(policy=policy(resource), is_required=trust) if resource else None,
    )
    return decide(policies, Request(action, on, Context.of(context or {}), CALLER))


ALLOW, DENY = statement(), statement("Deny")
ELSEWHERE = statement(resource="arn:aws:s3:::other/*")
FOR_ROLE = statement(Principal={"AWS": ROLE})
FOR_SESSION = statement(Principal={"AWS": SESSION})
FOR_ACCOUNT = statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
FOR_STRANGER = statement(Principal={"AWS": "arn:aws:iam::999999999999:root"})
DENY_ALL = statement("Deny", Principal="*")


@pytest.mark.parametrize(
    ("identity", "limits", "expected", "reason"),
    [
        # "Policy evaluation for requests within a single account": by default everything is implicitly denied,
        ([], {}, False, "because no identity-based policy allows the s3:GetObject action"),
        ([ELSEWHERE], {}, False, "because no identity-based policy allows"),
        # an explicit allow overrides the default,
        ([ALLOW], {}, True, ""),
        # an explicit deny overrides any allow.
        ([ALLOW, DENY], {}, False, "with an explicit deny in an identity-based policy"),
        ([DENY, ALLOW], {}, False, "with an explicit deny in an identity-based policy"),
        # "Permissions boundaries for IAM entities": the intersection; a boundary alone grants nothing.
        ([ALLOW], {"boundary": ALLOW}, True, ""),
        ([ALLOW], {"boundary": ELSEWHERE}, False, "because no permissions boundary allows"),
        ([ALLOW], {"boundary": DENY}, False, "with an explicit deny in a permissions boundary"),
        ([], {"boundary": ALLOW}, False, "because no identity-based policy allows"),
        # "Session policies": the intersection too.
        ([ALLOW], {"session": ALLOW}, True, ""),
        ([ALLOW], {"session": ELSEWHERE}, False, "because no session policy allows"),
        ([ALLOW], {"session": DENY}, False, "with an explicit deny in a session policy"),
        ([], {"session": ALLOW}, False, "because no identity-based policy allows"),
        ([ALLOW], {"session": ALLOW, "boundary": ELSEWHERE}, False, "because no permissions boundary allows"),
        # "Identity-based policies and resource-based policies": in one account the union, a deny in either wins.
        ([], {"resource": FOR_ROLE}, True, ""),
        ([], {"resource": FOR_SESSION}, True, ""),
        ([ALLOW], {"resource": FOR_STRANGER}, True, ""),
        ([], {"resource": FOR_STRANGER}, False, "because no identity-based policy allows"),
        ([ALLOW], {"resource": DENY_ALL}, False, "with an explicit deny in a resource-based policy"),
        # The account as principal delegates to identity policies, it does not grant ("Principal": account principals).
        ([], {"resource": FOR_ACCOUNT}, False, "because no identity-based policy allows"),
        ([ALLOW], {"resource": FOR_ACCOUNT}, True, ""),
        # A role's trust policy must let the caller in, whatever the caller's own policies say.
        ([ALLOW], {"resource": FOR_STRANGER, "trust": True}, False, "because no resource-based policy allows"),
        ([ALLOW], {"resource": FOR_ACCOUNT, "trust": True}, True, ""),
        ([], {"resource": FOR_ACCOUNT, "trust": True}, False, "because no identity-based policy allows"),
        ([], {"resource": FOR_ROLE, "trust": True}, True, ""),
    ],
)
def test_decision(identity: list[Any], limits: dict[str, Any], expected: bool, reason: str) -> None:
    decision = ask(*identity, **limits)
    assert decision.is_allowed is expected
    assert decision.reason.startswith(reason) if reason else decision.reason == ""


@pytest.mark.parametrize(
    ("body", "action", "resource", "expected"),
    [
        # "IAM JSON policy elements: Action": wildcards, without case.
        (statement(action="S3:getobject"), "s3:GetObject", OBJECT, True),
        (statement(action="s3:Get*"), "s3:GetObjectTagging", OBJECT, True),
        (statement(action="*"), "sagemaker:CreateModel", OBJECT, True),
        (statement(action="s3:Get?bject"), "s3:GetObject", OBJECT, True),
        (statement(action=["s3:PutObject", "s3:ListBucket"]), "s3:GetObject", OBJECT, False),
        # "NotAction": everything else.
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "s3:GetObject", OBJECT, True),
        ({"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}, "s3:GetObject", OBJECT, False),
        # "Resource": wildcards within a segment, with case.
        (statement(resource="arn:aws:s3:::b/*"), "s3:GetObject", "arn:aws:s3:::b/deep/k", True),
        (statement(resource="arn:aws:s3:::B/*"), "s3:GetObject", "arn:aws:s3:::b/k", False),
        (statement(resource="arn:aws:s3:::b"), "s3:GetObject", OBJECT, False),
        (statement(resource=["arn:aws:s3:::a/*", "arn:aws:s3:::b/?"]), "s3:GetObject", OBJECT, True),
        # "NotResource": everything else.
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a/*"}, "s3:GetObject", OBJECT, True),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}, "s3:GetObject", OBJECT, False),
    ],
)
def test_elements(body: Any, action: str, resource: str, expected: bool) -> None:
    assert ask(body, action=action, on=resource).is_allowed is expected


def test_condition_restricts_the_statement() -> None:
    body = statement(Condition={"StringLike": {"s3:prefix": "runs/*"}})
    assert ask(body, context={"s3:prefix": "runs/1"}).is_allowed
    assert not ask(body, context={"s3:prefix": "other"}).is_allowed
    assert not ask(body).is_allowed


def test_the_decision_names_the_pattern_that_granted() -> None:
    granted = ask(statement(resource=["arn:aws:s3:::x/*", "arn:aws:s3:::b/*"]))
    assert granted.pattern == "arn:aws:s3:::b/*"


def test_the_decision_names_the_statement_that_it_needs() -> None:
    other = statement(action="s3:*")
    assert json.loads(ask(ALLOW, ELSEWHERE).needs) == ALLOW
    assert ask(ALLOW, other).needs == "", "each would do"
    assert ask(ALLOW, resource=FOR_ROLE).needs == "", "the resource's policy would do"
    assert json.loads(ask(ALLOW, resource=FOR_ACCOUNT).needs) == ALLOW
    assert json.loads(ask(ALLOW, resource=FOR_ACCOUNT, trust=True).needs) == ALLOW
    assert json.loads(ask(ALLOW, boundary=other, session=other).needs) == ALLOW
    assert ask(ALLOW, boundary=ELSEWHERE).needs == ""
    two = Policies(identity=(policy(ALLOW, ELSEWHERE), policy(ALLOW)))
    assert decide(two, Request("s3:GetObject", OBJECT, Context.of({}), CALLER)).needs == ""


UNREADABLE = {"StringSounds": {"aws:UserAgent": "x"}}


def test_an_unreadable_allow_does_not_hide_a_readable_one() -> None:
    assert ask(statement(Condition=UNREADABLE), ALLOW).is_allowed


def test_an_unreadable_allow_that_decides_is_raised() -> None:
    with pytest.raises(UnsupportedConditionOperator, match="StringSounds"):
        ask(statement(Condition=UNREADABLE))


def test_an_unreadable_deny_is_raised() -> None:
    with pytest.raises(UnsupportedConditionOperator, match="StringSounds"):
        ask(ALLOW, statement("Deny", Condition=UNREADABLE))


def test_an_unreadable_statement_about_something_else_is_no_matter() -> None:
    assert ask(ALLOW, statement("Deny", action="s3:PutObject", Condition=UNREADABLE)).is_allowed


def test_a_variable_in_a_resource_is_raised() -> None:
    with pytest.raises(UnsupportedPolicyVariable, match="aws:username"):
        ask(statement(resource="arn:aws:s3:::b/${aws:username}"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", "expected JSON"),
        ("[]", "expected JSON"),
        ('{"Version": "2012-10-17"}', "with a Statement"),
        ('{"Statement": {"Effect": "Maybe", "Action": "*"}}', "Maybe"),
        ('{"Statement": {"Effect": "Allow"}}', "one of Action, NotAction"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "NotPrincipal": "*"}}', "NotPrincipal"),
    ],
)
def test_malformed_document_is_refused(document: str, expected: str) -> None:
    with pytest.raises(MalformedPolicy, match=expected):
        parse(document)


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", "*", True),
        ("arn:aws:s3:::b/*", "*", False),
        ("arn:aws:logs:*:*:log-group:/aws/x:*", "arn:aws:logs:eu-west-1:1:log-group:/aws/x:log-stream:s", True),
        ("arn:*:s3:::b", "arn:aws-cn:s3:::b", True),
        ("arn:aws:*", "arn:aws:s3:::b", False),
    ],
)
def test_arn_patterns(pattern: str, arn: str, expected: bool) -> None:
    assert arn_matches(pattern, arn) is expected


ACTIONS = ["s3:GetObject", "s3:PutObject", "sns:Publish"]
RESOURCES = ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "arn:aws:sns:eu-west-1:1:t"]
some = st.lists
statements = st.builds(
    lambda effect, action, resource: {"Effect": effect, "Action": action, "Resource": resource},
    st.sampled_from(["Allow", "Deny"]),
    some(st.sampled_from([*ACTIONS, "s3:*", "*", "s3:?etObject"]), min_size=1, max_size=2),
    some(st.sampled_from([*RESOURCES, "arn:aws:s3:::*", "arn:aws:s3:::a/*", "*"]), min_size=1, max_size=2),
)
documents = some(statements, max_size=5)
requests = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(RESOURCES))


def allowed(document: list[Any], request: tuple[str, str]) -> bool:
    action, resource = request
    return ask(*document, action=action, on=resource).is_allowed


@given(documents, requests)
def test_agrees_with_a_naive_reading(document: list[Any], request: tuple[str, str]) -> None:
    """Wildcards by fnmatch on the whole text: over these patterns segments make no difference."""

    def effects() -> set[str]:
        return {
            body["Effect"]
            for body in document
            if any(fnmatchcase(request[0].lower(), action.lower()) for action in body["Action"])
            and any(fnmatchcase(request[1], resource) for resource in body["Resource"])
        }

    assert allowed(document, request) is (effects() == {"Allow"})


@given(documents, statements, requests)
def test_adding_a_deny_never_allows_more(document: list[Any], added: Any, request: tuple[str, str]) -> None:
    assert allowed([*document, {**added, "Effect": "Deny"}], request) <= allowed(document, request)


@given(documents, statements, requests)
def test_adding_an_allow_never_allows_less(document: list[Any], added: Any, request: tuple[str, str]) -> None:
    assert allowed([*document, {**added, "Effect": "Allow"}], request) >= allowed(document, request)


@given(documents, requests)
def test_what_a_decision_needs_is_what_it_falls_without(document: list[Any], request: tuple[str, str]) -> None:
    needs = ask(*document, action=request[0], on=request[1]).needs
    rest = [document[:place] + document[place + 1 :] for place in range(len(document))]
    missed = [body for body, others in zip(document, rest, strict=True) if not allowed(others, request)]
    assert ([json.loads(needs)] if needs else []) == (missed if allowed(document, request) else [])


@given(documents.flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))), requests)
def test_order_does_not_matter(documents: tuple[list[Any], list[Any]], request: tuple[str, str]) -> None:
    assert allowed(documents[0], request) is allowed(documents[1], request)


@given(documents, documents, requests)
def test_a_boundary_only_takes_away(document: list[Any], boundary: list[Any], request: tuple[str, str]) -> None:
    action, resource = request
    limited = decide(
        Policies(identity=(policy(*document),), boundary=policy(*boundary)),
        Request(action, resource, Context.of({}), CALLER),
    ).is_allowed
    assert limited is (allowed(document, request) and allowed(boundary, request))
