"""Clients of services: as whom they sign, for how long, and in which partition."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local_aws import iam
from local_aws.clients import Clients, Identity
from local_aws.credentials import ACCOUNT, DURATION_S
from local_aws.iam import roles
from local_aws.iam.roles import Session
from tests.local_aws.conftest import LocalAws

TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}
REGIONS = ("eu-west-1", "cn-north-1", "us-gov-west-1")
PARTITIONS = {"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}


def make_role(region: str, *statements: dict[str, Any]) -> str:
    """A role in this process's store; returns its ARN."""
    role = iam_backends[ACCOUNT][get_partition(region)].create_role(
        role_name=f"role-{uuid.uuid4().hex[:8]}",
        assume_role_policy_document=json.dumps(TRUST),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    role.put_policy("inline", json.dumps({"Statement": list(statements)}))
    return str(role.arn)


def signer(client: Any, region: str) -> Session:
    """Whose session signs for the client now, as IAM sees it."""
    query = parse_qs(urlsplit(client.generate_presigned_url("get_caller_identity")).query)
    (scope,), (token,) = query["X-Amz-Credential"], query["X-Amz-Security-Token"]
    return roles.session_of(scope.partition("/")[0], token, region)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def get(clock: Clock) -> Callable[..., Any]:
    clients = Clients("http://localhost:9", clock=clock)
    return lambda role_arn, region="eu-west-1", session="tests": clients.get(
        "sts", Identity(region=region, role_arn=role_arn, session=session)
    )


def test_a_client_is_made_once(get: Callable[..., Any]) -> None:
    one, other = make_role("eu-west-1"), make_role("eu-west-1")
    assert get(one) is get(one)
    assert len({get(one), get(other), get(one, session="elsewhere"), get(one, "us-east-1"), get(None)}) == 5


def test_a_client_outlives_its_credentials(get: Callable[..., Any], clock: Clock) -> None:
    arn = make_role("eu-west-1")
    client, issued = get(arn), sts_backends[ACCOUNT]["aws"].assumed_roles
    assert signer(client, "eu-west-1") == Session(arn, "tests")
    first = issued[-1]
    clock.now += timedelta(seconds=DURATION_S / 2)
    signer(client, "eu-west-1")
    assert issued[-1] is first
    first.expiration -= timedelta(seconds=DURATION_S)
    clock.now += timedelta(seconds=DURATION_S / 2 - 60)
    assert signer(client, "eu-west-1") == Session(arn, "tests")
    assert issued[-1] is not first


@pytest.mark.parametrize("region", REGIONS)
def test_a_role_of_every_partition_signs(get: Callable[..., Any], region: str) -> None:
    arn = make_role(region)
    assert arn.startswith(f"arn:{PARTITIONS[region]}:iam::")
    session = signer(get(arn, region), region)
    assert session.arn == f"arn:{PARTITIONS[region]}:sts::{ACCOUNT}:assumed-role/{session.role_name}/tests"
    assert roles.policies(session).identity


@pytest.mark.parametrize("region", REGIONS)
def test_an_account_is_named_in_its_partition(region: str) -> None:
    arn, partition = make_role(region), PARTITIONS[region]
    assert f"arn:{partition}:iam::{ACCOUNT}:root" in Session(arn, "tests").caller.account_names
    assert len(Session(arn, "tests").caller.account_names) == 2


@pytest.mark.parametrize("region", REGIONS)
def test_what_a_role_may_holds_in_its_partition(region: str) -> None:
    topic = f"arn:{PARTITIONS[region]}:sns:{region}:{ACCOUNT}:topic"
    arn = make_role(region, {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic})
    iam.authorize(arn, "sns:Publish", topic)
    with pytest.raises(iam.AccessDenied, match=f"User: arn:{PARTITIONS[region]}:sts::"):
        iam.authorize(arn, "sns:Publish", f"{topic}-2")


@pytest.mark.parametrize("region", REGIONS[1:])
def test_a_function_acts_as_its_role_in_other_partitions(local_aws: LocalAws, region: str) -> None:
    there = replace(local_aws, region=region)
    code = "import boto3\n\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']\n"
    name = f"abroad-{uuid.uuid4().hex[:8]}"
    role = there.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", code)
    there.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": archive.getvalue()},
    )
    answer = json.load(there.client("lambda").invoke(FunctionName=name)["Payload"])
    assert answer == f"arn:{PARTITIONS[region]}:sts::{ACCOUNT}:assumed-role/{name}/{name}"
