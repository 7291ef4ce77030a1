"""The OpenAPI 3.1 document, from the routes and the models that requests are read by and answers are made of.

`python -m lambdas.logic.api.openapi` prints it.
"""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from lambdas.logic.api import problems
from lambdas.logic.api.problems import Problem
from lambdas.logic.api.routes import ROUTES, Route
from lambdas.logic.api.schemas import Components

JSON: Final = "application/json"
_INFO: Final = {
    "title": "Movie recommender",
    "version": "1.0.0",
    "summary": "Recommendations and predictions by factorization machines",
    "description": "Every request is signed (AWS Signature Version 4, service execute-api). Ids in a path are encoded "
    "twice where they hold anything but letters, digits and -._~, because API Gateway decodes a path twice.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
_SIGNED: Final = {
    "sigv4": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
}
_GATEWAY: Final = "GatewayMessage"
_ID: Final = {"type": "string", "minLength": 1}

# What every route may answer, and whether API Gateway itself may, in its own words.
_EVERYWHERE: Final = {
    HTTPStatus.BAD_REQUEST: ("Parameters or a body that cannot be used; everything that is wrong at once", True),
    HTTPStatus.FORBIDDEN: ("Not signed, or not allowed", True),
    HTTPStatus.TOO_MANY_REQUESTS: ("More requests than the API takes", True),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("A fault of the API", True),
    HTTPStatus.SERVICE_UNAVAILABLE: ("No version is published yet, or the function did not answer", True),
}
_SOMEWHERE: Final = {
    HTTPStatus.NOT_FOUND: ("No such item, or no such path", True),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("Ids that no user or item has; all of them", False),
}
_ONLY_GATEWAY: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


@cache
def document() -> dict[str, Any]:
    """The whole document; to be read, not to be changed."""
    components = Components()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, components)
    problem = components.answer(Problem)
    message = {"type": "object", "properties": {"message": {"type": ["string", "null"]}}, "required": ["message"]}
    gateway = {"description": "What API Gateway says itself", **message}
    responses = {str(status.value): _refusal(status, problem) for status in (*_EVERYWHERE, *_SOMEWHERE)}
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "security": [{"sigv4": []}],
        "paths": paths,
        "components": {
            "schemas": {**components.schemas, _GATEWAY: gateway},
            "responses": responses,
            "securitySchemes": _SIGNED,
        },
    }


def _operation(route: Route, components: Components) -> dict[str, Any]:
    parameters = [_in_path(name) for name in route.path_parameters] + _in_query(route, components)
    body = None if route.body is None else _content(components.request(route.body))
    return {
        "operationId": route.name,
        "summary": route.summary,
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": {"required": True, "content": body}} if body else {}),
        "responses": _responses(route, components),
    }


def _in_path(name: str) -> dict[str, Any]:
    description = f"Id of the {name}, as the data has it"
    return {"name": name, "in": "path", "required": True, "description": description, "schema": _ID}


def _in_query(route: Route, components: Components) -> list[dict[str, Any]]:
    """An optional parameter has no null: it is left out."""
    model = components.inline(route.query)
    found = []
    for name, schema in model.items():
        description = schema.pop("description", "")
        if isinstance(schema["type"], list):
            schema["type"] = schema["type"][0]
        found.append({"name": name, "in": "query", "description": description, "schema": schema})
    return found


def _responses(route: Route, components: Components) -> dict[str, Any]:
    answer = {"type": "object"} if route.answer is None else components.answer(route.answer)
    found: dict[HTTPStatus, Any] = {HTTPStatus.OK: {"description": "The answer", "content": _content(answer)}}
    if route.may_be_kept:
        found[HTTPStatus.OK]["headers"] = {"ETag": {"description": "Of this answer", "schema": {"type": "string"}}}
        found[HTTPStatus.NOT_MODIFIED] = {"description": "As the ETag in If-None-Match says"}
    refusals = [*_EVERYWHERE, *route.refuses, *([HTTPStatus.NOT_FOUND] if route.path_parameters else [])]
    found |= {status: {"$ref": f"#/components/responses/{status.value}"} for status in refusals}
    return {str(status.value): found[status] for status in sorted(found)}


def _refusal(status: HTTPStatus, problem: dict[str, Any]) -> dict[str, Any]:
    description, also_by_gateway = (_EVERYWHERE | _SOMEWHERE)[status]
    content = {} if status in _ONLY_GATEWAY else {problems.CONTENT_TYPE: {"schema": problem}}
    if also_by_gateway:
        content |= _content({"$ref": f"#/components/schemas/{_GATEWAY}"})
    retry = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    headers = {"headers": retry} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return {"description": description, **headers, "content": content}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {JSON: {"schema": schema}}


if __name__ == "__main__":
    print(json.dumps(document(), indent=2, ensure_ascii=False))
