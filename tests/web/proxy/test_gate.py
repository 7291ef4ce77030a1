"""Nobody but the page itself is answered, and what is answered can do little else."""

from __future__ import annotations

import http.client
import socket

import pytest

from tests.web.proxy.browser import Client
from tests.web.proxy.upstream import ACCESS_KEY, SECRET_KEY, TOKEN
from web.proxy.answers import PAGE_POLICY
from web.proxy.gate import MAX_BODY_BYTES
from web.proxy.server import PageServer

PATHS = ("/", "/config.json", "/schema", "/api/model", "/report/x", "/object/models/x/manifest.json")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example:{port}", "evil.localhost:{port}", None]
)
def test_other_hosts_are_refused(client: Client, path: str, host: str | None) -> None:
    given = host.format(port=client.port) if host else None
    reply = client.ask("GET", path, Host=given)
    assert (reply.status, reply.code) == (403, "ForeignHost")
    assert f"localhost:{client.port}" in reply.message


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST"])
def test_names_of_this_machine_are_answered(client: Client, host: str) -> None:
    assert client.ask("GET", "/config.json", Host=f"{host}:{client.port}").status == 200


def test_two_hosts_are_none(server: PageServer) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port)) as raw:
        host = f"Host: localhost:{server.server_port}\r\n".encode()
        raw.sendall(b"GET / HTTP/1.1\r\n" + host + host + b"\r\n")
        response = http.client.HTTPResponse(raw)
        response.begin()
        assert response.status == 403


@pytest.mark.parametrize("path", ["/aws/ssm/GetParameter", "/api/predictions"])
@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "https://localhost:{port}", "http://localhost:1", "http://127.0.0.1:{port}"],
)
def test_other_origins_are_refused(client: Client, path: str, origin: str | None) -> None:
    reply = client.ask("POST", path, {}, Origin=origin.format(port=client.port) if origin else None)
    assert (reply.status, reply.code) == (403, "ForeignOrigin")


@pytest.mark.parametrize("path", ["/aws/ssm/GetParameter", "/api/predictions"])
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_bodies_a_form_could_send_are_refused(client: Client, path: str, kind: str | None) -> None:
    reply = client.ask("POST", path, {}, Content_Type=kind)
    assert (reply.status, reply.code) == (415, "WrongContentType")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_read_nothing_but_may_lead_here(client: Client, site: str) -> None:
    for path in PATHS[1:]:
        assert client.ask("GET", path, Sec_Fetch_Site=site).code == "ForeignSite"
    assert client.ask("GET", "/", Sec_Fetch_Site=site).status == 200


@pytest.mark.parametrize("length", ["-1", "1, 1", "x", "0x10", "²"])
def test_lengths_that_are_no_number_are_refused(server: PageServer, length: str) -> None:
    head = (
        f"POST /aws/ssm/GetParameter HTTP/1.1\r\nHost: localhost:{server.server_port}\r\n"
        f"Origin: http://localhost:{server.server_port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.server_port)) as raw:
        raw.sendall(head.encode())
        response = http.client.HTTPResponse(raw)
        response.begin()
        assert response.status == 400
        assert response.headers["Connection"] == "close"


def test_bodies_are_bounded_before_they_are_read(client: Client) -> None:
    reply = client.ask("POST", "/api/predictions", Content_Length=str(MAX_BODY_BYTES + 1))
    assert (reply.status, reply.code) == (413, "BodyTooLarge")
    assert client.ask("POST", "/api/predictions", b" " * MAX_BODY_BYTES).status == 200


def test_chunked_bodies_are_refused(client: Client) -> None:
    reply = client.ask("POST", "/api/predictions", Transfer_Encoding="chunked", Content_Length=None)
    assert (reply.status, reply.headers["Connection"]) == (411, "close")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(client: Client, method: str) -> None:
    for path in ("/", "/config.json", "/report/x"):
        reply = client.ask(method, path, {})
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


def test_calls_are_only_posted(client: Client) -> None:
    reply = client.ask("GET", "/aws/ssm/GetParameter")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "line", [b"GET", b"GET http://localhost/ HTTP/1.1", b"GET /\xc3\xa9 HTTP/1.1", b"BREW / HTTP/1.1"]
)
def test_broken_requests_get_json_too(server: PageServer, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port)) as raw:
        raw.sendall(line + f"\r\nHost: localhost:{server.server_port}\r\n\r\n".encode())
        answer = raw.makefile("rb").read()
    assert b'{"error": {"code": "Bad' in answer
    assert b"Content-Security-Policy" in answer


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_every_answer_has_the_headers_that_confine_it(client: Client, path: str) -> None:
    headers = client.ask("GET", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert headers["Cache-Control"] == ("no-cache" if path == "/" else "no-store")
    assert "Access-Control-Allow-Origin" not in headers


def test_policy_allows_nothing_from_elsewhere() -> None:
    directives = dict(part.strip().split(" ", 1) for part in PAGE_POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "frame-src"):
        assert directives[name] == "'self'"
    assert "unsafe" not in PAGE_POLICY


def test_credentials_never_reach_the_browser(client: Client) -> None:
    replies = [client.ask("GET", path) for path in PATHS]
    replies += [client.aws("ssm/GetParameter", {}), client.aws("iam/CreateUser", {}), client.ask("POST", "/api/x", {})]
    for reply in replies:
        for secret in (ACCESS_KEY, SECRET_KEY, TOKEN):
            assert secret not in f"{reply.headers}"
            assert secret.encode() not in reply.body
