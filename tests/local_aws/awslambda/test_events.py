"""Event invocations that have to wait: for their function's concurrency, for each other, and to be tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_aws.awslambda.concurrency import Concurrency
from local_aws.awslambda.deployment import Archive, Deployment, Invocation, Logging, Outcome
from local_aws.awslambda.events import EventQueue
from local_aws.pace import SERVICE_MINUTE_S

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
    errors: list[str | None] = field(default_factory=list)
    """How the first runs end; all others end well."""

    def run(self, deployment: Deployment, event: Invocation) -> Outcome:
        with self.changed:
            self.begun.append(event.request_id)
            self.changed.notify_all()
        if event.request_id == "fails":
            raise RuntimeError("the sandbox could not be made")
        assert self.let_go.acquire(timeout=DEADLINE_S)
        error = self.errors.pop(0) if self.errors else None
        return Outcome(b'{"errorMessage": "no"}' if error else b"", error, "")

    def wait_until_begun(self, *ids: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.begun == list(ids), DEADLINE_S), self.begun


@dataclass
class Later:
    """A timetable that waits for nobody, and what is given up."""

    dues: list[datetime] = field(default_factory=list)
    actions: list[Callable[[datetime], None]] = field(default_factory=list)
    lost: list[tuple[str, str, bytes]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, _: Hashable, times: Iterator[datetime], action: Callable[[datetime], None]) -> None:
        with self.changed:
            self.dues.append(next(times))
            self.actions.append(action)
            self.changed.notify_all()

    def given_up(self, deployment: Deployment, event: Invocation, outcome: Outcome) -> None:
        with self.changed:
            self.lost.append((deployment.arn, event.request_id, outcome.payload))
            self.changed.notify_all()

    def wait(self, wanted: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(wanted, DEADLINE_S), (self.dues, self.lost)


def queue_of(runs: Runs, later: Later, **settings: Any) -> EventQueue:
    return EventQueue(runs, timetable=later, given_up=later.given_up, **settings)  # type: ignore[arg-type]


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
    queue = queue_of(runs, Later(), max_running=2)
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
    queue = queue_of(runs, Later(), max_running=2)
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
    queue = queue_of(runs, Later(), max_running=1)
    gone = Named("gone", limit=0)
    queue.send(gone, event("gone"))
    queue.send(Named("f"), event("fails"))
    runs.wait_until_begun("fails")
    gone.is_deleted, gone.limit = True, None
    queue.send(Named("f"), event("next"))
    runs.wait_until_begun("fails", "next")
    runs.let_go.release()


def test_what_fails_is_tried_again_after_one_minute_and_after_two_and_then_given_up() -> None:
    runs, later = Runs(errors=["Unhandled"] * 3), Later()
    runs.let_go.release(3)
    queue_of(runs, later).send(Named("f"), event("e"))
    for number, minutes in enumerate((1, 2)):
        before = datetime.now(UTC)
        later.wait(lambda number=number: len(later.dues) == number + 1)  # type: ignore[misc]
        waited = later.dues[number] - before
        assert timedelta() < waited <= timedelta(seconds=minutes * SERVICE_MINUTE_S)
        assert waited > timedelta(seconds=(minutes - 0.9) * SERVICE_MINUTE_S)
        assert runs.begun == ["e"] * (number + 1)
        later.actions[number](later.dues[number])
    later.wait(lambda: bool(later.lost))
    assert runs.begun == ["e"] * 3
    assert later.lost == [("f", "e", b'{"errorMessage": "no"}')]
    assert len(later.dues) == 2


def test_what_succeeds_in_the_end_is_not_given_up() -> None:
    runs, later = Runs(errors=["Unhandled"]), Later()
    queue, changing = queue_of(runs, later, max_running=1), Named("f")
    runs.let_go.release(3)
    queue.send(changing, event("e"))
    later.wait(lambda: len(later.dues) == 1)
    later.actions[0](later.dues[0])
    queue.send(Named("g"), event("next"))
    runs.wait_until_begun("e", "e", "next")
    assert (len(later.dues), later.lost) == (1, [])


def test_nothing_is_tried_again_of_a_function_that_is_deleted() -> None:
    runs, later = Runs(errors=["Unhandled"]), Later()
    queue, function = queue_of(runs, later, max_running=1), Named("f")
    runs.let_go.release(2)
    queue.send(function, event("e"))
    later.wait(lambda: len(later.dues) == 1)
    function.is_deleted = True
    later.actions[0](later.dues[0])
    queue.send(Named("g"), event("next"))
    runs.wait_until_begun("e", "next")
    assert not later.lost
