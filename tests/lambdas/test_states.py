"""Event histories, written by hand after the API's documentation of GetExecutionHistory → stays in states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.logic.report.timeline import timeline_plot
from lambdas.logic.states import states_of

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def _events(*rows: tuple[int, int, float, str, str]) -> list[dict[str, Any]]:
    """(id, previous id, seconds, type, state or nothing) → events."""
    details = {"StateEntered": "stateEnteredEventDetails", "StateExited": "stateExitedEventDetails"}
    return [
        {
            "id": number,
            "previousEventId": previous,
            "type": kind,
            "timestamp": START + timedelta(seconds=seconds),
            **{key: {"name": name} for end, key in details.items() if kind.endswith(end)},
        }
        for number, previous, seconds, kind, name in rows
    ]


HISTORY = _events(
    (1, 0, 0, "ExecutionStarted", ""),
    (2, 0, 0, "PassStateEntered", "Begin"),
    (3, 2, 0.25, "PassStateExited", "Begin"),
    (4, 3, 0.25, "ParallelStateEntered", "Train"),
    (5, 4, 0.25, "ParallelStateStarted", ""),
    (6, 5, 0.3, "TaskStateEntered", "Train One"),
    (7, 5, 0.4, "TaskStateEntered", "Train Other"),
    (8, 7, 0.5, "TaskScheduled", ""),
    (9, 6, 0.5, "TaskScheduled", ""),
    (10, 8, 2.4, "TaskFailed", ""),
    (11, 10, 2.5, "TaskStateExited", "Train Other"),
    (12, 9, 3.0, "TaskFailed", ""),
    (13, 12, 4.0, "TaskScheduled", ""),
    (14, 13, 5.0, "TaskSucceeded", ""),
    (15, 14, 5.3, "TaskStateExited", "Train One"),
    (16, 15, 5.4, "ParallelStateSucceeded", ""),
    (17, 16, 5.5, "ParallelStateExited", "Train"),
    (18, 17, 5.5, "WaitStateEntered", "Wait"),
    (19, 18, 6.5, "WaitStateExited", "Wait"),
    (20, 19, 6.5, "WaitStateEntered", "Wait"),
    (21, 20, 7.0, "WaitStateExited", "Wait"),
    (22, 21, 7.0, "TaskStateEntered", "Report"),
)


def test_stays_with_their_branches_retries_and_errors() -> None:
    found = states_of(HISTORY)
    assert [(stay["name"], stay["seconds"], stay["status"]) for stay in found] == [
        ("Begin", 0.25, "SUCCEEDED"),
        ("Train", 5.25, "SUCCEEDED"),
        ("Train One", 5.0, "SUCCEEDED"),
        ("Train Other", 2.1, "CAUGHT"),
        ("Wait", 1.0, "SUCCEEDED"),
        ("Wait", 0.5, "SUCCEEDED"),
        ("Report", None, "RUNNING"),
    ]
    assert found[2]["entered"] == "2026-01-31T12:00:00.300000+00:00"


def test_the_report_draws_them() -> None:
    plot = timeline_plot(states_of(HISTORY))
    assert plot is not None
    assert "The whole took 7.0 s; Train took longest" in plot.caption


def test_nothing_happened_yet() -> None:
    assert states_of([]) == states_of(HISTORY[:1]) == []
