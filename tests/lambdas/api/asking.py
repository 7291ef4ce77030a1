"""Asks the API as API Gateway would, and holds every answer against the OpenAPI document."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator

from lambdas.logic.api.app import Api
from lambdas.logic.api.call import EndpointSilent, Invoke
from lambdas.logic.api.openapi import document
from lambdas.logic.api.routes import ROUTES
from lambdas.logic.api.serving import Serving

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back. content: the JSON of the body; None where there is none."""

    status: int
    headers: Mapping[str, str]
    content: Any


@dataclass
class Asker:
    """One API, and the lines that it logged."""

    live: Callable[[], Serving]
    invoke: Invoke
    clock: Callable[[], float] = time.monotonic
    lines: list[Json] = field(default_factory=list)

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **query: object) -> Answer:
        """path: decoded. query: by names."""
        return self.send(event("GET", path, query=urlencode(query), headers=headers))

    def post(self, path: str, body: object) -> Answer:
        """body: what becomes JSON."""
        return self.send(event("POST", path, body=json.dumps(body)))

    def send(self, given: Json) -> Answer:
        """Every answer is as the document has it, and a line in the log."""

        def log(message: str, **fields: Any) -> None:
            self.lines.append({"message": message, **fields})

        api = Api(live=self.live, invoke=self.invoke, log=log, clock=self.clock)
        before = len(self.lines)
        result = api.answer(given)
        assert [line["message"] for line in self.lines[before:]] == ["request"]
        assert set(result) == {"statusCode", "headers", "body", "isBase64Encoded"}
        assert result["body"].isascii()
        answer = Answer(result["statusCode"], result["headers"], json.loads(result["body"]) if result["body"] else None)
        check(self.lines[-1]["route"], answer)
        assert self.lines[-1]["status"] == answer.status
        return answer


def event(
    method: str,
    path: str,
    *,
    query: str = "",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    route_key: str = "$default",
    parameters: Mapping[str, str] | None = None,
) -> Json:
    """As HTTP APIs send it, payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com", **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path}, "routeKey": route_key, "stage": "$default"},
        **({"pathParameters": dict(parameters)} if parameters else {}),
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": False,
    }


def silent(body: bytes) -> bytes:
    """An endpoint that is not there."""
    raise EndpointSilent("endpoint test: ValidationError: not found")


def check(route_key: str | None, answer: Answer) -> None:
    """Raises AssertionError where an answer is not in the document, or has a field that is not."""
    if route_key is None:
        assert answer.status in (404, 405, 500)
        assert answer.headers["Content-Type"] == "application/problem+json"
        _validator("#/components/schemas/Problem").validate(answer.content)
        return
    method, path = route_key.split(" ")
    responses = strict()["paths"][path][method.lower()]["responses"]
    assert str(answer.status) in responses, f"{answer.status} of {route_key}: {answer.content}"
    response = responses[str(answer.status)]
    if "$ref" in response:
        response = strict()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    if "content" not in response:
        assert answer.content is None
        return
    schema = response["content"][answer.headers["Content-Type"]]["schema"]
    _validator(schema["$ref"]).validate(answer.content) if "$ref" in schema else None


@cache
def strict() -> Json:
    """The document, with every field of an answer that it does not name refused."""
    found = copy.deepcopy(document())
    for schema in found["components"]["schemas"].values():
        schema["additionalProperties"] = False
    return found


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "components": strict()["components"]})


def keys() -> list[str]:
    """Of all routes."""
    return [route.key for route in ROUTES]
