"""cdk-nag is enforced: `dev` and `prod` synthesize only because nothing is left unacknowledged, and a fault raises."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.permissions import Permission, UnreasonedWildcard
from infra.rules import accept, enforce
from tests.infra.synthesis import context

EVERYTHING = Permission(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/*"])


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = App(context=context(), outdir=str(tmp_path))
    enforce(app)
    return app


def test_a_bucket_without_access_logs_and_tls_is_refused(app: App) -> None:
    s3.Bucket(Stack(app, "Bad"), "Bucket")
    with pytest.raises(RuntimeError, match="ValidationFailed") as refusal:
        app.synth()
    assert "AwsSolutions-S1" in str(refusal.value)
    assert "AwsSolutions-S10" in str(refusal.value)


def test_an_acknowledgement_holds_for_its_own_resource_only(app: App) -> None:
    stack = Stack(app, "Bad")
    known, other = (s3.Bucket(stack, name, enforce_ssl=True) for name in ("Known", "Other"))
    accept(known, "AwsSolutions-S1", "it holds the access logs of others")
    with pytest.raises(RuntimeError, match="AwsSolutions-S1") as refusal:
        app.synth()
    assert other.node.path in str(refusal.value)
    assert known.node.path not in str(refusal.value)


def test_a_wildcard_in_a_permission_needs_a_reason(app: App) -> None:
    role = iam.Role(Stack(app, "Bad"), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(UnreasonedWildcard, match=r"s3:GetObject on arn:aws:s3:::bucket/\*"):
        EVERYTHING.grant(role)


def test_a_wildcard_behind_the_permissions_back_is_refused(app: App) -> None:
    role = iam.Role(Stack(app, "Bad"), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/*"]))
    with pytest.raises(RuntimeError, match="AwsSolutions-IAM5"):
        app.synth()
