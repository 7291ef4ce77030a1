"""The container's lines, against lines of a real job's log, and read back by the service's regular expressions."""

from __future__ import annotations

import re

import pytest

from fm import log_lines
from fm.metrics import ClassifierMetrics, RegressorMetrics
from fm.model import PredictorType
from fm.reports import BatchReport, EpochReport, Metrics

REGRESSOR = RegressorMetrics(rmse=0.9416, mse=0.88661056, mae=0.75)
CLASSIFIER = ClassifierMetrics(accuracy=0.7159, cross_entropy=0.5811, f1=0.7456)


def report(metrics: Metrics, epoch: int = 0) -> EpochReport:
    batches = tuple(BatchReport(batch=batch, metrics=metrics) for batch in (0, 500))
    return EpochReport(epoch=epoch, epochs=50, rows=80000, seconds=0.5, metrics=metrics, batches=batches)


def test_the_regressors_lines_are_those_of_a_real_log() -> None:
    """Each of these was seen, but for the numbers."""
    lines = log_lines.epoch_lines(report(REGRESSOR))
    assert lines == [
        "#quality_metric: host=algo-1, epoch=0, batch=0 train rmse <loss>=0.9416",
        "#quality_metric: host=algo-1, epoch=0, batch=0 train mse <loss>=0.88661056",
        "#quality_metric: host=algo-1, epoch=0, batch=0 train absolute_loss <loss>=0.75",
        "#quality_metric: host=algo-1, epoch=0, batch=500 train rmse <loss>=0.9416",
        "#quality_metric: host=algo-1, epoch=0, batch=500 train mse <loss>=0.88661056",
        "#quality_metric: host=algo-1, epoch=0, batch=500 train absolute_loss <loss>=0.75",
        "#quality_metric: host=algo-1, epoch=0, train rmse <loss>=0.9416",
        "#quality_metric: host=algo-1, epoch=0, train mse <loss>=0.88661056",
        "#quality_metric: host=algo-1, epoch=0, train absolute_loss <loss>=0.75",
        "#progress_metric: host=algo-1, completed 2.0 % of epochs",
        "#throughput_metric: host=algo-1, train throughput=160000.0 records/second",
    ]
    assert log_lines.final_train_lines(REGRESSOR)[0] == "#quality_metric: host=algo-1, train rmse <loss>=0.9416"
    assert log_lines.final_test_lines(REGRESSOR)[:1] == ["#test_score (algo-1) : ('rmse', 0.9416)"]
    assert log_lines.final_test_lines(REGRESSOR)[3:] == [
        "#quality_metric: host=algo-1, test rmse <loss>=0.9416",
        "#quality_metric: host=algo-1, test mse <loss>=0.88661056",
        "#quality_metric: host=algo-1, test absolute_loss <loss>=0.75",
    ]


def test_the_classifiers_lines_name_score_and_loss() -> None:
    assert log_lines.final_test_lines(CLASSIFIER, host="algo-2") == [
        "#test_score (algo-2) : ('binary_classification_accuracy', 0.7159)",
        "#test_score (algo-2) : ('binary_classification_cross_entropy', 0.5811)",
        "#test_score (algo-2) : ('binary_f_1.000', 0.7456)",
        "#quality_metric: host=algo-2, test binary_classification_accuracy <score>=0.7159",
        "#quality_metric: host=algo-2, test binary_classification_cross_entropy <loss>=0.5811",
        "#quality_metric: host=algo-2, test binary_f_1.000 <score>=0.7456",
    ]


@pytest.mark.parametrize(
    ("predictor_type", "metrics", "values"),
    [
        (
            "binary_classifier",
            CLASSIFIER,
            {
                "binary_classification_accuracy": 0.7159,
                "binary_classification_cross_entropy": 0.5811,
                "binary_f_beta": 0.7456,
            },
        ),
        ("regressor", REGRESSOR, {"rmse": 0.9416, "mse": 0.88661056, "absolute_loss": 0.75}),
    ],
)
def test_the_services_expressions_each_find_their_value(
    predictor_type: PredictorType, metrics: Metrics, values: dict[str, float]
) -> None:
    lines = [
        *log_lines.epoch_lines(report(metrics, epoch=24)),
        *log_lines.final_train_lines(metrics),
        *log_lines.final_test_lines(metrics),
    ]
    found = {
        name: [float(hit.group(1)) for line in lines if (hit := re.search(expression, line))]
        for name, expression in log_lines.metric_definitions(predictor_type).items()
    }
    assert found == {
        **{f"train:{name}:epoch": [value] for name, value in values.items()},
        **{f"test:{name}": [value] for name, value in values.items()},
        "train:progress": [50.0],
        "train:throughput": [160000.0],
    }
