"""The lines SageMaker's FM container prints, and the metric definitions by which the service reads them.

The regressor's lines, progress and throughput were seen in a real job's log. Of the classifier's, the names
``binary_classification_accuracy <score>`` and ``binary_classification_cross_entropy <loss>`` are those other built-in
algorithms of the same family print; ``binary_f_1.000`` follows the tuning objective ``test:binary_f_beta``.
The time stamp before each line is left to whoever prints it.
"""

from __future__ import annotations

from fm.metrics import ClassifierMetrics
from fm.model import PredictorType
from fm.reports import EpochReport, Metrics

HOST = "algo-1"


def epoch_lines(report: EpochReport, *, host: str = HOST) -> list[str]:
    """What the container prints after an epoch: its published batches, its metrics, progress and throughput."""
    lines = []
    for one in report.batches:
        lines += _quality(host, f", epoch={report.epoch}, batch={one.batch} train", one.metrics)
    lines += _quality(host, f", epoch={report.epoch}, train", report.metrics)
    done = 100 * (report.epoch + 1) / report.epochs
    lines.append(f"#progress_metric: host={host}, completed {done:.1f} % of epochs")
    lines.append(f"#throughput_metric: host={host}, train throughput={report.rows / report.seconds} records/second")
    return lines


def final_train_lines(metrics: Metrics, *, host: str = HOST) -> list[str]:
    """The last epoch's metrics once more, as printed when training is over."""
    return _quality(host, ", train", metrics)


def final_test_lines(metrics: Metrics, *, host: str = HOST) -> list[str]:
    """The metrics on the test channel, which tuning and the service's final metrics are read from."""
    scores = [f"#test_score ({host}) : ({name!r}, {value})" for name, _, value in _values(metrics)]
    return scores + _quality(host, ", test", metrics)


def metric_definitions(predictor_type: PredictorType) -> dict[str, str]:
    """Metric name → regular expression with one group, for this kind of job, in the service's naming.

    ``test:…`` are the documented tuning objectives; ``train:…:epoch``, ``train:progress`` and ``train:throughput``
    are named as other built-in algorithms of the same family name theirs.
    """
    definitions = {}
    for documented, printed in _PRINTED[predictor_type].items():
        definitions[f"train:{documented}:epoch"] = rf"#quality_metric: host=\S+, epoch=\S+, train {printed}=(\S+)"
        definitions[f"test:{documented}"] = rf"#quality_metric: host=\S+, test {printed}=(\S+)"
    definitions["train:progress"] = r"#progress_metric: host=\S+, completed (\S+) %"
    definitions["train:throughput"] = r"#throughput_metric: host=\S+, train throughput=(\S+) records/second"
    return definitions


_PRINTED: dict[PredictorType, dict[str, str]] = {
    "binary_classifier": {
        "binary_classification_accuracy": "binary_classification_accuracy <score>",
        "binary_classification_cross_entropy": "binary_classification_cross_entropy <loss>",
        "binary_f_beta": r"binary_f_\S+ <score>",
    },
    "regressor": {"rmse": "rmse <loss>", "mse": "mse <loss>", "absolute_loss": "absolute_loss <loss>"},
}


def _values(metrics: Metrics) -> list[tuple[str, str, float]]:
    """(name, kind, value) in the container's order."""
    if isinstance(metrics, ClassifierMetrics):
        return [
            ("binary_classification_accuracy", "score", metrics.accuracy),
            ("binary_classification_cross_entropy", "loss", metrics.cross_entropy),
            ("binary_f_1.000", "score", metrics.f1),
        ]
    return [("rmse", "loss", metrics.rmse), ("mse", "loss", metrics.mse), ("absolute_loss", "loss", metrics.mae)]


def _quality(host: str, place: str, metrics: Metrics) -> list[str]:
    return [f"#quality_metric: host={host}{place} {name} <{kind}>={value}" for name, kind, value in _values(metrics)]
