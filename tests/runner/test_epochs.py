"""The lines of a training job's log, as the container prints them → epochs."""

from __future__ import annotations

import pytest

from fm.log_lines import epoch_lines, final_test_lines, final_train_lines
from fm.metrics import ClassifierMetrics, RegressorMetrics
from fm.reports import BatchReport, EpochReport, Metrics
from runner.epochs import Epoch, parse_epochs

CLASSIFIER = ClassifierMetrics(accuracy=0.75, cross_entropy=0.5, f1=0.25)
REGRESSOR = RegressorMetrics(rmse=0.75, mse=0.5625, mae=0.5)


@pytest.mark.parametrize(
    ("metrics", "measure", "loss"), [(CLASSIFIER, "cross-entropy", 0.5), (REGRESSOR, "RMSE", 0.75)]
)
def test_an_epoch_is_told_once(metrics: Metrics, measure: str, loss: float) -> None:
    batches = (BatchReport(batch=0, metrics=metrics), BatchReport(batch=500, metrics=metrics))
    lines: list[str] = []
    for number in range(2):
        report = EpochReport(epoch=number, epochs=2, batches=batches, metrics=metrics, rows=10, seconds=0.5)
        lines += [f"[01/01/2026 00:00:00 INFO 140] {line}" for line in epoch_lines(report)]
    lines += [*final_train_lines(metrics), *final_test_lines(metrics)]
    assert list(parse_epochs(lines)) == [Epoch(1, measure, loss), Epoch(2, measure, loss)]
