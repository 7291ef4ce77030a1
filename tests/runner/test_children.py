"""Whatever was started ends with the runner."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.children import Children
from runner.errors import CdkFailed, RunnerError, ServerFailed, ToolMissing
from runner.files import last_lines
from runner.server import LocalAws
from runner.tools import find_node

PARENT = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); child.wait()"
)


def is_running(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


def _start_family(children: Children, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A child, and the id of its own child."""
    child = children.start(
        [sys.executable, "-c", PARENT], env=os.environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout is not None
    with child.stdout:
        return child, int(child.stdout.readline())


def test_children_of_children_end_with_the_block(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), Children() as children:
        child, grandchild = _start_family(children, tmp_path)
        assert is_running(grandchild)
        raise KeyboardInterrupt
    assert child.returncode == -signal.SIGTERM
    deadline = time.monotonic() + 30  # it was told to end, and a busy machine takes its time
    while is_running(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(grandchild)


def test_nothing_starts_after_the_end(tmp_path: Path) -> None:
    with Children() as children:
        pass
    with pytest.raises(RunnerError, match="not started, everything is being stopped"):
        children.run([sys.executable, "-c", ""], env={}, cwd=tmp_path, log=tmp_path / "log")


def test_what_a_child_prints_is_added_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    with Children() as children:
        for _ in range(2):
            assert children.run([sys.executable, "-c", code], env=os.environ, cwd=tmp_path, log=log) == 3
    assert log.read_text() == "out\nerr\n" * 2
    assert last_lines(log) == "\n  out\n  err" * 2


def test_local_aws_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with Children() as children, pytest.raises(ServerFailed, match=r"(?s)did not start \(log: .*File exists"):
        LocalAws(children, folder=tmp_path / "taken", log=tmp_path / "log").url()


@pytest.fixture
def serving(root: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    places = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    # A shell without job control lets what it starts in the background ignore SIGINT, and so would the child.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "serve", "--data", "sample", *places],
        cwd=root,
        env={**environment, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, inherited)
    yield process
    process.kill()
    process.communicate()


def test_interrupt_ends_the_local_aws_and_the_synthesis(serving: subprocess.Popen[str], tmp_path: Path) -> None:
    deadline = time.monotonic() + 30
    while _processes(str(tmp_path)) < 3:
        assert time.monotonic() < deadline, "the runner, the local AWS and the CDK CLI should run by now"
        time.sleep(0.05)
    serving.send_signal(signal.SIGINT)
    _, printed = serving.communicate(timeout=30)
    assert printed == "runner: interrupted, everything it started has been stopped\n"
    assert serving.returncode == 130
    assert _processes(str(tmp_path)) == 0
    assert list((tmp_path / "cache").rglob("manifest.json")) == [], "half an assembly must not be kept"


def _processes(mentioning: str) -> int:
    done = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True)  # noqa: S607
    return sum(mentioning in line for line in done.stdout.splitlines())


def _fake_node(folder: Path, version: str) -> Path:
    folder.mkdir()
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    return node


def test_systems_node_is_taken_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = _fake_node(tmp_path / "bin", "v22.0.0")
    monkeypatch.setenv("PATH", str(node.parent))
    assert find_node() == node


@pytest.mark.parametrize("version", ["v20.20.2", "nonsense"])
def test_older_node_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    node = _fake_node(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", str(node.parent))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "no wheel"))
    with pytest.raises(ToolMissing, match="no Node 22 or newer"):
        find_node()


def test_cdk_failure_carries_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "cdk.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))
    message = str(CdkFailed(f"cdk deploy failed:{last_lines(log)}"))
    assert message.splitlines()[-1] == "  line 99"
    assert len(message.splitlines()) == 13
