"""Functions end with the local AWS, and what they started ends with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_server import LocalAws

STOP_S = 30

LEAVE = """
import os, subprocess

def handler(event, context):
    left = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL)
    with open(event, "w") as file:
        file.write(str(left.pid))
    os._exit(3)
"""


BUSY = """
import os, pathlib, subprocess

def handler(event, context):
    left = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL)
    draft = pathlib.Path(event + ".draft")
    draft.write_text(f"{os.getpid()} {left.pid}")
    draft.rename(event)
    while True:
        pass
"""


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A local AWS of its own, whose error output stays in a file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--folder", str(tmp_path)],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    with server:
        yield server
        server.kill()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + STOP_S
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def functions_of(server: subprocess.Popen[bytes], functions: Any, folder: Path) -> Any:
    """The fixture `functions` for the test's own server."""
    assert server.stdout is not None
    url = server.stdout.readline().decode().strip().partition("=")[2]
    aws = LocalAws(endpoint_url=url, folder=folder)
    return type(functions)(aws.client("lambda"), aws.client("iam"), "")


def test_a_busy_function_ends_with_a_server_that_is_killed(
    functions: Any, server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    here, written = functions_of(server, functions, tmp_path), tmp_path / "pids"
    name = here.create(BUSY, Role=here.create_role(), Timeout=600)
    here.client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(str(written)))
    until(written.exists, "the function does not run")
    server.kill()
    server.wait(STOP_S)
    pids = [int(pid) for pid in written.read_text().split()]
    until(lambda: not any(map(is_running, pids)), "the server is gone, what it started is not")


def test_warm_function_ends_with_the_server(functions: Any, server: subprocess.Popen[bytes], tmp_path: Path) -> None:
    here = functions_of(server, functions, tmp_path)
    code = "import os\n\ndef handler(event, context):\n    return os.getpid()\n"
    pid = here.invoke(here.create(code, Role=here.create_role())).payload
    assert is_running(pid)
    server.terminate()
    assert server.wait(STOP_S) == 0, (tmp_path / "server.log").read_text()
    assert not is_running(pid)


def test_what_a_function_leaves_running_ends_with_it(functions: Any, tmp_path: Path) -> None:
    result = functions.invoke(functions.create(LEAVE), str(tmp_path / "left"))
    assert result.payload["errorType"] == "Runtime.ExitError"
    left = int((tmp_path / "left").read_text())
    until(lambda: not is_running(left), "the function's process is gone, what it started is not")
