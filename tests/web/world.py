"""A small recorded world behind the page's own server: what the API and AWS said of a run of the generated sample."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.web.executions import Executions
from web.proxy.answers import REPORT_POLICY, Answer, error_answer, json_answer
from web.proxy.errors import Refused
from web.proxy.routes import SCHEMA, STATIC, Request
from web.proxy.static import StaticFiles

RECORDED = Path(__file__).with_name("recorded.json")
REPORT = b"<!doctype html><html lang=en><title>Report</title><h1>The model is deployed</h1>"
OLDER = "older-version"
OLDER_CREATED = "2026-01-01T00:00:00+00:00"


class World:
    """Answers as `web.proxy.routes.Routes` does, from the record. `is_published` and `is_up` take away what there is.

    `asked` are the API's requests: path, and what was asked in the query or the body.
    """

    def __init__(self) -> None:
        self._static = StaticFiles(STATIC)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """As it was recorded: two executions that are over, a live version."""
        self.known = json.loads(RECORDED.read_text())
        self.executions = Executions(self.known)
        self.asked: list[tuple[str, Any]] = []
        self.is_published = self.is_up = True

    @property
    def version(self) -> str:
        """The live one."""
        return str(self.known["model"]["version"])

    def asked_predictions(self) -> list[Any]:
        """What the last question for predictions was answered."""
        asked = [body for path, body in self.asked if path == "/predictions"][-1]
        return list(_predictions(self.known["api"]["predictions"], asked)["predictions"])

    def is_data(self, path: str) -> bool:
        return path.startswith(("/api/", "/aws/", "/object/", "/report/")) or path in ("/config.json", "/schema")

    def answer(self, request: Request) -> Answer:
        """As the page's server does."""
        with self._lock:
            try:
                return self._answer(request)
            except Refused as refused:
                return error_answer(refused)

    def _answer(self, request: Request) -> Answer:
        _, first, *rest = request.path.split("/")
        documents = {"config.json": lambda: self.known["config"], "schema": lambda: json.loads(SCHEMA.read_text())}
        if first in documents:
            return json_answer(documents[first]())
        if first == "api":
            return self._api(request)
        if first == "aws":
            return self._aws(rest[0], rest[1], json.loads(request.body))
        if first == "report":
            kind = "text/html; charset=utf-8"
            return Answer(content_type=kind, body=(REPORT,), length=len(REPORT), policy=REPORT_POLICY)
        return self._manifest(rest[1]) if first == "object" else self._static.answer(request.path)

    def _manifest(self, version: str) -> Answer:
        older = {} if version == self.version else {"version": OLDER, "created": OLDER_CREATED}
        return json_answer({**self.known["manifest"], **older})

    def _aws(self, service: str, operation: str, given: dict[str, Any]) -> Answer:
        if not self.is_up:
            raise Refused(502, "EndpointConnectionError", "Could not connect to the endpoint URL")
        if service == "ssm":
            return json_answer({"Parameter": {"Value": self.version if self.is_published else "none"}})
        if service == "s3":
            names = [OLDER, self.version] if self.is_published else []
            keys = [f"models/{name}/{file}" for name in names for file in ("serving.npz", "manifest.json")]
            return json_answer({"Contents": [{"Key": key} for key in [*keys, "models/half-written/serving.npz"]]})
        return json_answer(self.executions.call(operation, given))

    def _api(self, request: Request) -> Answer:
        if not self.is_published:
            return _problem(503, "nothing is published yet")
        path, posted = request.path.removeprefix("/api"), json.loads(request.body or b"null")
        query = {name: values[0] for name, values in parse_qs(request.query[1:]).items()}
        asked = query if posted is None else posted
        self.asked.append((path, asked))
        found = _answered(self.known, path.split("/")[1:], asked)
        return _problem(404, f"{path}: no such path") if found is None else json_answer(found)


def _answered(recorded: Any, path: list[str], asked: Mapping[str, Any]) -> Any:
    """What the API answers; None where there is no such path."""
    if path[0] == "users" and len(path) > 1:
        return _of_user(recorded["api"], unquote(unquote(path[1])), path[2:], asked)
    found: dict[str, Callable[[], Any]] = {
        "model": lambda: recorded["model"],
        "users": lambda: _users(recorded["api"]["users"]["users"], asked),
        "items": lambda: _items(recorded["api"]["items"]["items"], asked),
        "recommendations": lambda: _narrowed(recorded["api"]["new_user"], asked),
        "predictions": lambda: _predictions(recorded["api"]["predictions"], asked),
    }
    return found[path[0]]() if path[0] in found else None


def _users(users: list[Any], asked: Mapping[str, Any]) -> Any:
    found = [user for user in users if str(user["user"]).startswith(asked.get("prefix", ""))]
    return {"users": found, "total": len(found)}


def _items(items: list[Any], asked: Mapping[str, Any]) -> Any:
    words = asked.get("search", "").casefold()
    found = [item for item in items if words in item["title"].casefold()]
    return {"items": found[: int(asked["n"])], "total": len(found)}


def _predictions(known: Any, asked: Mapping[str, Any]) -> Any:
    by_item = {one["item"]: one for one in known["predictions"]}
    return {**known, "predictions": [{**by_item[pair["item"]], "user": pair["user"]} for pair in asked["pairs"]]}


def _of_user(known: Any, user: str, rest: list[str], asked: Mapping[str, Any]) -> Any:
    is_known = user == str(known["user"]["user"])
    if not rest:
        return known["user"] if is_known else {"user": user, "known": False, "ratings": 0, "likes": []}
    return _narrowed(known["recommendations"] if is_known else {**known["popular"], "user": user}, asked)


def _narrowed(answer: Any, by: Mapping[str, Any]) -> Any:
    genre, year = by.get("genre"), int(by.get("min_year") or 0)
    items = [one for one in answer["items"] if (not genre or genre in one["genres"]) and (one["year"] or 0) >= year]
    return {**answer, "items": items}


def _problem(status: int, detail: str) -> Answer:
    body = json.dumps({"type": "about:blank", "title": "Problem", "status": status, "detail": detail}).encode()
    return Answer(status=status, content_type="application/problem+json", body=(body,), length=len(body))
