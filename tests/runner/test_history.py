"""Event histories, written by hand after the API's documentation of GetExecutionHistory → states."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.history import TrainingJob, Visit, failed_state, training_job, visits

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


def scheduled(resource: str, parameters: dict[str, Any], resource_type: str = "sagemaker") -> dict[str, Any]:
    details = {"resourceType": resource_type, "resource": resource, "parameters": json.dumps(parameters)}
    return {"type": "TaskScheduled", "timestamp": START, "taskScheduledEventDetails": details}


def test_latest_training_job_is_the_one_to_follow() -> None:
    events = [
        scheduled("invoke", {"FunctionName": "f"}, "lambda"),
        scheduled("createTrainingJob.sync", {"TrainingJobName": "job-0", "HyperParameters": {"epochs": "50"}}),
        scheduled("createTrainingJob.sync", {"TrainingJobName": "job-1", "HyperParameters": {"epochs": "7"}}),
        scheduled("createModel", {"ModelName": "m"}),
    ]
    assert training_job(events[:1]) is None
    assert training_job(events[:2]) == TrainingJob("job-0", 50)
    assert training_job(events) == TrainingJob("job-1", 7)


def test_epochs_left_to_the_default_are_not_known() -> None:
    assert training_job([scheduled("createTrainingJob.sync", {"TrainingJobName": "job"})]) == TrainingJob("job", None)
