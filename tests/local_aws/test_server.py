"""The server as a process: what it lets go of when it stops, and what it finds when it starts."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

LIMIT_S = 60

STOPPED_BEFORE_IT_STARTED = """
import sys
from pathlib import Path
from local_aws.server import Server

server = Server(Path(sys.argv[1]))
server.stop()
server.serve_forever()
"""
STARTED_AND_STOPPED = """
import socket, sys
from pathlib import Path
from local_aws.server import HOST, Server

server = Server(Path(sys.argv[1]))
server.start()
with socket.create_connection((HOST, server.world.port)):
    pass
server.stop()
try:  # not by binding it: the system may have lent the number to somebody's outgoing connection by now
    socket.create_connection((HOST, server.world.port)).close()
except ConnectionRefusedError:
    print("free")
"""
LISTED_ONCE = """
import sys
from pathlib import Path
from moto import backends
from moto.moto_server import werkzeug_app
from local_aws.server import Server

before = list(backends.list_of_moto_modules())
Server(Path(sys.argv[1])).stop()
backends.os = None  # whoever looks through the folder now fails
found = werkzeug_app.DomainDispatcherApplication(None).get_backend_for_host("sagemaker")
print(found, list(werkzeug_app.backends.list_of_moto_modules()) == before)
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(root: Path, tmp_path: Path) -> Iterator[Start]:
    """Start Python with these arguments; default folders are made below tmp_path."""
    with contextlib.ExitStack() as stack:

        def started(*arguments: str) -> subprocess.Popen[str]:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=root,
                env={**os.environ, "TMPDIR": str(tmp_path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(child)
            stack.callback(child.kill)
            return child

        yield started


def url_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().strip().removeprefix("AWS_ENDPOINT_URL=")


@pytest.mark.parametrize(("script", "said"), [(STOPPED_BEFORE_IT_STARTED, ""), (STARTED_AND_STOPPED, "free\n")])
def test_stop_ends_and_frees_the_port(start: Start, tmp_path: Path, script: str, said: str) -> None:
    server = start("-c", script, str(tmp_path / "state"))
    output, errors = server.communicate(timeout=LIMIT_S)
    assert (server.returncode, output) == (0, said), errors


def test_motos_modules_are_listed_once(start: Start, tmp_path: Path) -> None:
    child = start("-c", LISTED_ONCE, str(tmp_path / "folder"))
    printed, said = child.communicate(timeout=LIMIT_S)
    assert (child.returncode, printed) == (0, "sagemaker True\n"), said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_default_folder_is_removed(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    server = start("-m", "local_aws")
    with urlopen(f"{url_of(server)}/_local_aws/iam", timeout=LIMIT_S) as page:  # noqa: S310 - our own server
        assert page.status == 200
    assert [path.name.startswith("local-aws-") for path in tmp_path.iterdir()] == [True]
    server.send_signal(number)
    assert server.wait(LIMIT_S) == 0
    assert not list(tmp_path.iterdir())


def test_what_only_runs_is_swept_first_and_last(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    stale = folder / "running" / "lambda" / "sandbox-stale"
    kept = folder / "lambda" / "archives" / "kept"
    for path in (stale, kept):
        path.mkdir(parents=True)
    server = start("-m", "local_aws", "--folder", str(folder))
    assert url_of(server)
    assert not stale.exists()
    stale.mkdir(parents=True)
    server.terminate()
    assert server.wait(LIMIT_S) == 0
    assert not stale.exists()
    assert kept.is_dir()


def test_a_folder_is_one_servers(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    first = start("-m", "local_aws", "--folder", str(folder))
    url = url_of(first)
    second = start("-m", "local_aws", "--folder", str(folder))
    assert second.communicate(timeout=LIMIT_S)[1].endswith(f"{folder}: another local AWS uses this folder\n")
    assert second.returncode == 2
    with urlopen(f"{url}/_local_aws/iam", timeout=LIMIT_S) as page:  # noqa: S310 - our own server
        assert page.status == 200


def test_a_port_that_is_taken_is_told(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = start("-m", "local_aws", "--folder", str(tmp_path / "state"), "--port", str(port))
        assert f"cannot serve on port {port} from " in server.communicate(timeout=LIMIT_S)[1]
    assert server.returncode == 2


@pytest.mark.parametrize(("port", "said"), [("99999", "99999 is no port, expected 0 to 65535"), ("x", "invalid")])
def test_what_is_no_port_is_told(start: Start, port: str, said: str) -> None:
    server = start("-m", "local_aws", "--port", port)
    errors = server.communicate(timeout=LIMIT_S)[1]
    assert (server.returncode, said in errors, "Traceback" in errors) == (2, True, False), errors
