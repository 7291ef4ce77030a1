"""Event invocations that have to wait: for their function's concurrency, and for each other."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local_aws.awslambda.concurrency import Concurrency
from local_aws.awslambda.deployment import Archive, Deployment, Invocation, Logging
from local_aws.awslambda.events import EventQueue

DEADLINE_S = 10
LATER = {"InvocationType": "Event"}


def wait_for(path: Path) -> None:
    """A function's file is all there is to see of an Event invocation."""
    deadline = time.monotonic() + DEADLINE_S
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


@pytest.mark.parametrize("raised", [True, False])
def test_an_event_runs_when_the_concurrency_allows_it(functions: Any, tmp_path: Path, raised: bool) -> None:
    name, client = functions.create(), functions.client
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.invoke(name, {"do": "touch", "path": str(tmp_path / "ran")}, **LATER)
    other = functions.create()
    functions.invoke(other, {"do": "touch", "path": str(tmp_path / "other")}, **LATER)
    wait_for(tmp_path / "other")
    assert not (tmp_path / "ran").exists()
    if raised:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    else:
        client.delete_function_concurrency(FunctionName=name)
    wait_for(tmp_path / "ran")


def test_an_event_runs_the_code_of_its_turn(functions: Any, tmp_path: Path) -> None:
    code = "import pathlib\n\ndef handler(event, context):\n    pathlib.Path(event, {version!r}).touch()\n"
    name, client = functions.create(code.format(version="old")), functions.client
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.invoke(name, str(tmp_path), **LATER)
    functions.update_code(name, code.format(version="new"))
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    wait_for(tmp_path / "new")
    assert not (tmp_path / "old").exists()


def test_versions_share_the_function_s_concurrency(functions: Any) -> None:
    name, client = functions.create(), functions.client
    client.publish_version(FunctionName=name)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        functions.invoke(name, {"do": "echo", "value": 1}, Qualifier="1")


@dataclass
class Runs:
    """A pool whose functions run until they are let go."""

    concurrency: Concurrency = field(default_factory=Concurrency)
    begun: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    let_go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self, deployment: Deployment, event: Invocation) -> None:
        with self.changed:
            self.begun.append(event.request_id)
            self.changed.notify_all()
        if event.request_id == "fails":
            raise RuntimeError("the sandbox could not be made")
        assert self.let_go.acquire(timeout=DEADLINE_S)

    def wait_until_begun(self, *ids: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.begun == list(ids), DEADLINE_S), self.begun


@dataclass
class Named:
    """A function of the API, as far as the queue knows one."""

    function_arn: str
    limit: int | None = None
    is_deleted: bool = False

    def current(self) -> Named | None:
        return None if self.is_deleted else self

    def deployment(self) -> Deployment:
        return Deployment(
            arn=self.function_arn,
            version="$LATEST",
            region="eu-west-1",
            role_arn="",
            runtime="python3.13",
            handler="app.handler",
            memory_mb=128,
            timeout_s=3,
            variables=(),
            code=Archive("", b""),
            layers=(),
            logging=Logging("/aws/lambda/f"),
        )


def event(name: str) -> Invocation:
    return Invocation(name, b"{}", "arn")


def test_no_more_than_the_bound_run_at_once_and_the_rest_follow_in_order() -> None:
    runs = Runs()
    queue = EventQueue(runs, max_running=2)  # type: ignore[arg-type]
    before = threading.active_count()
    for number in range(5):
        queue.send(Named("f"), event(str(number)))
    runs.wait_until_begun("0", "1")
    assert threading.active_count() == before + 2
    for number in range(2, 5):
        runs.let_go.release()
        runs.wait_until_begun(*map(str, range(number + 1)))
    runs.let_go.release(2)


def test_a_function_that_is_full_keeps_nobody_else_waiting() -> None:
    runs = Runs()
    queue = EventQueue(runs, max_running=2)  # type: ignore[arg-type]
    full = Named("full", limit=0)
    for number in range(3):
        queue.send(full, event(f"full-{number}"))
    queue.send(Named("free"), event("free"))
    runs.wait_until_begun("free")
    full.limit = 1
    runs.concurrency.notify()
    runs.wait_until_begun("free", "full-0")
    runs.let_go.release(4)
    runs.wait_until_begun("free", "full-0", "full-1", "full-2")


def test_events_of_a_deleted_function_are_dropped_and_a_failure_ends_nothing() -> None:
    runs = Runs()
    queue = EventQueue(runs, max_running=1)  # type: ignore[arg-type]
    gone = Named("gone", limit=0)
    queue.send(gone, event("gone"))
    queue.send(Named("f"), event("fails"))
    runs.wait_until_begun("fails")
    gone.is_deleted, gone.limit = True, None
    queue.send(Named("f"), event("next"))
    runs.wait_until_begun("fails", "next")
    runs.let_go.release()
