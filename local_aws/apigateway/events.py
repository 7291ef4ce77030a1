"""The event a function gets: payload format 2.0.

Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway".
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from local_aws.apigateway.deployment import Deployment, Stage
from local_aws.apigateway.messages import Request
from local_aws.apigateway.routing import Match
from local_aws.iam import Identity

_TEXT = frozenset({"application/json", "application/javascript", "application/xml"})
"""Besides `text/*`; every other body, one of no type too, is Base64.

The documentation does not say which. Observed on AWS: github.com/ministackorg/ministack/pull/766.
"""
_HOP_BY_HOP = frozenset({"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})


def event(
    request: Request, match: Match, *, deployment: Deployment, stage: Stage, caller: Identity | None
) -> dict[str, Any]:
    """The event, JSON. What a request lacks the event lacks too, rather than holding a null."""
    cookies = [part for value in _values(request, "cookie") for part in value.split("; ")]
    optional = {
        "cookies": cookies,
        "queryStringParameters": _query(request.query),
        "pathParameters": {name: unquote(value) for name, value in match.parameters.items()},
        "stageVariables": dict(stage.variables),
    }
    return {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": request.function_path,
        "rawQueryString": request.query,
        "headers": _headers(request),
        "requestContext": _context(request, match, deployment=deployment, stage=stage, caller=caller),
        **{name: value for name, value in optional.items() if value},
        **_body(request),
    }


def clf_time(request: Request) -> str:
    """`12/Mar/2020:19:03:58 +0000`, whatever the locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    at = request.received
    return f"{at:%d}/{months[at.month - 1]}/{at:%Y:%H:%M:%S +0000}"


def domain_prefix(request: Request) -> str:
    """The first label of the host's name."""
    return request.host.partition(":")[0].partition(".")[0]


def epoch_ms(request: Request) -> int:
    """When the request came, in ms since the epoch."""
    return int(request.received.timestamp() * 1000)


def _context(
    request: Request, match: Match, *, deployment: Deployment, stage: Stage, caller: Identity | None
) -> dict[str, Any]:
    return {
        "accountId": deployment.account,
        "apiId": deployment.api_id,
        **({"authorizer": {"iam": _iam(caller)}} if caller else {}),
        "domainName": request.host,
        "domainPrefix": domain_prefix(request),
        "http": {
            "method": request.method,
            "path": request.function_path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.user_agent,
        },
        "requestId": request.id,
        "routeKey": match.route.key,
        "stage": stage.name,
        "time": clf_time(request),
        "timeEpoch": epoch_ms(request),
    }


def _iam(caller: Identity) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }


def _headers(request: Request) -> dict[str, str]:
    """By lower-case name, several of a name joined; with those that API Gateway adds, without the cookies."""
    found: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.lower() not in _HOP_BY_HOP | {"cookie"}:
            found.setdefault(name.lower(), []).append(value)
    found["content-length"] = [str(len(request.body))]
    found.setdefault("x-amzn-trace-id", [f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"])
    found["x-forwarded-for"] = [", ".join([*found.get("x-forwarded-for", []), request.source_ip])]
    found["x-forwarded-port"] = [request.host.rpartition(":")[2] if ":" in request.host else "80"]
    found["x-forwarded-proto"] = ["http"]
    return {name: ",".join(values) for name, values in found.items()}


def _values(request: Request, wanted: str) -> Iterator[str]:
    return (value for name, value in request.headers if name.lower() == wanted)


def _query(query: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part:
            found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return {name: ",".join(values) for name, values in found.items()}


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {"isBase64Encoded": False}
    text = _text(request)
    if text is None:
        return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
    return {"body": text, "isBase64Encoded": False}


def _text(request: Request) -> str | None:
    """The body as text; None when it goes as Base64."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if request.header("content-encoding") or not (kind.startswith("text/") or kind in _TEXT):
        return None
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return None
