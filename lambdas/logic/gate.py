"""Whether a model may serve, and why in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Thresholds of the execution input: the metric each limits, and on which side of it a model must be.
_FLOORS = {"min_accuracy": "accuracy", "min_f1": "f1", "min_auc": "auc"}
_CEILINGS = {"max_cross_entropy": "cross_entropy"}


def decide(
    thresholds: Mapping[str, Any], metrics: Mapping[str, float], baselines: Mapping[str, float]
) -> dict[str, Any]:
    """`{"decision": "accepted" | "rejected", "reasons": [...]}`; a rejection names every threshold that was missed."""
    passed: list[str] = []
    missed: list[str] = []
    for name, metric in {**_FLOORS, **_CEILINGS}.items():
        if name not in thresholds:
            continue
        limit, value = thresholds[name], metrics[metric]
        is_met = value >= limit if name in _FLOORS else value <= limit
        (passed if is_met else missed).append(f"{metric} {value:.4f}, {name} {limit:g}")
    if thresholds["beat_baseline"]:
        prior, value = baselines["prior_cross_entropy"], metrics["cross_entropy"]
        words = f"cross_entropy {value:.4f}, always predicting the share of likes has {prior:.4f}"
        (passed if value < prior else missed).append(words)
    return {"decision": "rejected" if missed else "accepted", "reasons": missed or passed or ["no threshold asked for"]}
