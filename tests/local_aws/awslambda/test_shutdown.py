"""Functions end with the local AWS, and what they started ends with them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
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


def test_warm_function_ends_with_the_server(functions: Any, server: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert server.stdout is not None
    url = server.stdout.readline().decode().strip().partition("=")[2]
    aws = LocalAws(endpoint_url=url, folder=tmp_path)
    here = type(functions)(aws.client("lambda"), aws.client("iam"), "")
    code = "import os\n\ndef handler(event, context):\n    return os.getpid()\n"
    pid = here.invoke(here.create(code, Role=here.create_role())).payload
    assert is_running(pid)
    server.terminate()
    assert server.wait(STOP_S) == 0, (tmp_path / "server.log").read_text()
    assert not is_running(pid)


def test_what_a_function_leaves_running_ends_with_it(functions: Any, tmp_path: Path) -> None:
    result = functions.invoke(functions.create(LEAVE), str(tmp_path / "left"))
    assert result.payload["errorType"] == "Runtime.ExitError"
    deadline = time.monotonic() + STOP_S
    while is_running(int((tmp_path / "left").read_text())):
        assert time.monotonic() < deadline, "the function's process is gone, what it started is not"
        time.sleep(0.01)
