"""Requests reach the operation they mean, whatever their ids look like, and others are told where they went wrong."""

from __future__ import annotations

import base64
import json

import pytest

from lambdas.logic.api.problems import NothingPublished
from lambdas.logic.api.routes import ROUTES, Route, match
from lambdas.logic.api.serving import Serving
from tests.lambdas.api.asking import Asker, event, silent
from tests.lambdas.api.conftest import Serve
from tests.lambdas.api.worlds import STRANGE, World, strange


@pytest.mark.parametrize(
    ("path", "key", "parameters"),
    [
        ("/users", "GET /users", {}),
        ("/users/13", "GET /users/{user}", {"user": "13"}),
        ("/users/13/recommendations", "GET /users/{user}/recommendations", {"user": "13"}),
        ("/users/a/b/recommendations", "GET /users/{user}/recommendations", {"user": "a/b"}),
        ("/users/a/b", "GET /users/{user}", {"user": "a/b"}),
        ("/users/100%2541", "GET /users/{user}", {"user": "100%2541"}),
        ("/users/ ", "GET /users/{user}", {"user": " "}),
        ("/users/a\nb/recommendations", "GET /users/{user}/recommendations", {"user": "a\nb"}),
        ("/items/x/similar/similar", "GET /items/{item}/similar", {"item": "x/similar"}),
        ("/openapi.json", "GET /openapi.json", {}),
    ],
)
def test_a_path_goes_to_its_route(path: str, key: str, parameters: dict[str, str]) -> None:
    found = match("GET", path)
    assert (found.route.key, found.parameters) == (key, parameters)


def test_the_gateways_own_route_tells_the_parts_of_a_path_apart() -> None:
    """Of `/users/a%252Frecommendations` the gateway knows that it is one part; decoded nobody could."""
    found = match("GET", "/users/a/recommendations", "GET /users/{user}", {"user": "a/recommendations"})
    assert (found.route.key, found.parameters) == ("GET /users/{user}", {"user": "a/recommendations"})
    assert match("GET", "/users/a", "GET /users/{id}", {"id": "a"}).parameters == {"user": "a"}
    assert match("GET", "/users/a", "ANY /{proxy+}", {"proxy": "users/a"}).parameters == {"user": "a"}


@pytest.mark.parametrize("path", ["/", "", "/nothing", "/users/", "/Users", "/items/", "/openapi.yaml", "//users"])
def test_other_paths_lead_nowhere(path: str, asker: Asker) -> None:
    answer = asker.get(path)
    assert answer.status == 404
    assert answer.content["detail"] == f"GET {path}: no such route, see /openapi.json"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.key))
def test_other_methods_are_refused_with_the_one_that_would_do(route: Route, asker: Asker) -> None:
    path = route.path.format(user="1", item="10")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {route.method}:
        answer = asker.send(event(method, path))
        assert answer.status == 405
        assert answer.headers["Allow"] == route.method
    assert asker.send(event("HEAD", path)).status == 404


LOGGED = {"request", "route", "version", "status", "ms", "unknown", "UnknownIds"}


def test_each_route_is_logged_without_what_was_asked(asker: Asker) -> None:
    asker.get("/users/12/recommendations", n=1, genre="Comedy")
    asker.post("/predictions", {"pairs": [{"user": 12, "item": 1_234_567}]})
    asker.get("/nothing/12")
    assert [(line["route"], line["status"], line["version"]) for line in asker.lines] == [
        ("GET /users/{user}/recommendations", 200, "nightly"),
        ("POST /predictions", 422, "nightly"),
        (None, 404, None),
    ]
    assert all(set(line) == {"message", *LOGGED} for line in asker.lines)
    assert all(0 <= line["ms"] < 60_000 for line in asker.lines)


@pytest.mark.parametrize("id_", STRANGE)
def test_a_strange_id_reaches_its_user_by_the_gateways_route(id_: str, serve: Serve) -> None:
    asker = serve(strange())
    answer = asker.send(event("GET", f"/users/{id_}", route_key="GET /users/{user}", parameters={"user": id_}))
    assert (answer.content["user"], answer.content["known"]) == (id_, True)


def test_a_body_may_come_in_base64(asker: Asker) -> None:
    body = json.dumps({"liked": [10]})
    given = event("POST", "/recommendations", body=base64.b64encode(body.encode()).decode())
    encoded = asker.send({**given, "isBase64Encoded": True})
    assert encoded.status == 200
    assert encoded.content == asker.post("/recommendations", {"liked": [10]}).content


@pytest.mark.parametrize("body", [None, "", "%%%", "AAA"], ids=["none", "empty", "no base64", "cut"])
def test_a_broken_body_is_a_problem(body: str | None, asker: Asker) -> None:
    for is_base64 in (True, False):
        given = event("POST", "/recommendations", body=body)
        assert asker.send({**given, "isBase64Encoded": is_base64}).status == 400


def test_a_post_may_have_a_wrong_query_and_a_wrong_body_at_once(asker: Asker) -> None:
    answer = asker.send(event("POST", "/recommendations", query="x=1", body='{"n": 0}'))
    assert [(error["in"], error["name"]) for error in answer.content["errors"]] == [("query", "x"), ("body", "n")]
    assert answer.content["detail"].startswith("2 problems, the first in query, x: no such field, expected of none")


def test_before_anything_is_published_the_api_says_so_and_shows_its_document(asker: Asker) -> None:
    def nothing() -> Serving:
        raise NothingPublished("no version is published yet")

    empty = Asker(nothing, silent)
    for path in ("/users", "/users/1/recommendations", "/items", "/model"):
        answer = empty.get(path, n="wrong")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "30"
        assert answer.content["detail"] == "no version is published yet"
    assert empty.get("/openapi.json").status == 200


def test_a_fault_is_answered_and_logged_with_its_trace() -> None:
    def broken() -> Serving:
        raise ZeroDivisionError("a secret")

    asker = Asker(broken, silent)
    answer = asker.get("/model")
    assert answer.status == 500
    assert "secret" not in json.dumps(answer.content)
    assert asker.lines[0]["error"] == "ZeroDivisionError"
    assert "a secret" in asker.lines[0]["trace"]


def test_answers_about_people_are_not_kept_and_others_are_asked_about(asker: Asker) -> None:
    assert asker.get("/users/1").headers["Cache-Control"] == "no-store"
    for path in ("/model", "/openapi.json"):
        first = asker.get(path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = asker.get(path, {"if-none-match": known})
            assert (again.status, again.content, again.headers["ETag"]) == (304, None, tag)
        assert asker.get(path, {"if-none-match": '"other"'}).status == 200


def test_the_tag_changes_with_the_version(serve: Serve) -> None:
    one, other = World(), World(threshold=0.4)
    assert serve(one).get("/model").headers["ETag"] != serve(other).get("/model").headers["ETag"]
