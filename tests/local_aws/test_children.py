"""Children end with the local AWS, whatever they do about it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_aws.children import Children, ChildrenStopped


@pytest.fixture
def start(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Start a shell script and wait until it says that it is ready."""

    def started(children: Children, script: str) -> subprocess.Popen[bytes]:
        child = children.start(["sh", "-c", f"{script}"], env=dict(os.environ), cwd=tmp_path)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdout.close()
        return child

    return started


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 5
    while _is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_end_within_one_grace(start) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    stubborn = [start(children, "trap '' TERM; echo ready; while :; do sleep 1; done") for _ in range(3)]
    polite = start(children, "echo ready; exec sleep 60")
    began = time.monotonic()
    children.stop_all()
    assert time.monotonic() - began < 4
    assert [child.returncode for child in stubborn] == [-signal.SIGKILL] * 3
    assert polite.returncode == -signal.SIGTERM


def test_what_a_child_leaves_running_ends_too(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    left = start(children, "trap '' HUP TERM; sleep 60 & echo $! > left; echo ready")
    children.stop(left)
    _await_end(int((tmp_path / "left").read_text()))


def test_what_a_child_that_exits_leaves_running_ends_with_it(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    child = start(children, "trap '' HUP; sleep 60 & echo $! > left; echo ready; exit 3")
    while children.is_running(child):
        time.sleep(0.01)
    assert _is_running(int((tmp_path / "left").read_text()))
    assert children.wait(child) == 3
    _await_end(int((tmp_path / "left").read_text()))


def test_all_that_wait_for_a_child_learn_its_status(start) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    child = start(children, "echo ready; exec sleep 60")
    with ThreadPoolExecutor(3) as pool:
        statuses = [pool.submit(children.wait, child) for _ in range(3)]
        children.stop(child)
        assert [status.result(5) for status in statuses] == [-signal.SIGTERM] * 3


def test_nothing_starts_once_all_are_stopped(tmp_path: Path) -> None:
    children = Children()
    children.stop_all()
    with pytest.raises(ChildrenStopped, match="touch: not started"):
        children.start(["touch", "started"], env=dict(os.environ), cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_child_that_was_reaped_is_left_alone(start) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    gone = start(children, "echo ready")
    assert gone.wait(5) == 0
    children.stop(gone)
    children.stop_all()


def test_a_child_that_somebody_else_waits_for_can_be_stopped(start) -> None:  # type: ignore[no-untyped-def]
    children = Children()
    child = start(children, "echo ready; exec sleep 60")
    waiting = threading.Thread(target=child.wait)
    waiting.start()
    children.stop(child)
    waiting.join(5)
    assert child.returncode == -signal.SIGTERM


def test_systems_without_waitid_stop_children_too(start, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("local_aws.children._CAN_SEE_UNREAPED", False)
    children = Children()
    stubborn = start(children, "trap '' TERM; echo ready; while :; do sleep 1; done")
    polite = start(children, "echo ready; exec sleep 60")
    children.stop_all()
    assert (stubborn.returncode, polite.returncode) == (-signal.SIGKILL, -signal.SIGTERM)
