"""States that overlap, in histories written by hand as AWS and what stands in for it write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from runner.chain import Visits
from runner.history import visits
from runner.visits import Visit
from tests.runner.executions import START, Events


def history(*events: tuple[int, int, float, str] | tuple[int, int, float, str, Any]) -> Events:
    """(id, previous id, seconds, type, name of a state or index of an iteration) → events."""
    return [_event(*event) for event in events]


def _event(number: int, previous: int, seconds: float, kind: str, what: Any = None) -> dict[str, Any]:
    at = START + timedelta(seconds=seconds)
    event: dict[str, Any] = {"id": number, "previousEventId": previous, "type": kind, "timestamp": at}
    if kind.startswith("MapIteration"):
        event[f"m{kind[1:]}EventDetails"] = {"name": "Each", "index": what}
    elif kind.endswith(("StateEntered", "StateExited")):
        event[f"state{kind[-7:].removeprefix('e')}EventDetails"] = {"name": what}
    return event


def rows(seen: Iterable[Visit]) -> list[tuple[str, str | None, str, float | None]]:
    return [(visit.name, visit.within, visit.status, visit.seconds) for visit in seen]


def test_parallel_as_aws_writes_it() -> None:
    """Chained as LocalStack's test_parallel_state recorded it from AWS: Succeeded and Exited follow the same event."""
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "PassStateEntered", "Load Input"),
            (3, 2, 0, "PassStateExited", "Load Input"),
            (4, 3, 0, "ParallelStateEntered", "Both"),
            (5, 4, 0, "ParallelStateStarted"),
            (6, 5, 1, "TaskStateEntered", "Train Model"),
            (7, 5, 1, "TaskStateEntered", "Train Ranking Model"),
            (8, 6, 1, "TaskScheduled"),
            (9, 7, 1, "TaskScheduled"),
            (10, 9, 1, "TaskStarted"),
            (11, 8, 1, "TaskStarted"),
            (12, 10, 5, "TaskSucceeded"),
            (13, 12, 5, "TaskStateExited", "Train Ranking Model"),
            (14, 13, 5, "PassStateEntered", "Note Ranking"),
            (15, 14, 5, "PassStateExited", "Note Ranking"),
            (16, 11, 9, "TaskSucceeded"),
            (17, 16, 9, "TaskStateExited", "Train Model"),
            (18, 17, 9, "ParallelStateSucceeded"),
            (19, 17, 9, "ParallelStateExited", "Both"),
            (20, 19, 9, "ExecutionSucceeded"),
        )
    )
    assert rows(seen) == [
        ("Load Input", None, "SUCCEEDED", 0.0),
        ("Both", None, "SUCCEEDED", 9.0),
        ("Train Model", "Both", "SUCCEEDED", 8.0),
        ("Train Ranking Model", "Both", "SUCCEEDED", 4.0),
        ("Note Ranking", "Both", "SUCCEEDED", 0.0),
    ]


def test_map_with_limited_concurrency_as_aws_writes_it() -> None:
    """Chained as test_map_state_break_condition recorded it: an iteration follows the last state of one before it."""
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "MapStateEntered", "Each"),
            (3, 2, 0, "MapStateStarted"),
            (4, 3, 0, "MapIterationStarted", 0),
            (5, 4, 0, "WaitStateEntered", "Wait"),
            (6, 5, 2, "WaitStateExited", "Wait"),
            (7, 6, 2, "MapIterationSucceeded", 0),
            (8, 6, 2, "MapIterationStarted", 1),
            (9, 8, 2, "WaitStateEntered", "Wait"),
            (10, 9, 5, "WaitStateExited", "Wait"),
            (11, 10, 5, "MapIterationSucceeded", 1),
            (12, 11, 5, "MapStateSucceeded"),
            (13, 11, 5, "MapStateExited", "Each"),
            (14, 13, 5, "PassStateEntered", "After"),
        )
    )
    assert rows(seen) == [
        ("Each", None, "SUCCEEDED", 5.0),
        ("Wait", "Each", "SUCCEEDED", 2.0),
        ("Wait", "Each", "SUCCEEDED", 3.0),
        ("After", None, "RUNNING", None),
    ]


@pytest.mark.parametrize("order", [(1, -1), (-1, 1)], ids=["aborted first", "failed first"])
def test_states_that_are_said_to_be_aborted(order: tuple[int, int]) -> None:
    """AWS has events WaitStateAborted and ParallelStateAborted, which name no state."""
    failed = (11, 10, 3, "ParallelStateFailed")
    aborted = [(12, 7, 3, "WaitStateAborted"), (13, 12, 3, "ParallelStateAborted")]
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "ParallelStateEntered", "Both"),
            (3, 2, 0, "ParallelStateStarted"),
            (4, 3, 1, "ParallelStateEntered", "Inner"),
            (5, 3, 1, "LambdaStateEntered", "Never"),
            (6, 4, 1, "ParallelStateStarted"),
            (7, 6, 2, "WaitStateEntered", "Wait"),
            (8, 5, 2, "LambdaFunctionScheduled"),
            (9, 8, 2, "LambdaFunctionStarted"),
            (10, 9, 3, "LambdaFunctionFailed"),
            *([*aborted, failed] if order == (1, -1) else [failed, *aborted]),
            (14, 11, 3, "ParallelStateExited", "Both"),
            (15, 14, 3, "FailStateEntered", "Fail"),
            (16, 15, 3, "ExecutionFailed"),
        )
    )
    assert rows(seen) == [
        ("Both", None, "CAUGHT", 3.0),
        ("Inner", "Both", "ABORTED", 2.0),
        ("Never", "Both", "FAILED", 2.0),
        ("Wait", "Inner", "ABORTED", 1.0),
        ("Fail", None, "FAILED", 0.0),
    ]


@pytest.mark.parametrize("aborted", [[(13, 8, 4, "MapIterationAborted", 2)], []], ids=["said", "not said"])
def test_iterations_that_fail_one_after_the_other(aborted: list[Any]) -> None:
    """The third is aborted, and AWS says so; local_aws does not."""
    seen = visits(
        history(
            (1, 0, 0, "MapStateEntered", "Each"),
            (2, 1, 0, "MapStateStarted"),
            *((3 + index, 2, 0, "MapIterationStarted", index) for index in range(3)),
            *((6 + index, 3 + index, 1, "TaskStateEntered", "Try") for index in range(3)),
            *((9 + index, 6 + index, 2, "TaskFailed") for index in range(2)),
            (11, 9, 2, "MapIterationFailed", 0),
            (12, 10, 3, "MapIterationFailed", 1),
            *aborted,
            (14, 12, 4, "MapStateFailed"),
            (15, 14, 4, "ExecutionFailed"),
        )
    )
    assert rows(seen) == [
        ("Each", None, "FAILED", 4.0),
        ("Try", "Each", "FAILED", 1.0),
        ("Try", "Each", "FAILED", 2.0),
        ("Try", "Each", "ABORTED", 3.0),
    ]


def test_failure_that_another_branch_got_a_word_in_before() -> None:
    """Events 9 and 10 happen while the failure of event 8 makes its way; local_aws chains what follows to the last."""
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "ParallelStateEntered", "Outer"),
            (3, 2, 0, "ParallelStateStarted"),
            (4, 3, 0, "ParallelStateEntered", "Inner"),
            (5, 4, 0, "ParallelStateStarted"),
            (6, 5, 1, "TaskStateEntered", "Train"),
            (7, 6, 1, "TaskScheduled"),
            (8, 3, 2, "FailStateEntered", "Fail"),
            (9, 7, 2, "TaskStarted"),
            (10, 3, 2, "FailStateEntered", "Fail Too"),
            (11, 9, 3, "ParallelStateFailed"),
            (12, 11, 3, "ParallelStateExited", "Outer"),
            (13, 12, 3, "PassStateEntered", "After"),
        )
    )
    assert rows(seen) == [
        ("Outer", None, "CAUGHT", 3.0),
        ("Inner", "Outer", "ABORTED", 3.0),
        ("Train", "Inner", "ABORTED", 2.0),
        ("Fail", "Outer", "FAILED", 1.0),
        ("Fail Too", "Outer", "FAILED", 1.0),
        ("After", None, "RUNNING", None),
    ]


def test_state_entered_inside_of_what_had_just_ended_ends_with_the_execution() -> None:
    seen = visits(
        history(
            (1, 0, 0, "ParallelStateEntered", "Both"),
            (2, 1, 0, "ParallelStateStarted"),
            (3, 2, 0, "FailStateEntered", "Fail"),
            (4, 3, 1, "ParallelStateFailed"),
            (5, 4, 1, "ParallelStateExited", "Both"),
            (6, 2, 1, "WaitStateEntered", "Wait"),
            (7, 5, 1, "FailStateEntered", "Give Up"),
            (8, 7, 2, "ExecutionFailed"),
        )
    )
    assert rows(seen)[2:] == [("Wait", "Both", "ABORTED", 1.0), ("Give Up", None, "FAILED", 1.0)]


@pytest.mark.parametrize(("end", "status"), [("ExecutionAborted", "ABORTED"), ("ExecutionTimedOut", "TIMED_OUT")])
def test_end_of_the_execution_is_the_end_of_all_that_runs(end: str, status: str) -> None:
    """Such an end follows event 0, as measured on AWS (local_aws.stepfunctions.executions)."""
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "ParallelStateEntered", "Both"),
            (3, 2, 0, "ParallelStateStarted"),
            (4, 3, 1, "WaitStateEntered", "Wait"),
            (5, 3, 1, "TaskStateEntered", "Train"),
            (6, 5, 2, "TaskFailed"),
            (7, 0, 6, end),
        )
    )
    assert rows(seen) == [("Both", None, status, 6.0), ("Wait", "Both", status, 5.0), ("Train", "Both", status, 5.0)]


def test_chain_that_is_broken_goes_on_from_the_event_before() -> None:
    seen = visits(
        history(
            (1, 0, 0, "ExecutionStarted"),
            (2, 0, 0, "TaskStateEntered", "A"),
            (3, 99, 1, "TaskFailed"),
            (4, 98, 2, "TaskStateExited", "A"),
            (5, 97, 2, "TaskStateEntered", "B"),
            (6, 96, 2, "TaskStateEntered", "C"),
            (7, 95, 4, "TaskStateExited", "B"),
        )
    )
    assert rows(seen) == [
        ("A", None, "CAUGHT", 2.0),
        ("B", None, "SUCCEEDED", 2.0),
        ("C", None, "RUNNING", None),
    ]


def test_current_visit_is_the_one_the_latest_event_belongs_to() -> None:
    taken, current = Visits(), []
    for event in history(
        (1, 0, 0, "ExecutionStarted"),
        (2, 0, 0, "ParallelStateEntered", "Both"),
        (3, 2, 0, "ParallelStateStarted"),
        (4, 3, 1, "TaskStateEntered", "A"),
        (5, 3, 1, "TaskStateEntered", "B"),
        (6, 4, 1, "TaskScheduled"),
        (7, 5, 1, "TaskScheduled"),
    ):
        taken.take(event)
        current.append(taken.current.name if taken.current else None)
    assert current == [None, "Both", "Both", "A", "B", "A", "B"]
