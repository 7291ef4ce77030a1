"""Requests without a signature, and S3's upload forms, whose signature is in the form."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

Send = Callable[..., tuple[int, str]]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ROLE = "arn:aws:iam::123456789012:role/any"
FEDERATED = f"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=n&WebIdentityToken=t&RoleArn={ROLE}"


@pytest.fixture
def send(local_aws: Any) -> Send:
    """Send a request as it is; returns the status and the body."""

    def sent(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(urlsplit(local_aws.endpoint_url).netloc, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        received = answer.status, answer.read().decode()
        connection.close()
        return received

    return sent


@pytest.fixture
def public(aws: Callable[[str], Any], bucket: str) -> Iterator[Callable[..., None]]:
    """Let everybody do something with the objects of the bucket."""

    def put(*actions: str, denied: str = "nothing", **condition: Any) -> None:
        at = {"Principal": "*", "Resource": f"arn:aws:s3:::{bucket}/*"}
        allow = {"Effect": "Allow", "Action": list(actions), **at, **condition}
        deny = {"Effect": "Deny", "Action": "*", **at, "Resource": f"arn:aws:s3:::{bucket}/{denied}"}
        aws("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [allow, deny]}))

    yield put
    aws("s3").delete_bucket_policy(Bucket=bucket)


def test_nobody_does_anything_without_a_policy_for_everybody(
    send: Send, bucket: str, aws: Callable[[str], Any]
) -> None:
    requests = [("GET", f"/{bucket}/in/a"), ("HEAD", f"/{bucket}/in/a"), ("PUT", f"/{bucket}/in/new")]
    requests += [("DELETE", f"/{bucket}/in/a"), ("PUT", "/bucket-of-nobody"), ("GET", f"/{bucket}"), ("GET", "/")]
    assert [send(method, path)[0] for method, path in requests] == [403] * len(requests)
    said = send("GET", f"/{bucket}/in/a")[1]
    assert "<Code>AccessDenied</Code>" in said
    assert "anonymous is not authorized to perform: s3:GetObject on resource" in said
    assert "because no resource-based policy allows the s3:GetObject action" in said
    assert [item["Key"] for item in aws("s3").list_objects_v2(Bucket=bucket)["Contents"]] == ["in/a"]


def test_everybody_does_what_a_policy_lets_everybody_do(
    send: Send, bucket: str, public: Callable[..., None], aws: Callable[[str], Any]
) -> None:
    aws("s3").put_object(Bucket=bucket, Key="secret", Body=b"s")
    public("s3:GetObject", "s3:PutObject", denied="secret")
    assert send("GET", f"/{bucket}/in/a") == (200, "a")
    assert send("HEAD", f"/{bucket}/in/a")[0] == 200
    assert send("PUT", f"/{bucket}/out", b"o")[0] == 200
    assert send("GET", f"/{bucket}/out") == (200, "o")
    assert send("PUT", f"/{bucket}/out", b"", **FORM)[0] == 200
    assert send("DELETE", f"/{bucket}/out")[0] == 403
    status, said = send("GET", f"/{bucket}/secret")
    assert (status, "with an explicit deny in a resource-based policy" in said) == (403, True)
    aws("s3").delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "out"}, {"Key": "secret"}]})


def test_a_condition_that_nobody_can_meet_lets_nobody_in(send: Send, bucket: str, public: Callable[..., None]) -> None:
    public("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalArn": ROLE}})
    assert send("GET", f"/{bucket}/in/a")[0] == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "code"),
    [
        ("POST", "/", FEDERATED, FORM, "MissingAuthenticationToken"),
        ("POST", "/", "Action=ListRoles&Version=2010-05-08", FORM, "MissingAuthenticationToken"),
        ("POST", "/", "{}", {"X-Amz-Target": "SageMaker.ListModels"}, "MissingAuthenticationTokenException"),
        ("POST", "/endpoints/e/invocations", "{}", {}, "AccessDenied"),
        ("GET", "/latest/meta-data/iam/", "", {}, "AccessDenied"),
    ],
)
def test_services_other_than_s3_answer_nobody(
    send: Send, method: str, path: str, body: str, headers: dict[str, str], code: str
) -> None:
    status, said = send(method, path, body.encode(), **headers)
    assert (status in (400, 403), code in said) == (True, True), said


def form(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}' for name in fields]
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello'
    return "\r\n".join([*parts, file, "--b--\r\n"]).encode(), {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_an_upload_form_is_authorised_by_the_key_that_signs_it(
    send: Send, role: Any, bucket: str, version: str, aws: Callable[[str], Any]
) -> None:
    def post(key: str) -> tuple[int, str]:
        body, headers = form(role.signer(version).generate_presigned_post(bucket, key)["fields"])
        return send("POST", f"/{bucket}", body, **headers)

    role.may(("s3:PutObject", f"arn:aws:s3:::{bucket}/mine/*"))
    status, said = post("theirs/x")
    assert (status, f's3:PutObject on resource: "arn:aws:s3:::{bucket}/theirs/x"' in said) == (403, True), said
    assert post("mine/x")[0] == 204
    assert aws("s3").get_object(Bucket=bucket, Key="mine/x")["Body"].read() == b"hello"
    aws("s3").delete_object(Bucket=bucket, Key="mine/x")


def test_an_upload_form_of_nobody_is_refused(send: Send, bucket: str) -> None:
    body, headers = form({"key": "in/a"})
    assert send("POST", f"/{bucket}", body, **headers)[0] == 403
    assert send("POST", f"/{bucket}?delete", body, **headers)[0] in (400, 403)
    body, headers = form({"no-key": "in/a"})
    assert send("POST", f"/{bucket}", body, **headers)[0] == 400


def test_a_preflight_is_answered(send: Send, bucket: str) -> None:
    assert send("OPTIONS", f"/{bucket}/in/a", Origin="http://localhost:5173")[0] != 400
