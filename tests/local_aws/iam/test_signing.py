"""Signatures: those that AWS publishes and those that botocore makes are verified, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from local_aws.iam.errors import MissingCredentials, SignatureRefused
from local_aws.iam.signing import Signable, signature_of

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "localhost:4567"

# AWS's Signature Version 4 test suite, for service "service" in us-east-1: query as it is sent, signature.
PUBLISHED = [
    ("", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
]


def signed(method: str = "GET", path: str = "/", query: str = "", body: bytes = b"", **change: Any) -> Signable:
    """A request as botocore signs it now, for execute-api in eu-west-1 unless told otherwise."""
    keys = Credentials(change.get("key", "AKIDEXAMPLE"), change.get("secret", SECRET), change.get("token"))
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers=change.get("headers", {}))
    SigV4Auth(keys, change.get("service", "execute-api"), change.get("region", "eu-west-1")).add_auth(request)
    headers = [("Host", HOST), *request.headers.items()]
    return Signable(method=method, path=path, query=query, headers=headers, body=body)


def verify(request: Signable, *, secret: str = SECRET, now: datetime | None = None) -> None:
    signature_of(request).verify(request, secret=secret, service="execute-api", region="eu-west-1", now=now)


@pytest.mark.parametrize(("query", "expected"), PUBLISHED, ids=["get-vanilla", "get-vanilla-query-order-key-case"])
def test_the_published_signatures(query: str, expected: str) -> None:
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={expected}"
    headers = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"), ("Authorization", header)]
    request = Signable(method="GET", path="/", query=query, headers=headers, body=b"")
    now = datetime(2015, 8, 30, 12, 38, tzinfo=UTC)
    signature_of(request).verify(request, secret=SECRET, service="service", region="us-east-1", now=now)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)


@given(
    segments=st.lists(TEXTS, max_size=3),
    pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=4),
    body=st.binary(max_size=20),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_what_botocore_signs_is_verified(
    segments: list[str], pairs: list[tuple[str, str]], body: bytes, method: str
) -> None:
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    verify(signed(method, path, query, body))


@given(path=st.text(st.sampled_from("abc/.%2F~"), max_size=12))
def test_paths_are_normalised_as_botocore_does(path: str) -> None:
    verify(signed(path=f"/{path}"))


def test_headers_that_are_signed_count_and_others_do_not() -> None:
    request = signed(headers={"Content-Type": "application/json", "X-A": " b   c "}, token="session")
    verify(request)
    altered = [(name, "text/plain" if name == "Content-Type" else value) for name, value in request.headers]
    with pytest.raises(SignatureRefused, match="does not match"):
        verify(Signable(method="GET", path="/", query="", headers=altered, body=b""))
    verify(Signable(method="GET", path="/", query="", headers=[*request.headers, ("X-More", "1")], body=b""))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secret": "another"}, "does not match"),
        ({"service": "s3"}, "correct service: 'execute-api'"),
        ({"region": "us-east-1"}, "not 'us-east-1'"),
    ],
)
def test_what_is_signed_otherwise_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SignatureRefused, match=said):
        verify(signed(**change))


@pytest.mark.parametrize(
    "change",
    [{"method": "POST"}, {"path": "/b"}, {"query": "a=2"}, {"body": b"other"}, {"query": ""}],
    ids=["method", "path", "query", "body", "no query"],
)
def test_each_part_of_a_request_is_signed(change: dict[str, Any]) -> None:
    made = signed(path="/a", query="a=1", body=b"body")
    parts: dict[str, Any] = vars(made)
    verify(Signable(**parts))
    with pytest.raises(SignatureRefused, match="does not match"):
        verify(Signable(**(parts | change)))


@pytest.mark.parametrize(
    ("minutes", "said"), [(4, None), (-4, None), (6, "Signature expired"), (-6, "not yet current")]
)
def test_five_minutes_either_way(minutes: int, said: str | None) -> None:
    request, now = signed(), datetime.now(UTC) + timedelta(minutes=minutes)
    if said is None:
        verify(request, now=now)
        return
    with pytest.raises(SignatureRefused, match=said):
        verify(request, now=now)


def test_a_request_without_a_signature() -> None:
    with pytest.raises(MissingCredentials):
        signature_of(Signable(method="GET", path="/", query="", headers=[("Host", HOST)], body=b""))


@pytest.mark.parametrize("header", ["Bearer abc", "AWS4-HMAC-SHA256 Credential=a/b", "AWS AKID:signature"])
def test_an_authorization_that_is_no_signature(header: str) -> None:
    headers = [("Host", HOST), ("Authorization", header)]
    with pytest.raises(SignatureRefused, match="no signature of version 4"):
        signature_of(Signable(method="GET", path="/", query="", headers=headers, body=b""))


def test_host_and_date_must_be_signed() -> None:
    request = signed()
    headers = [(name, value.replace("host;x-amz-date", "x-amz-date")) for name, value in request.headers]
    with pytest.raises(SignatureRefused, match="'host' must be a 'SignedHeader'"):
        verify(Signable(method="GET", path="/", query="", headers=headers, body=b""))
