"""Requests of roles that cannot be read are refused as AWS refuses them, with the service's code and status 400."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from local_aws.iam import roles
from local_aws.iam.errors import InvalidRoleArn
from local_aws.world import ACCOUNT

Send = Callable[..., tuple[int, str]]

JSON = {"Content-Type": "application/x-amz-json-1.1"}
LIST_MODELS = {**JSON, "X-Amz-Target": "SageMaker.ListModels"}
GZIP = {"Content-Encoding": "gzip"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DELETE = "/bucket-of-malformed-requests?delete"
ARN_OF_NOTHING = "arn:xxxxxxxxxxxxxxxxxxxxx"
CUT = gzip.compress(b'{"MaxResults": 5}' * 9, mtime=0)[:-9]


@pytest.fixture(scope="module")
def send(role: Any, local_aws: Any) -> Send:
    """Send bytes as the role, which may do everything; returns the status and the body."""
    role.may(("*", "*"))
    session = role.session()
    credential = f"{session['aws_access_key_id']}/20260101/{local_aws.region}"

    def sent(service: str, body: bytes, headers: dict[str, str], path: str = "/") -> tuple[int, str]:
        connection = http.client.HTTPConnection(urlsplit(local_aws.endpoint_url).netloc, timeout=30)
        signed = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}/{service}/aws4_request, SignedHeaders=host",
            "X-Amz-Security-Token": session["aws_session_token"],
        }
        connection.request("POST", path, body, {**headers, **signed})
        answer = connection.getresponse()
        received = answer.status, answer.read().decode()
        connection.close()
        return received

    return sent


@pytest.mark.parametrize(
    ("service", "body", "headers", "path", "code"),
    [
        ("sagemaker", b'{"MaxResults": ', LIST_MODELS, "/", "SerializationException"),
        ("sagemaker", b"[1]", LIST_MODELS, "/", "SerializationException"),
        ("sagemaker", b'{"MaxResults": "many"}', LIST_MODELS, "/", "SerializationException"),
        ("sagemaker", b"no gzip", {**LIST_MODELS, **GZIP}, "/", "SerializationException"),
        ("sagemaker", CUT, {**LIST_MODELS, **GZIP}, "/", "SerializationException"),
        ("sagemaker", CUT[:10] + b"\xff" * 9, {**LIST_MODELS, **GZIP}, "/", "SerializationException"),
        (
            "lambda",
            b"{",
            {"Content-Type": "application/json"},
            "/2015-03-31/functions",
            "InvalidRequestContentException",
        ),
        ("s3", b"<Delete><Object>", {"Content-Type": "application/xml"}, DELETE, "MalformedXML"),
    ],
)
def test_what_cannot_be_read_is_refused(
    send: Send, service: str, body: bytes, headers: dict[str, str], path: str, code: str
) -> None:
    status, answer = send(service, body, headers, path)
    assert (status, code in answer) == (400, True), answer


def test_what_can_be_read_passes(send: Send) -> None:
    body = gzip.compress(b'{"MaxResults": 5}', mtime=0)
    assert send("sagemaker", b'{"MaxResults": 5}', LIST_MODELS)[0] == 200
    assert send("sts", b"Action=GetCallerIdentity&Version=2011-06-15", FORM)[0] == 200
    assert "SerializationException" not in send("sagemaker", body, {**LIST_MODELS, **GZIP})[1]


@pytest.mark.parametrize(
    "arn",
    [
        ARN_OF_NOTHING,
        "no arn, but long enough",
        f"arn:elsewhere:iam::{ACCOUNT}:role/r",
        f"arn:aws:iam::{ACCOUNT}:user/somebody",
        "arn:aws:iam::account-name:role/r",
    ],
)
def test_what_is_no_role_cannot_be_assumed(role: Any, arn: str) -> None:
    role.may(("*", "*"))
    with pytest.raises(ClientError, match=f"{arn} is invalid") as refused:
        role.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests")
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_session_of_what_is_no_role_may_nothing(role: Any, aws: Callable[[str], Any]) -> None:
    issued = aws("sts").assume_role(RoleArn=ARN_OF_NOTHING, RoleSessionName="tests")["Credentials"]
    session = {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }
    with pytest.raises(ClientError, match=f"{ARN_OF_NOTHING} is invalid"):
        role.client("sts", **session).get_caller_identity()


@pytest.mark.parametrize("arn", ["arn:x", "", f"arn:aws:iam::{ACCOUNT}:role/", f"arn:nowhere:iam::{ACCOUNT}:role/r"])
def test_no_role_is_found_by_what_is_no_arn(arn: str) -> None:
    with pytest.raises(InvalidRoleArn, match="is invalid"):
        roles.find(arn)


def test_partitions_are_those_of_moto() -> None:
    assert "aws-cn" in iam_backends[ACCOUNT]
    assert "elsewhere" not in iam_backends[ACCOUNT]
