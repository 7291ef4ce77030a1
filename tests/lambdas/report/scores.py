"""Invented labels and scores, and by straight-line code what an evaluation says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 512


def labels_and_scores(rows: int = 9430, seed: int = 7) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(rows,) each: calibrated probabilities, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-rng.normal(0.35, 1.1, rows)))
    return rng.random(rows) < p, p


def metrics(y: NDArray[np.bool_], p: NDArray[np.float64], threshold: float) -> dict[str, float]:
    """By their definitions, one row at a time where that is the definition."""
    taken = p >= threshold
    hits, misses = int((taken & y).sum()), int((~taken & y).sum())
    false, right = int((taken & ~y).sum()), int((~taken & ~y).sum())
    order = np.argsort(-p)
    found = np.cumsum(y[order])
    precision_at = found / np.arange(1, y.size + 1)
    rank_sum = float((np.argsort(np.argsort(p)) + 1)[y].sum())
    positives, negatives = int(y.sum()), int((~y).sum())
    return {
        "accuracy": (hits + right) / y.size,
        "balanced_accuracy": (hits / positives + right / negatives) / 2,
        "cross_entropy": float(-np.mean(np.where(y, np.log(p), np.log(1 - p)))),
        "brier": float(np.mean((p - y) ** 2)),
        "f1": 2 * hits / (2 * hits + false + misses),
        "precision": hits / (hits + false),
        "recall": hits / positives,
        "auc": (rank_sum - positives * (positives + 1) / 2) / (positives * negatives),
        "pr_auc": float(precision_at[y[order]].mean()),
        "threshold": threshold,
        "rows": y.size,
        "positives": positives,
    }


def curves(y: NDArray[np.bool_], p: NDArray[np.float64]) -> dict[str, Any]:
    """The shapes of the contract, each of at most POINTS points."""
    cuts = np.quantile(p, np.linspace(1, 0, POINTS))
    taken = p[None, :] >= cuts[:, None]
    hits, size = (taken & y).sum(1), taken.sum(1)
    recall, fall_out = hits / y.sum(), (size - hits) / (~y).sum()
    precision = hits / size
    accuracy = (hits + (~taken & ~y).sum(1)) / y.size
    edges = np.linspace(0, 1, 51)
    tenth = np.minimum((p * 10).astype(int), 9)
    return {
        "roc": {
            "false_positive_rate": fall_out.tolist(),
            "true_positive_rate": recall.tolist(),
            "threshold": cuts.tolist(),
        },
        "precision_recall": {
            "recall": recall.tolist(),
            "precision": precision.tolist(),
            "threshold": cuts.tolist(),
        },
        "thresholds": {
            "threshold": cuts[::-1].tolist(),
            "accuracy": accuracy[::-1].tolist(),
            "f1": (2 * hits / (size + y.sum()))[::-1].tolist(),
            "precision": precision[::-1].tolist(),
            "recall": recall[::-1].tolist(),
        },
        "calibration": [
            {
                "low": bin_ / 10,
                "high": (bin_ + 1) / 10,
                "rows": int((tenth == bin_).sum()),
                "mean_probability": float(p[tenth == bin_].mean()),
                "share_positive": float(y[tenth == bin_].mean()),
            }
            for bin_ in range(10)
        ],
        "scores": {
            "edges": edges.tolist(),
            "positives": np.histogram(p[y], edges)[0].tolist(),
            "negatives": np.histogram(p[~y], edges)[0].tolist(),
        },
    }
