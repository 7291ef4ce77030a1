"""Which route a request takes: the example that AWS documents, and rules that hold of every set of routes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.apigateway.deployment import Deployment, Route, Stage
from local_aws.apigateway.routing import match, stage_of


def route(key: str) -> Route:
    return Route(key=key, authorization="NONE", integration=None)


# API Gateway Developer Guide, "Create routes for HTTP APIs in API Gateway", "Routing API requests".
DOCUMENTED = [
    route(key) for key in ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")
]


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_documented_example(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    for routes in itertools.permutations(DOCUMENTED):
        found = match(routes, method, path)
        assert found is not None
        assert (found.route.key, found.parameters) == (key, parameters)


@pytest.mark.parametrize("path", ["/users/", "/users", "/users/1/2", "/", "/Users/1", "/users//"])
def test_a_variable_is_one_part_that_is_not_empty(path: str) -> None:
    assert match([route("GET /users/{user}")], "GET", path) is None


def test_a_method_of_its_own_goes_before_any() -> None:
    routes = [route("ANY /a"), route("GET /a")]
    taken = {method: match(routes, method, "/a") for method in ("GET", "PUT")}
    assert {method: found and found.route.key for method, found in taken.items()} == {"GET": "GET /a", "PUT": "ANY /a"}


PARTS = st.sampled_from(["a", "b", "{x}", "{y}"])


@given(
    keys=st.sets(st.tuples(st.sampled_from(["GET", "ANY"]), st.lists(PARTS, min_size=1, max_size=3).map(tuple))),
    path=st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
)
def test_the_route_taken_fits_and_none_that_fits_says_more(
    keys: set[tuple[str, tuple[str, ...]]], path: list[str]
) -> None:
    def fits(parts: tuple[str, ...]) -> bool:
        return len(parts) == len(path) and all(p[0] == "{" or p == q for p, q in zip(parts, path, strict=True))

    def names(parts: tuple[str, ...]) -> list[bool]:
        return [part[0] != "{" for part in parts]

    fitting = [parts for _, parts in keys if fits(parts)]
    found = match([route(f"{method} /{'/'.join(parts)}") for method, parts in keys], "GET", "/" + "/".join(path))
    assert (found is None) == (not fitting)
    if found is not None:
        taken = tuple(found.route.path[1:].split("/"))
        assert names(taken) == max(names(parts) for parts in fitting)


@pytest.mark.parametrize(
    ("names", "path", "expected"),
    [
        (["$default"], "/a/b", ("$default", "/a/b")),
        (["$default", "dev"], "/dev/b", ("dev", "/b")),
        (["$default", "dev"], "/devs/b", ("$default", "/devs/b")),
        (["dev"], "/dev", ("dev", "/")),
        (["dev"], "/a", None),
        ([], "/a", None),
    ],
)
def test_the_stage_is_the_first_part_or_the_default(
    names: list[str], path: str, expected: tuple[str, str] | None
) -> None:
    stages = {name: Stage(name=name) for name in names}
    found = stage_of(Deployment(api_id="a", account="1", region="r", partition="aws", stages=stages), path)
    assert (found and (found[0].name, found[1])) == expected
