"""What the trainer says of an epoch; apart from the trainer, so that reading a report takes no numba."""

from __future__ import annotations

from dataclasses import dataclass

from fm.metrics import ClassifierMetrics, RegressorMetrics

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
