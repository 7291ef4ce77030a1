"""The page's files, and nothing beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.web.proxy.browser import Client


def test_the_root_is_the_index(client: Client, static: Path) -> None:
    reply = client.ask("GET", "/")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.body == (static / "index.html").read_bytes()
    assert client.ask("GET", "/?a=b").body == reply.body


def test_modules_are_scripts(client: Client) -> None:
    assert client.ask("GET", "/views/model.js").headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_large_files_arrive_whole(client: Client, static: Path) -> None:
    reply = client.ask("GET", "/large.txt")
    assert len(reply.body) == int(reply.headers["Content-Length"]) == 1_000_001
    assert hashlib.sha256(reply.body).digest() == hashlib.sha256((static / "large.txt").read_bytes()).digest()


def test_head_has_the_headers_alone(client: Client) -> None:
    get, head = client.ask("GET", "/large.txt"), client.ask("HEAD", "/large.txt")
    assert head.body == b""
    for name in ("Content-Length", "ETag", "Content-Type"):
        assert head.headers[name] == get.headers[name]


def test_unchanged_files_are_not_sent_again(client: Client, static: Path) -> None:
    tag = client.ask("GET", "/large.txt").headers["ETag"]
    again = client.ask("GET", "/large.txt", If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert client.ask("GET", "/large.txt", If_None_Match='"other"').status == 200


def test_a_name_too_long_for_a_file_is_no_file(client: Client) -> None:
    assert client.ask("GET", f"/{'a' * 300}.txt").code == "NotFound"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/views/../../outside.txt",
        "/views/..%2f..%2foutside.txt",
        "/..%5coutside.txt",
        "//outside.txt",
        "/link.txt",
        "/.hidden.txt",
        "/notes.py",
        "/views",
        "/views/",
        "/index.html%00.txt",
        "/index.html/",
        "/nothing.html",
        "/%2fetc/hosts.txt",
        "/loop.txt",
    ],
    ids=str,
)
def test_paths_do_not_lead_out(client: Client, path: str) -> None:
    reply = client.ask("GET", path)
    assert (reply.status, reply.code) == (404, "NotFound")
    assert b"secret" not in reply.body
