"""What reaches the API is what the browser sent, signed; and what the API answers reaches the browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.proxy.browser import Client
from tests.web.proxy.upstream import ACCESS_KEY, SECRET_KEY, TOKEN, Upstream
from web.proxy.api import canonical
from web.proxy.errors import Refused

TARGETS = [
    "/users/13/recommendations?n=10&exclude_seen=true",
    "/items/a%252Fb%2520c",
    "/items/%E2%82%AC%2fx",
    "/items/it's(1)*!;x=1,2@:$",
    "/items?search=L%C3%A9on+%26+co&genre=&genre=Sci-Fi&a",
    "/items?search=it's%20(1)*!~",
    "/items?z=1&a=2&a=1&A=3",
    "/",
]


@pytest.fixture
def fresh(upstream: Upstream) -> Iterator[Upstream]:
    upstream.received.clear()
    yield upstream
    upstream.hang_ups = 0


@pytest.mark.parametrize("target", TARGETS)
def test_requests_arrive_signed_and_unchanged_in_meaning(client: Client, fresh: Upstream, target: str) -> None:
    reply = client.ask("GET", f"/api{target}")
    assert reply.status == 200, "the API did not take the signature"
    ((_, arrived, _, headers),) = fresh.received
    sent, got = urlsplit(target), urlsplit(arrived)
    assert unquote(got.path) == unquote(sent.path)
    assert parse_qsl(got.query, True) == parse_qsl(sent.query, True)
    assert "+" not in got.query
    assert "cookie" not in headers
    assert "origin" not in headers


def test_a_path_is_not_decoded(client: Client, fresh: Upstream) -> None:
    client.ask("GET", "/api/items/a%252Fb%2520c")
    assert fresh.received[0][1] == "/items/a%252Fb%2520c"


@pytest.mark.parametrize("body", [b'{"liked": [1, 2]}', b'{"title": "L\xc3\xa9on"}', b"[]", b"", b"no JSON"])
def test_bodies_arrive_byte_for_byte(client: Client, fresh: Upstream, body: bytes) -> None:
    reply = client.ask("POST", "/api/recommendations", body)
    assert reply.status == 200
    assert reply.json()["body"].encode() == body
    assert fresh.received[0][2] == body


def test_other_methods_are_passed_on(client: Client, fresh: Upstream) -> None:
    assert client.ask("DELETE", "/api/items/1").status == 200
    head = client.ask("HEAD", "/api/items/1")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    assert [method for method, *_ in fresh.received] == ["DELETE", "HEAD"]


@pytest.mark.parametrize("status", [200, 304, 400, 404, 405, 422, 429, 500, 503])
def test_answers_are_passed_back(client: Client, fresh: Upstream, status: int) -> None:
    reply = client.ask("GET", f"/api/status/{status}", If_None_Match='"abc"')
    assert reply.status == status
    assert reply.headers["Content-Type"] == ("application/problem+json" if status >= 400 else "application/json")
    assert (reply.headers["ETag"], reply.headers["Retry-After"], reply.headers["Allow"]) == ('"abc"', "7", "GET")
    assert "Set-Cookie" not in reply.headers
    assert fresh.received[0][3]["if-none-match"] == '"abc"'


def test_what_the_browser_claims_is_not_signed(client: Client, fresh: Upstream) -> None:
    reply = client.ask("GET", "/api/model", Authorization="mine", X_Amz_Security_Token="mine", X_Amz_Date="mine")
    assert reply.status == 200
    assert "mine" not in fresh.received[0][3].values()


def test_the_upstream_tells_a_wrong_signature(fresh: Upstream) -> None:
    """The oracle above is one: a request signed with another secret is refused by it."""
    from botocore.credentials import Credentials

    from web.proxy.api import SigningApi

    for secret, status in ((SECRET_KEY, 200), ("other", 403)):
        api = SigningApi(fresh.url, "eu-west-1", lambda secret=secret: Credentials(ACCESS_KEY, secret, TOKEN))  # type: ignore[misc]
        assert api.send("GET", "/model?n=1", b"").status == status


def test_a_closed_connection_is_tried_once_more_where_that_does_no_harm(client: Client, fresh: Upstream) -> None:
    fresh.hang_ups = 1
    assert client.ask("GET", "/api/model").status == 200
    fresh.hang_ups = 1
    reply = client.ask("POST", "/api/recommendations", {})
    assert (reply.status, reply.code) == (502, "ConnectionClosed")
    fresh.hang_ups = 2
    assert client.ask("GET", "/api/model").code == "ConnectionClosed"


@pytest.mark.parametrize("target", ["/a%", "/a%2", "/a%zz", "/a?b=%", "/../a", "/a/./b", "/a/..", "/items//x", "//x"])
def test_targets_that_mean_two_things_are_refused(client: Client, target: str) -> None:
    reply = client.ask("GET", f"/api{target}")
    assert (reply.status, reply.code) == (400, "BadTarget")


@given(st.text(min_size=1), st.lists(st.tuples(st.text(), st.text())))
def test_any_text_survives_and_has_one_spelling(name: str, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)
    target = f"/items/{quote(quote(name, safe=''), safe='')}?{query}"
    spelled = canonical(target)
    assert canonical(spelled) == spelled
    path, _, rest = spelled.partition("?")
    assert unquote(unquote(path.removeprefix("/items/"))) == name
    assert parse_qsl(rest, True) == pairs


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
def test_any_target_is_spelled_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        spelled = canonical(f"/{text}")
        assert canonical(spelled) == spelled
