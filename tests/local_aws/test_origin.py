"""What a browser can be made to send by a page of another host is refused; what clients of this machine send is not."""

from __future__ import annotations

import http.client
import inspect
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from moto.moto_server import werkzeug_app

from tests.local_aws.conftest import LocalAws

Send = Callable[..., tuple[int, str, dict[str, str]]]


@pytest.fixture
def port(local_aws: LocalAws) -> int:
    port = urlsplit(local_aws.endpoint_url).port
    assert port is not None
    return port


@pytest.fixture
def send(port: int) -> Send:
    """Send a request with exactly these headers (`{port}` is filled in); returns status, body and headers."""

    def sent(method: str = "GET", path: str = "/_local_aws/iam", **headers: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": "localhost:{port}", **headers}.items():
            connection.putheader(name.replace("_", "-"), value.format(port=port))
        connection.endheaders()
        answer = connection.getresponse()
        received = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return received

    return sent


HOSTS = ("localhost:{port}", "localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "127.0.0.1", "[::1]:{port}", "[::1]")


@pytest.mark.parametrize("host", [*HOSTS, "bucket.localhost:{port}", "my.bucket.s3.localhost"])
def test_names_of_this_machine_are_answered(send: Send, host: str) -> None:
    status, body, _ = send(Host=host)
    assert (status, json.loads(body)["enforced"]) == (200, True)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.nip.io",
        "10.0.0.1",
        "",
        "localhost:x",
    ],
)
def test_a_name_bound_to_this_machine_by_somebody_else_is_refused(send: Send, host: str, port: int) -> None:
    status, body, _ = send(Host=host)
    assert status == 403
    assert body.startswith(f"Host {host.format(port=port)!r} is not this machine")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://localhost.evil.example", "null", "http://evil.localhost:{port}", "file://"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_other_hosts_are_refused(send: Send, origin: str, method: str) -> None:
    status, body, headers = send(method, "/", Origin=origin)
    assert status == 403
    assert body.startswith("Origin ")
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "origin", ["http://localhost:{port}", "http://localhost:5173", "http://127.0.0.1", "http://[::1]:1"]
)
def test_pages_of_this_machine_are_answered(send: Send, origin: str) -> None:
    assert send(Origin=origin)[0] == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 200), ("same-origin", 200), ("none", 200)]
)
def test_what_the_browser_says_about_the_page(send: Send, site: str, status: int) -> None:
    assert send(Sec_Fetch_Site=site)[0] == status


def test_moto_resets_nothing(send: Send, aws: Callable[[str], Any]) -> None:
    bucket = f"kept-{uuid.uuid4().hex[:12]}"
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for path in ("/moto-api/reset", "//moto-api/reset", "/%6doto-api/reset", "http://localhost/moto-api/reset"):
        assert send("POST", path, Content_Length="0")[0] == 404
    aws("s3").head_bucket(Bucket=bucket)


def test_a_bucket_in_the_host_name_is_served(send: Send, aws: Callable[[str], Any]) -> None:
    bucket = f"hosted-{uuid.uuid4().hex[:12]}"
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws("s3").put_object(Bucket=bucket, Key="key", Body=b"here")
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    aws("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [public]}))
    assert send(path="/key", Host=f"{bucket}.localhost:{{port}}")[:2] == (200, "here")


def test_moto_lets_no_origin_read(send: Send) -> None:
    """moto's own answers say `Access-Control-Allow-Origin: <whoever asks>` unless told not to."""
    assert "if not DISABLE_GLOBAL_CORS:" in inspect.getsource(werkzeug_app.create_backend_app)
    _, _, headers = send(path="/", Origin="http://localhost:5173")
    assert not [name for name in headers if name.startswith("access-control")]
