"""Event histories of one state at a time, written by hand → states. They leave out which event came before which."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.history import Status, Visit, failed_state, remembered, visits

START = datetime(2026, 1, 1, tzinfo=UTC)


def history(*events: tuple[float, str, str]) -> list[dict[str, Any]]:
    """(seconds, type, state's name or nothing) → events."""
    return [_event(number, *event) for number, event in enumerate(events, start=1)]


def _event(number: int, seconds: float, kind: str, name: str) -> dict[str, Any]:
    details = {"Entered": "stateEnteredEventDetails", "Exited": "stateExitedEventDetails"}
    extra = {key: {"name": name} for suffix, key in details.items() if kind.endswith(suffix)}
    return {"id": number, "type": kind, "timestamp": START + timedelta(seconds=seconds), **extra}


def rows(seen: list[Visit]) -> list[tuple[str, str, float | None]]:
    return [(visit.name, visit.status, visit.seconds) for visit in seen]


SUCCEEDING = history(
    (0, "ExecutionStarted", ""),
    (0, "PassStateEntered", "Begin"),
    (0.5, "PassStateExited", "Begin"),
    (0.5, "TaskStateEntered", "Train Model"),
    (0.6, "TaskScheduled", ""),
    (0.7, "TaskStarted", ""),
    (0.8, "TaskSubmitted", ""),
    (3, "TaskSucceeded", ""),
    (3, "TaskStateExited", "Train Model"),
    (3, "SucceedStateEntered", "Finish"),
    (3.25, "SucceedStateExited", "Finish"),
    (3.25, "ExecutionSucceeded", ""),
)


def test_states_of_an_execution_that_succeeds() -> None:
    seen = visits(SUCCEEDING)
    assert rows(seen) == [
        ("Begin", "SUCCEEDED", 0.5),
        ("Train Model", "SUCCEEDED", 2.5),
        ("Finish", "SUCCEEDED", 0.25),
    ]
    assert [visit.kind for visit in seen] == ["Pass", "Task", "Succeed"]


@pytest.mark.parametrize("length", range(len(SUCCEEDING) + 1))
def test_what_is_seen_of_a_growing_history_never_changes_its_mind(length: int) -> None:
    seen, later = visits(SUCCEEDING[:length]), visits(SUCCEEDING)
    assert [visit.name for visit in seen] == [visit.name for visit in later[: len(seen)]]
    assert all(before == after for before, after in zip(seen, later, strict=False) if before.exited is not None)
    assert all(visit.status == "RUNNING" and visit.seconds is None for visit in seen if visit.exited is None)


@pytest.mark.parametrize("error", ["TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "LambdaFunctionFailed"])
def test_error_that_is_caught(error: str) -> None:
    seen = visits(
        history(
            (0, "TaskStateEntered", "Train Model"),
            (1, "TaskScheduled", ""),
            (2, error, ""),
            (2, "TaskStateExited", "Train Model"),
            (2, "FailStateEntered", "Fail Execution"),
            (2, "ExecutionFailed", ""),
        )
    )
    assert rows(seen) == [("Train Model", "CAUGHT", 2.0), ("Fail Execution", "FAILED", 0.0)]


def test_error_that_a_retry_mends() -> None:
    seen = visits(
        history(
            (0, "TaskStateEntered", "Fetch"),
            (0, "TaskScheduled", ""),
            (1, "TaskFailed", ""),
            (2, "TaskScheduled", ""),
            (3, "TaskSucceeded", ""),
            (3, "TaskStateExited", "Fetch"),
        )
    )
    assert rows(seen) == [("Fetch", "SUCCEEDED", 3.0)]


@pytest.mark.parametrize(
    ("end", "status"),
    [("ExecutionFailed", "FAILED"), ("ExecutionAborted", "ABORTED"), ("ExecutionTimedOut", "TIMED_OUT")],
)
def test_state_that_the_execution_ends_in(end: str, status: str) -> None:
    seen = visits(history((0, "TaskStateEntered", "Train"), (0, "TaskScheduled", ""), (4, end, "")))
    assert rows(seen) == [("Train", status, 4.0)]


def test_state_entered_twice_is_two_visits() -> None:
    seen = visits(
        history(
            (0, "WaitStateEntered", "Wait"),
            (1, "WaitStateExited", "Wait"),
            (1, "WaitStateEntered", "Wait"),
            (3, "WaitStateExited", "Wait"),
        )
    )
    assert rows(seen) == [("Wait", "SUCCEEDED", 1.0), ("Wait", "SUCCEEDED", 2.0)]


def test_failed_state_is_the_one_the_cause_names() -> None:
    seen = visits(
        history(
            (0, "TaskStateEntered", "Train Model"),
            (1, "TaskFailed", ""),
            (1, "TaskStateExited", "Train Model"),
            (1, "FailStateEntered", "Fail Execution"),
            (1, "ExecutionFailed", ""),
        )
    )
    assert failed_state(seen, "Train Model: out of memory") == "Train Model"
    assert failed_state(seen, "Train Models are bad") == "Fail Execution"
    assert failed_state([], "it never began") is None


def stay(name: str, status: Status, kind: str = "Task", within: str | None = None) -> Visit:
    return Visit(name=name, kind=kind, entered=START, exited=START, status=status, within=within)


BRANCHES = [
    stay("Both", "CAUGHT", "Parallel"),
    stay("Train Model", "FAILED", within="Both"),
    stay("Each", "ABORTED", "Map", within="Both"),
    stay("Tune", "SUCCEEDED", within="Each"),
    stay("Tune", "ABORTED", within="Each"),
    stay("Clean Up", "SUCCEEDED", "Choice"),
    stay("Fail Execution", "FAILED", "Fail"),
]


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("Train Model: out of memory", "Train Model"),
        ("Tune: no data", "Tune"),
        # A cause that goes on inside of the Parallel, and one that does not say where in it.
        ("Both: Train Model: out of memory", "Train Model"),
        ("Both: Each: Tune: no data", "Tune"),
        ("Both: out of memory", "Train Model"),
        ("Each: stopped", "Tune"),
        ("out of memory", "Fail Execution"),
        ("Clean Up: Train Model: no such model", "Clean Up"),
    ],
)
def test_failed_state_is_looked_for_inside_of_branches(cause: str, expected: str) -> None:
    assert failed_state(BRANCHES, cause) == expected


def test_failed_state_when_nothing_caught_it() -> None:
    inner = [stay("Inner", "FAILED", "Parallel", "Outer"), stay("Wait", "ABORTED", "Wait", "Inner")]
    seen = [stay("Outer", "FAILED", "Parallel"), *inner, stay("Train", "FAILED", within="Inner")]
    assert failed_state(seen, "out of memory") == "Train"
    stopped = [stay("Outer", "TIMED_OUT", "Parallel"), stay("Train", "TIMED_OUT", within="Outer")]
    assert failed_state(stopped, "") == "Train"


def test_failed_state_is_one_of_the_last_attempt() -> None:
    first = [stay("Once", "FAILED", within="Both"), stay("Other", "ABORTED", within="Both")]
    second = [stay("Both", "FAILED", "Parallel"), stay("Other", "FAILED", within="Both")]
    assert failed_state([stay("Both", "CAUGHT", "Parallel"), *first, *second], "Both: why") == "Other"


def test_failed_state_of_two_names_that_fit_is_the_longer_one() -> None:
    seen = [stay("Train", "SUCCEEDED"), stay("Train: Model", "CAUGHT"), stay("Fail", "FAILED", "Fail")]
    assert failed_state(seen, "Train: Model: out of memory") == "Train: Model"


def assigned(name: str, **values: Any) -> dict[str, Any]:
    details = {"name": name, "assignedVariables": {key: json.dumps(value) for key, value in values.items()}}
    return {"type": "PassStateExited", "timestamp": START, "stateExitedEventDetails": details}


def entered(name: str, kind: str = "Pass") -> dict[str, Any]:
    return {"type": f"{kind}StateEntered", "timestamp": START, "stateEnteredEventDetails": {"name": name}}


def left(name: str, kind: str = "Pass") -> dict[str, Any]:
    return {"type": f"{kind}StateExited", "timestamp": START, "stateExitedEventDetails": {"name": name}}


def test_variables_are_as_they_were_last_assigned() -> None:
    events = [entered("A"), assigned("A", n=1, text="a"), entered("B"), assigned("B", n={"of": [2]})]
    assert remembered(events) == {"n": {"of": [2]}, "text": "a"}
    assert remembered([]) == {}


def test_variables_of_branches_are_seen_unless_the_machine_has_one_of_that_name() -> None:
    both = [entered("Both", "Parallel"), {"type": "ParallelStateStarted", "timestamp": START}]
    inner = [entered("A"), assigned("A", n=2, of_a="a"), entered("B"), assigned("B", of_a="b", of_b=3)]
    end = {"type": "ParallelStateSucceeded", "timestamp": START}
    events = [entered("First"), assigned("First", n=1), *both, *inner, end, left("Both", "Parallel")]
    assert remembered(events) == {"n": 1, "of_a": "b", "of_b": 3}
    # A branch may use a name before the machine does.
    assert remembered([*events, entered("Last"), assigned("Last", of_b=4)])["of_b"] == 4
