"""Metrics by their definitions, and the comparison with what the training job reported."""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.metrics import classifier_metrics
from lambdas.logic.evaluation import BLOG, JUDGED, REPORTED, TOLERANCE, EvaluationMismatch, compare, evaluate
from tests.lambdas import small

PAIRS = list(itertools.product(small.USERS, small.ITEMS))
LABELS: NDArray[np.float32] = (np.arange(len(PAIRS)) % 3 > 0).astype(np.float32)
METRICS = {"accuracy": 0.7, "cross_entropy": 0.6, "f1": 0.75, "auc": 0.8}


def _evaluation() -> dict[str, Any]:
    users, items = zip(*PAIRS, strict=True)
    probabilities = small.model().probability(small.space().encode(users, items))
    return evaluate(LABELS, probabilities, train_positives=3, train_rows=4)


def _probabilities() -> list[float]:
    users, items = zip(*PAIRS, strict=True)
    scores, _ = small.model().predict(small.space().encode(users, items))
    return [float(score) for score in scores]


def test_metrics_are_those_of_their_definitions() -> None:
    truth, given = [label == 1 for label in LABELS], _probabilities()
    taken = [probability >= 0.5 for probability in given]
    hits = sum(t and p for t, p in zip(truth, taken, strict=True))
    precision, recall = hits / sum(taken), hits / sum(truth)
    liked = [p for p, t in zip(given, truth, strict=True) if t]
    others = [p for p, t in zip(given, truth, strict=True) if not t]
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in itertools.product(liked, others)]
    metrics = _evaluation()["metrics"]
    assert metrics == pytest.approx(
        {
            "accuracy": sum(t == p for t, p in zip(truth, taken, strict=True)) / len(truth),
            "cross_entropy": -sum(math.log(p if t else 1 - p) for p, t in zip(given, truth, strict=True)) / len(truth),
            "f1": 2 * precision * recall / (precision + recall),
            "auc": sum(wins) / len(wins),
            "threshold": 0.5,
        },
        rel=1e-5,
    )


def test_baselines_know_the_training_rows_only_by_their_counts() -> None:
    """Three of four training rows are liked: the majority is a like, the prior 0.75."""
    share = float(LABELS.mean())
    baselines = _evaluation()["baselines"]
    assert baselines.pop("blog_ml_100k") == BLOG
    assert baselines == pytest.approx(
        {
            "majority_accuracy": share,
            "prior_cross_entropy": -(share * math.log(0.75) + (1 - share) * math.log(0.25)),
            "all_positive_f1": 2 * share / (1 + share),
        }
    )


def _reported(**values: float) -> list[dict[str, object]]:
    return [{"name": REPORTED[metric], "value": value} for metric, value in values.items()]


def test_the_jobs_figures_are_told_with_the_largest_gap() -> None:
    compared = compare(METRICS, _reported(accuracy=0.7005, cross_entropy=0.5991, f1=0.75))
    assert compared["figures"] == {"accuracy": 0.7005, "cross_entropy": 0.5991, "f1": 0.75}
    assert compared["largest_gap"] == pytest.approx(0.0009)


def test_figures_that_were_not_reported_or_are_not_ours_are_left_out() -> None:
    other = [{"name": "train:progress", "value": 100.0}]
    assert compare(METRICS, [*_reported(f1=0.75), *other])["figures"] == {"f1": 0.75}


def test_a_job_that_reported_none_of_the_figures_is_said_to() -> None:
    for reported in ([], [{"name": "train:progress", "value": 100.0}]):
        compared = compare(METRICS, reported)
        assert compared == {"figures": {}, "largest_gap": None, "note": compared["note"]}
        assert compared["note"].startswith("the job reported none of test:binary_classification_accuracy, ")
        assert all(name in compared["note"] for name in REPORTED.values())


@pytest.mark.parametrize("metric", JUDGED)
@pytest.mark.parametrize("direction", [-1, 1])
def test_a_figure_that_is_off_is_a_mismatch(metric: str, direction: int) -> None:
    near, far = (METRICS[metric] + direction * TOLERANCE * factor for factor in (0.99, 1.01))
    compare(METRICS, _reported(**{metric: near}))
    with pytest.raises(EvaluationMismatch, match=rf"^{metric} is 0\.\d{{6}}, expected the job's {far:.6f} within"):
        compare(METRICS, _reported(**{metric: far}))


def _means_over_batches(probabilities: NDArray[np.float32], labels: NDArray[np.float32], size: int) -> dict[str, float]:
    """The figures as the algorithm takes them: each batch's own, then their mean, whatever the last batch's size."""
    parts = [slice(start, start + size) for start in range(0, len(labels), size)]
    figures = [asdict(classifier_metrics(labels[part], probabilities[part])) for part in parts]
    return {metric: float(np.mean([figure[metric] for figure in figures])) for metric in REPORTED}


@pytest.mark.parametrize("batch", [1000, 200, 100, 50, 10])
def test_a_job_that_takes_the_mean_over_batches_is_no_mismatch(batch: int) -> None:
    """As many test rows as ua.test has, grouped by users who like more or less."""
    rng = np.random.default_rng(7)
    tastes = np.repeat(rng.normal(0.3, 0.8, 943), 10)
    probabilities = (1 / (1 + np.exp(-(tastes + rng.normal(0, 0.8, 9430))))).astype(np.float32)
    labels = (rng.random(9430) < probabilities).astype(np.float32)
    whole = asdict(classifier_metrics(labels, probabilities))
    compared = compare(whole, _reported(**_means_over_batches(probabilities, labels, batch)))
    assert compared["figures"].keys() == REPORTED.keys()
    if batch == 10:
        assert compared["largest_gap"] > TOLERANCE, "the mean of F1s should be far off here"


def test_a_figure_that_is_not_a_number_is_a_mismatch() -> None:
    with pytest.raises(EvaluationMismatch):
        compare(METRICS, _reported(accuracy=math.nan))
