"""Paths → what answers them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from web.proxy.allowed import AllowList
from web.proxy.answers import JSON, PAGE_POLICY, REPORT_POLICY, Answer, json_answer
from web.proxy.api import SigningApi
from web.proxy.cloud import Cloud
from web.proxy.errors import Refused
from web.proxy.gate import SAFE
from web.proxy.pipeline import Pipeline
from web.proxy.static import StaticFiles

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "web" / "static"
SCHEMA = ROOT / "lambdas" / "logic" / "execution_input.schema.json"
# An execution's name, which is also a version's. Step Functions allows no slash in it.
_NAME = r"(?!\.{1,2}(?:/|\Z))[^/\\\x00-\x1f\x7f]{1,80}"
_OBJECT = re.compile(rf"models/{_NAME}/manifest\.json|runs/{_NAME}/result\.json")
_EXECUTION = re.compile(_NAME)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a browser sent. `path` and `query` are not decoded; `query` begins with `?` or is empty."""

    method: str
    path: str
    query: str
    body: bytes
    if_none_match: str | None = None


class Routes:
    """Answers the page's requests about one deployment."""

    def __init__(self, cloud: Cloud, pipeline: Pipeline, *, static: Path = STATIC, schema: Path = SCHEMA) -> None:
        self._cloud, self._pipeline, self._schema = cloud, pipeline, schema
        self._allowed = AllowList(pipeline)
        self._api = SigningApi(pipeline.api_url, pipeline.region, cloud.credentials)
        self._static = StaticFiles(static)
        self._data: tuple[tuple[str, tuple[str, ...], Callable[[Request], Answer]], ...] = (
            ("/api/", (), self._signed),
            ("/aws/", ("POST",), self._aws),
            ("/object/", SAFE, self._object),
            ("/report/", SAFE, self._report),
        )
        self._documents: dict[str, Callable[[], Any]] = {
            "/config.json": pipeline.config,
            "/schema": lambda: json.loads(self._schema.read_text()),
        }

    def is_data(self, path: str) -> bool:
        """Whether a path answers something about the deployment, not a file of the page."""
        return path in self._documents or path.startswith(tuple(prefix for prefix, _, _ in self._data))

    def answer(self, request: Request) -> Answer:
        """Raises Refused."""
        for prefix, methods, handle in self._data:
            if request.path.startswith(prefix):
                _check_method(request, methods)
                return handle(request)
        _check_method(request, SAFE)
        if request.path in self._documents:
            return json_answer(self._documents[request.path]())
        return self._static.answer(request.path, if_none_match=request.if_none_match)

    def _signed(self, request: Request) -> Answer:
        target = request.path.removeprefix("/api") + request.query
        return self._api.send(request.method, target, request.body, if_none_match=request.if_none_match)

    def _aws(self, request: Request) -> Answer:
        service, _, operation = request.path.removeprefix("/aws/").partition("/")
        try:
            parameters = json.loads(request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise Refused(400, "BadJson", f"the body is no JSON: {error}") from error
        if not isinstance(parameters, dict):
            raise Refused(400, "BadJson", "the body is no JSON object, expected the call's parameters")
        self._allowed.check(service, operation, parameters)
        return json_answer(self._cloud.call(service, operation, parameters))

    def _object(self, request: Request) -> Answer:
        key = unquote(request.path.removeprefix("/object/"))
        if not _OBJECT.fullmatch(key):
            expected = "models/<version>/manifest.json or runs/<execution>/result.json"
            raise Refused(403, "NotAllowed", f"object {key!r}: expected {expected}")
        return self._cloud.read(self._pipeline.bucket, key, content_type=JSON, policy=PAGE_POLICY)

    def _report(self, request: Request) -> Answer:
        name = unquote(request.path.removeprefix("/report/"))
        if not _EXECUTION.fullmatch(name):
            raise Refused(403, "NotAllowed", f"report {name!r}: expected the name of an execution")
        key = f"runs/{name}/report.html"
        return self._cloud.read(
            self._pipeline.bucket, key, content_type="text/html; charset=utf-8", policy=REPORT_POLICY
        )


def _check_method(request: Request, methods: tuple[str, ...]) -> None:
    if methods and request.method not in methods:
        message = f"{request.method} {request.path}: expected {' or '.join(methods)}"
        raise Refused(405, "MethodNotAllowed", message, {"Allow": ", ".join(methods)})
