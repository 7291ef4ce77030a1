"""The event of a request: the example that AWS documents, and what was observed of AWS besides."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.apigateway.deployment import Deployment, Route, Stage
from local_aws.apigateway.events import event
from local_aws.apigateway.messages import Request
from local_aws.apigateway.routing import Match
from local_aws.iam import Identity

CALLER = Identity(
    access_key="ASIA0123456789EXAMPL",
    account="111122223333",
    user_id="AROA0123456789EXAMPL:example-session",
    arn="arn:aws:sts::111122223333:assumed-role/example/example-session",
)

# API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", the example of
# format 2.0; in the place of its JWT and client certificate the IAM authorizer, which Lambda's Developer Guide shows.
DOCUMENTED: dict[str, Any] = json.loads("""
{
  "version": "2.0",
  "routeKey": "$default",
  "rawPath": "/my/path",
  "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
  "cookies": ["cookie1", "cookie2"],
  "headers": {"header1": "value1", "header2": "value1,value2"},
  "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
  "requestContext": {
    "accountId": "123456789012",
    "apiId": "api-id",
    "authorizer": {
      "iam": {
        "accessKey": "ASIA0123456789EXAMPL",
        "accountId": "111122223333",
        "callerId": "AROA0123456789EXAMPL:example-session",
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": "arn:aws:sts::111122223333:assumed-role/example/example-session",
        "userId": "AROA0123456789EXAMPL:example-session"
      }
    },
    "domainName": "id.execute-api.us-east-1.amazonaws.com",
    "domainPrefix": "id",
    "http": {
      "method": "POST",
      "path": "/my/path",
      "protocol": "HTTP/1.1",
      "sourceIp": "192.0.2.1",
      "userAgent": "agent"
    },
    "requestId": "id",
    "routeKey": "$default",
    "stage": "$default",
    "time": "12/Mar/2020:19:03:58 +0000",
    "timeEpoch": 1584039838000
  },
  "body": "Hello from client!",
  "pathParameters": {"parameter1": "value1"},
  "isBase64Encoded": false,
  "stageVariables": {"stageVariable1": "value1", "stageVariable2": "value2"}
}
""")
ADDED = {"content-length", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}


def made(
    target: str = "/", *, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), caller: Identity | None = None
) -> dict[str, Any]:
    """The event of a GET on the default route of a plain API."""
    route = Route(key="$default", authorization="NONE", integration=None)
    request = Request(
        method="GET", target=target, headers=[("Host", "localhost:1"), *headers], body=body, source_ip="127.0.0.1"
    )
    deployment = Deployment(api_id="a", account="1", region="eu-west-1", partition="aws")
    return event(request, Match(route), deployment=deployment, stage=Stage(name="$default"), caller=caller)


def test_the_documented_example() -> None:
    request = Request(
        method="POST",
        target="/my/path?parameter1=value1&parameter1=value2&parameter2=value",
        headers=[
            ("Host", "id.execute-api.us-east-1.amazonaws.com"),
            ("Header1", "value1"),
            ("Header2", "value1"),
            ("Cookie", "cookie1; cookie2"),
            ("header2", "value2"),
            ("User-Agent", "agent"),
            ("Content-Type", "text/plain"),
        ],
        body=b"Hello from client!",
        source_ip="192.0.2.1",
        received=datetime(2020, 3, 12, 19, 3, 58, tzinfo=UTC),
        id="id",
    )
    stage = Stage(name="$default", variables={"stageVariable1": "value1", "stageVariable2": "value2"})
    match = Match(Route(key="$default", authorization="AWS_IAM", integration=None), {"parameter1": "value1"})
    deployment = Deployment(api_id="api-id", account="123456789012", region="us-east-1", partition="aws")
    got = event(request, match, deployment=deployment, stage=stage, caller=CALLER)
    headers = got["headers"]
    assert headers.keys() - DOCUMENTED["headers"].keys() == ADDED | {"host", "user-agent", "content-type"}
    assert {name: headers[name] for name in DOCUMENTED["headers"]} == DOCUMENTED["headers"]
    assert got | {"headers": None} == DOCUMENTED | {"headers": None}


def test_what_a_request_lacks_is_not_in_its_event() -> None:
    got = made()
    absent = {"body", "cookies", "pathParameters", "queryStringParameters", "stageVariables"}
    assert not absent & got.keys()
    assert "authorizer" not in got["requestContext"]
    assert (got["rawQueryString"], got["isBase64Encoded"]) == ("", False)
    assert got["headers"]["content-length"] == "0"


# github.com/middleapi/standard-server/pull/93, github.com/fastify/aws-lambda-fastify/issues/169,
# github.com/honojs/hono/issues/2156: what live APIs gave.
@pytest.mark.parametrize(
    ("sent", "raw_path"),
    [
        ("/a%2Fb", "/a/b"),
        ("/RSC/%40id%2Fassets%2Frsf0.js%23save.txt", "/RSC/@id/assets/rsf0.js#save.txt"),
        ("/users/me%3Fadmin=true", "/users/me"),
        ("/caf%C3%A9/%20", "/café/ "),
        ("/a+b/", "/a+b/"),
        # github.com/hotsock/voker, `vokerhttp/testdata/ingress-paths.json`: it is decoded twice.
        ("/a%252Fb", "/a/b"),
        ("/me%253Fadmin", "/me?admin"),
        ("/100%2525", "/100%"),
    ],
)
def test_the_raw_path_is_decoded(sent: str, raw_path: str) -> None:
    got = made(f"{sent}?q=1")
    assert got["rawPath"] == got["requestContext"]["http"]["path"] == raw_path
    assert got["rawQueryString"] == "q=1"


def test_the_query_stays_encoded_and_its_parameters_are_decoded() -> None:
    got = made("/?scope=openid%20profile&a=1&a=%2B&b&c=x+y")
    assert got["rawQueryString"] == "scope=openid%20profile&a=1&a=%2B&b&c=x+y"
    assert got["queryStringParameters"] == {"scope": "openid profile", "a": "1,+", "b": "", "c": "x y"}


# github.com/ministackorg/ministack/pull/766: which content types a live API gave as text.
@pytest.mark.parametrize(
    ("kind", "is_text"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("text/csv", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        (None, False),
    ],
)
def test_which_bodies_are_text(kind: str | None, *, is_text: bool) -> None:
    got = made(body="é=1".encode(), headers=(("Content-Type", kind),) if kind else ())
    assert got["isBase64Encoded"] is not is_text
    assert got["body"] == ("é=1" if is_text else base64.b64encode("é=1".encode()).decode())


@pytest.mark.parametrize("headers", [(("Content-Encoding", "gzip"),), ()], ids=["encoded", "not UTF-8"])
def test_what_is_no_text_is_base64_whatever_its_type(headers: tuple[tuple[str, str], ...]) -> None:
    got = made(body=b"\xff\x00", headers=(("Content-Type", "text/plain"), *headers))
    assert (got["body"], got["isBase64Encoded"]) == ("/wA=", True)


def test_where_a_request_came_from_is_added_to_where_it_says_it_came_from() -> None:
    assert made(headers=(("X-Forwarded-For", "192.0.2.7"),))["headers"]["x-forwarded-for"] == "192.0.2.7, 127.0.0.1"


def test_cookies_of_several_headers_are_one_list() -> None:
    got = made(headers=(("Cookie", "a=1; b=2"), ("cookie", "c=3")))
    assert got["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in got["headers"]
