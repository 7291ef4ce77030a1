"""Delivery of log lines: against the local CloudWatch Logs, and against a client that stops, fails or fills up."""

from __future__ import annotations

import gc
import threading
import uuid
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local_aws.log_streams import (
    EVENT_OVERHEAD_BYTES,
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_CHARACTERS,
    Event,
    LogDelivery,
    Place,
    take_batch,
)

DEADLINE_S = 20


def place(name: str = "s") -> Place:
    return Place(group=f"/log-streams/{uuid.uuid4().hex}", name=name, region="eu-west-1", role_arn="", session="t")


@pytest.fixture(scope="module")
def delivery(aws: Callable[[str], Any]) -> LogDelivery:
    """Into the local CloudWatch Logs, as the account's operator."""
    logs = aws("logs")
    return LogDelivery(lambda service, **_: logs, linger_s=0)


def messages(logs: Any, at: Place) -> list[str]:
    events = logs.get_log_events(logGroupName=at.group, logStreamName=at.name, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_lines_arrive_in_order_in_a_group_that_was_missing(delivery: LogDelivery, aws: Any) -> None:
    stream = delivery.open(place())
    for number in range(50):
        stream.write(f"line {number}", "")
    stream.close(timeout_s=DEADLINE_S)
    assert messages(aws("logs"), stream.place) == [f"line {number}" for number in range(50)]


def test_a_group_that_is_deleted_comes_back_with_the_next_line(delivery: LogDelivery, aws: Any) -> None:
    at, logs = place(), aws("logs")
    first, second = delivery.open(at), delivery.open(at)
    first.write("before")
    first.close(timeout_s=DEADLINE_S)
    second.write("between")
    delivery.open(place()).close(timeout_s=DEADLINE_S)  # its turn is after the one before
    assert messages(logs, at) == ["before", "between"]
    logs.delete_log_group(logGroupName=at.group)
    second.write("after")
    second.close(timeout_s=DEADLINE_S)
    assert messages(logs, at) == ["after"]


def test_nothing_is_written_after_the_end(delivery: LogDelivery, aws: Any) -> None:
    stream = delivery.open(place())
    stream.write("last words")
    stream.close(timeout_s=DEADLINE_S)
    stream.write("ghost")
    stream.close(timeout_s=DEADLINE_S)
    assert messages(aws("logs"), stream.place) == ["last words"]


def test_a_line_that_is_too_long_is_several_events(delivery: LogDelivery, aws: Any) -> None:
    line = "😀" * (2 * MAX_CHARACTERS + 1)
    stream = delivery.open(place())
    stream.write(line)
    stream.close(timeout_s=DEADLINE_S)
    assert messages(aws("logs"), stream.place) == ["😀" * MAX_CHARACTERS] * 2 + ["😀"]


class NotFound(Exception):
    """What a group that is missing answers."""


class Exists(Exception):
    """What a stream that is there answers."""


@dataclass
class Client:
    """A logs client that waits for `may_go`, and fails as it is told to."""

    may_go: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None
    put: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    puts: int = 0

    @property
    def exceptions(self) -> Any:
        return type("Exceptions", (), {"ResourceNotFoundException": NotFound, "ResourceAlreadyExistsException": Exists})

    def create_log_stream(self, **_: str) -> None:
        self.called.append("create_log_stream")

    def create_log_group(self, **_: str) -> None:
        self.called.append("create_log_group")

    def put_log_events(self, logEvents: list[dict[str, Any]], **_: str) -> None:  # noqa: N803 - boto3's name
        assert self.may_go.wait(DEADLINE_S)
        if self.failure is not None:
            raise self.failure
        self.puts += 1
        self.put += [event["message"] for event in logEvents]


def denied() -> ClientError:
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutLogEvents")


@pytest.mark.parametrize("failure", [denied(), RuntimeError("a fault of the delivery itself")])
def test_events_that_are_lost_end_neither_the_thread_nor_the_stream(failure: Exception) -> None:
    client = Client(failure=failure)
    client.may_go.set()
    delivery = LogDelivery(lambda service, **_: client)
    lost, kept = delivery.open(place("lost")), delivery.open(place("kept"))
    lost.write("lost")
    lost.close(timeout_s=DEADLINE_S)
    assert lost.delivered.is_set()
    client.failure = None
    kept.write("kept")
    kept.close(timeout_s=DEADLINE_S)
    assert client.put == ["kept"]


def test_a_group_is_not_asked_for_when_it_is_there() -> None:
    client = Client()
    client.may_go.set()
    stream = LogDelivery(lambda service, **_: client).open(place())
    stream.write("a")
    stream.close(timeout_s=DEADLINE_S)
    assert client.called == ["create_log_stream"]


def test_what_there_is_no_room_for_is_dropped_and_counted() -> None:
    client = Client()
    size = 1 + EVENT_OVERHEAD_BYTES
    delivery = LogDelivery(lambda service, **_: client, max_waiting_bytes=3 * size)
    blocking, stream = delivery.open(place()), delivery.open(place())
    blocking.write("x")
    until(lambda: client.called == ["create_log_stream"])
    stream.write(*"abcde")
    assert stream.dropped == 2
    client.may_go.set()
    stream.close(timeout_s=DEADLINE_S)
    assert client.put == [*"xabc"]
    assert delivery._room == 3 * size


def test_what_is_written_within_a_moment_is_delivered_together() -> None:
    client = Client()
    client.may_go.set()
    delivery = LogDelivery(lambda service, **_: client, linger_s=3600)
    streams = [delivery.open(place(name)) for name in "ab"]
    for number in range(20):
        for stream in streams:
            stream.write(f"{stream.place.name} {number}")
    assert client.called == []
    for stream in streams:
        stream.close(timeout_s=DEADLINE_S)  # which waits for nothing more
    assert client.puts == 2
    assert client.put == [f"{name} {number}" for name in "ab" for number in range(20)]


def test_after_that_moment_it_is_delivered() -> None:
    client = Client()
    client.may_go.set()
    LogDelivery(lambda service, **_: client).open(place()).write("a")
    until(lambda: client.put == ["a"])


def test_a_stream_that_is_closed_is_forgotten() -> None:
    client = Client()
    client.may_go.set()
    delivery = LogDelivery(lambda service, **_: client)
    stream = delivery.open(place())
    stream.write("a")
    stream.close(timeout_s=DEADLINE_S)
    forgotten = weakref.ref(stream)
    del stream

    def is_gone() -> bool:
        gc.collect()
        return forgotten() is None

    until(is_gone)


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to get there."""
    turn, turns = threading.Event(), int(DEADLINE_S / 0.01)
    assert any(condition() or turn.wait(0.01) for _ in range(turns))


@given(sizes=st.lists(st.integers(EVENT_OVERHEAD_BYTES, MAX_BATCH_BYTES), max_size=12))
def test_batches_keep_order_and_stay_within_the_limit(sizes: list[int]) -> None:
    events = [Event(number, "", size) for number, size in enumerate(sizes)]
    waiting, cut = deque(events), []
    while batch := take_batch(waiting):
        cut.append(batch)
    assert [event for batch in cut for event in batch] == events
    assert all(sum(event.size for event in batch) <= MAX_BATCH_BYTES for batch in cut)
    # None could have been put into the one before.
    assert all(sum(e.size for e in a) + b[0].size > MAX_BATCH_BYTES for a, b in pairwise(cut))


def test_batches_hold_no_more_events_than_the_limit() -> None:
    waiting = deque([Event(0, "", EVENT_OVERHEAD_BYTES)] * (MAX_BATCH_EVENTS + 1))
    assert [len(take_batch(waiting)), len(take_batch(waiting))] == [MAX_BATCH_EVENTS, 1]
