"""Serving containers that end, and what starts again: small programs in the place of the image's."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.children import Children
from local_aws.sagemaker.serving import Launch, ServingContainer, UnhealthyError, pauses

DEADLINE_S = 20
SERVER = """
import http.server, os, pathlib, sys, time
starts = pathlib.Path("starts")
with starts.open("a") as file:
    file.write("x")
life = sys.argv[len(starts.read_text())]
if life == "hangs":
    time.sleep(60)
if life == "dies":
    sys.exit("cannot start")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        if life == "serves once":
            os._exit(1)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
pathlib.Path("port").write_text(str(server.server_port))
server.serve_forever()
"""


class Lines:
    """A log that keeps what it is given."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)

    def close(self) -> None:
        pass


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.stop_all()


def container(children: Children, folder: Path, *lives: str) -> ServingContainer:
    """What is started first has the first life, and so on."""
    command = [sys.executable, "-c", SERVER, *lives]
    launch = Launch(command=command, environment={}, folder=folder, port_file=folder / "port")
    return ServingContainer(children, launch, Lines())  # type: ignore[arg-type]


@pytest.mark.parametrize("between", [["hangs"], ["dies"], ["dies", "hangs"]])
def test_a_container_that_does_not_come_back_is_tried_again(
    children: Children, tmp_path: Path, between: list[str]
) -> None:
    serving = container(children, tmp_path, "serves once", *between, "serves")
    serving.wait_until_healthy(timeout_s=3)
    with pytest.raises((OSError, http.client.HTTPException)):
        serving.invoke(b"", {})
    assert answer_in_the_end(serving) == http.HTTPStatus.OK
    assert len((tmp_path / "starts").read_text()) == len(between) + 2
    serving.close()


def test_one_that_never_comes_up_is_not_tried_again(children: Children, tmp_path: Path) -> None:
    serving = container(children, tmp_path, "dies")
    with pytest.raises(UnhealthyError, match="cannot start"):
        serving.wait_until_healthy(timeout_s=5)
    serving.close()


def test_pauses_grow_to_a_bound_while_containers_die_at_once() -> None:
    at_once = iter(lambda: 0.1, None)
    assert list(islice(pauses(at_once), 9)) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.lists(st.floats(0, 59), max_size=12), st.floats(60, 1e6))
def test_a_long_life_forgives_what_was_before(short: list[float], long: float) -> None:
    assert list(pauses([*short, long, 0]))[-2:] == [0.5, 1]


def answer_in_the_end(serving: ServingContainer) -> int:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return serving.invoke(b"", {}).status
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline
            time.sleep(0.05)
