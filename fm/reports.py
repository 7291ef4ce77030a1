"""What the trainer says of an epoch; apart from the trainer, so that reading a report takes no numba."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fm.metrics import ClassifierMetrics, RegressorMetrics
from fm.model import PredictorType

Metrics = ClassifierMetrics | RegressorMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """Metrics over an epoch's rows up to and with ``batch`` (from 0), one per batch_metrics_publish_interval."""

    batch: int
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """What one epoch (from 0) looked like: each row scored just before its own batch's update, as the container does.

    ``epochs`` is how many there will be, ``rows`` how many were read, ``seconds`` how long learning from them took.
    """

    epoch: int
    epochs: int
    rows: int
    seconds: float
    metrics: Metrics
    batches: tuple[BatchReport, ...]


def metrics_so_far(
    tallies: NDArray[np.float64], ends: NDArray[np.int64], predictor_type: PredictorType
) -> list[Metrics]:
    """The metrics of an epoch's rows up to each batch's end.

    tallies: (batches, 3), of each batch: a classifier's surprise in nats, how many labels were right and how many of
    those were 1; a regressor's squared and absolute errors, and nothing. ends: (batches,) rows up to its end.
    """
    first, second, third = np.cumsum(tallies, axis=0).T
    if predictor_type == "regressor":
        columns = zip(np.sqrt(first / ends), first / ends, second / ends, strict=True)
        return [RegressorMetrics(rmse=float(r), mse=float(m), mae=float(a)) for r, m, a in columns]
    # F1 is 2·tp / (2·tp + wrong ones), 0 where there is neither.
    f1 = 2 * third / np.maximum(2 * third + ends - second, 1)
    columns = zip(second / ends, first / ends, f1, strict=True)
    return [ClassifierMetrics(accuracy=float(a), cross_entropy=float(c), f1=float(f)) for a, c, f in columns]
