"""What a training job printed → the loss of each epoch; the lines are written by the container's own module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fm.log_lines import epoch_lines
from fm.metrics import RegressorMetrics
from fm.reports import EpochReport
from lambdas.common.training_log import TrainingLog
from lambdas.logic.epochs import epochs_of
from tests.lambdas.training_logs import MOST_EVENTS, lines, metrics, print_epochs


def test_epochs_are_read_and_batches_and_test_scores_are_not() -> None:
    expected = [
        {
            "epoch": epoch,
            "accuracy": metrics(epoch).accuracy,
            "cross_entropy": metrics(epoch).cross_entropy,
            "f1": metrics(epoch).f1,
        }
        for epoch in range(4)
    ]
    assert epochs_of(lines(4)) == expected


def test_a_regressors_epochs() -> None:
    report = EpochReport(
        epoch=0, epochs=1, rows=9, seconds=1.0, metrics=RegressorMetrics(rmse=1.0, mse=2.0, mae=3.0), batches=()
    )
    assert epochs_of(epoch_lines(report)) == [{"epoch": 0, "rmse": 1.0, "mse": 2.0, "mae": 3.0}]


def test_lines_have_a_time_in_front_and_come_in_any_order() -> None:
    shuffled = [f"[01/31/2026 12:00:00 INFO 139] {line}" for line in reversed(lines(3))]
    assert [epoch["epoch"] for epoch in epochs_of(shuffled)] == [0, 1, 2]


def test_an_epoch_that_is_not_whole_is_left_out() -> None:
    whole = lines(2)
    last = next(place for place, line in enumerate(whole) if "epoch=1, train" in line)
    assert [epoch["epoch"] for epoch in epochs_of(whole[: last + 1])] == [0]


@pytest.mark.parametrize("value", ["nan", "inf", "-", "0.5x"])
def test_what_is_no_number_is_left_out(value: str) -> None:
    line = "#quality_metric: host=algo-1, epoch=1, train binary_classification_cross_entropy <loss>="
    assert epochs_of([f"{line.replace('=1', '=0', 1)}0.5".replace("epoch=1", "epoch=0"), f"{line}{value}"]) == [
        {"epoch": 0, "cross_entropy": 0.5}
    ]


def test_nothing_printed_is_nothing() -> None:
    assert epochs_of([]) == epochs_of(["Training started"]) == []


def test_the_log_of_a_job_is_its_own(in_lambda: None, aws: Callable[[str], Any]) -> None:
    logs = aws("logs")
    print_epochs(logs, "job-a", count=2)
    print_epochs(logs, "job-a", count=1, host="algo-2")
    print_epochs(logs, "job-ab", count=3)
    assert list(TrainingLog("job-a").lines()) == lines(2) + lines(1)
    assert list(TrainingLog("job-of-nobody").lines()) == []


def test_a_log_of_many_pages_is_read_whole(in_lambda: None, aws: Callable[[str], Any]) -> None:
    print_epochs(aws("logs"), "job-long", count=1300)
    assert len(lines(1300)) > MOST_EVENTS
    assert len(epochs_of(TrainingLog("job-long").lines())) == 1300
