"""One thread for many times."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue

import pytest

from local_aws.events.timetable import Timetable

WAIT_S = 60


def soon(*milliseconds: int) -> Iterator[datetime]:
    now = datetime.now(UTC)
    return iter([now + timedelta(milliseconds=each) for each in milliseconds])


@pytest.fixture
def timetable() -> Iterator[Timetable]:
    made = Timetable()
    yield made
    made.close()


def test_each_is_called_at_its_times_and_then_ends(timetable: Timetable) -> None:
    called: SimpleQueue[str] = SimpleQueue()
    timetable.put("late", soon(40, 80), lambda _: called.put("late"), end=lambda: called.put("end"))
    timetable.put("early", soon(20), lambda _: called.put("early"))
    assert [called.get(timeout=WAIT_S) for _ in range(4)] == ["early", "late", "late", "end"]


def test_never_before_it_is_due(timetable: Timetable) -> None:
    called: SimpleQueue[tuple[datetime, datetime]] = SimpleQueue()
    timetable.put("k", soon(30), lambda due: called.put((due, datetime.now(UTC))))
    due, now = called.get(timeout=WAIT_S)
    assert now >= due


def test_what_is_replaced_or_removed_is_not_called(timetable: Timetable) -> None:
    called: SimpleQueue[str] = SimpleQueue()
    timetable.put("a", soon(20), lambda _: called.put("first"))
    timetable.put("a", soon(30), lambda _: called.put("second"))
    timetable.put("b", soon(20), lambda _: called.put("removed"))
    timetable.remove("b")
    timetable.put("last", soon(60), lambda _: called.put("last"))
    assert [called.get(timeout=WAIT_S) for _ in range(2)] == ["second", "last"]


def test_an_action_may_replace_itself(timetable: Timetable) -> None:
    called: SimpleQueue[str] = SimpleQueue()

    def action(_: datetime) -> None:
        called.put("first")
        timetable.put("k", soon(10), lambda _: called.put("second"))

    timetable.put("k", soon(10, 10_000), action)
    assert [called.get(timeout=WAIT_S) for _ in range(2)] == ["first", "second"]


def test_a_failing_action_harms_no_other(timetable: Timetable) -> None:
    called: SimpleQueue[str] = SimpleQueue()

    def fail(_: datetime) -> None:
        raise RuntimeError("on purpose")

    timetable.put("bad", soon(10), fail)
    timetable.put("good", soon(20, 30), lambda _: called.put("good"))
    assert [called.get(timeout=WAIT_S) for _ in range(2)] == ["good", "good"]


def test_times_that_passed_meanwhile_are_left_out(timetable: Timetable) -> None:
    called: SimpleQueue[int] = SimpleQueue()
    moments = list(soon(0, 10, 20, 30, 400))
    is_slow = threading.Event()

    def action(due: datetime) -> None:
        called.put(moments.index(due))
        is_slow.wait(0.1 if due == moments[0] else 0)

    timetable.put("k", iter(moments), action)
    assert [called.get(timeout=WAIT_S) for _ in range(2)] == [0, 4]


def test_nothing_is_called_once_it_is_closed() -> None:
    timetable, called = Timetable(), threading.Event()
    timetable.put("k", soon(20), lambda _: called.set())
    timetable.close()
    timetable.put("l", soon(0), lambda _: called.set())
    assert not called.wait(0.1)
