"""Each metric against its definition, counted out row by row or pair by pair."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from fm import metrics
from fm.errors import MetricError

LABELLED = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.75, 1.0])), min_size=1, max_size=30
)


@given(LABELLED)
def test_classifier_metrics_are_their_definitions(rows: list[tuple[int, float]]) -> None:
    labels, probabilities = [y for y, _ in rows], [p for _, p in rows]
    taken = [int(p >= 0.5) for p in probabilities]
    tp = sum(y and t for y, t in zip(labels, taken, strict=True))
    fp = sum((not y) and t for y, t in zip(labels, taken, strict=True))
    fn = sum(y and not t for y, t in zip(labels, taken, strict=True))
    surprise = [-math.log(min(max(p if y else 1 - p, 1e-7), 1 - 1e-7)) for y, p in rows]
    measured = metrics.classifier_metrics(labels, probabilities)
    assert measured.accuracy == pytest.approx(sum(y == t for y, t in zip(labels, taken, strict=True)) / len(rows))
    assert measured.cross_entropy == pytest.approx(sum(surprise) / len(rows))
    assert measured.f1 == pytest.approx(2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0)


@given(LABELLED, st.sampled_from([0.5, 1.0, 2.0]))
def test_f_beta_weighs_recall_by_beta(rows: list[tuple[int, float]], beta: float) -> None:
    hits = sum(1 for y, p in rows if y and p >= 0.5)
    taken, positive = sum(1 for _, p in rows if p >= 0.5), sum(y for y, _ in rows)
    expected = 0.0
    if hits:
        precision, recall = hits / taken, hits / positive
        expected = (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
    assert metrics.f_beta([y for y, _ in rows], [p for _, p in rows], beta=beta) == pytest.approx(expected)


@given(LABELLED.filter(lambda rows: len({y for y, _ in rows}) == 2))
def test_auc_is_the_chance_that_a_positive_row_wins(rows: list[tuple[int, float]]) -> None:
    positives, negatives = [s for y, s in rows if y], [s for y, s in rows if not y]
    wins = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    expected = wins / (len(positives) * len(negatives))
    assert metrics.roc_auc([y for y, _ in rows], [s for _, s in rows]) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=30))
def test_regressor_metrics_are_their_definitions(rows: list[tuple[float, float]]) -> None:
    targets, scores = [t for t, _ in rows], [s for _, s in rows]
    measured = metrics.regressor_metrics(targets, scores)
    mse = sum((t - s) ** 2 for t, s in rows) / len(rows)
    assert measured.mse == pytest.approx(mse)
    assert measured.rmse == pytest.approx(math.sqrt(mse))
    assert measured.mae == pytest.approx(sum(abs(t - s) for t, s in rows) / len(rows))
    assert metrics.rmse(targets, scores) == measured.rmse


@pytest.mark.parametrize(("train", "majority"), [([1, 1, 0], 0.6), ([0, 0, 1], 0.4)])
def test_baselines_take_their_rule_from_train_and_their_score_from_test(train: list[int], majority: float) -> None:
    test = [1, 1, 1, 0, 0]
    prior = sum(train) / 3
    measured = metrics.classifier_baselines(prior, test)
    assert measured.majority_accuracy == pytest.approx(majority)
    assert measured.prior_cross_entropy == pytest.approx(-(3 * math.log(prior) + 2 * math.log(1 - prior)) / 5)
    assert measured.all_positive_f1 == pytest.approx(2 * 3 / (2 * 3 + 2))


def test_the_mean_baseline_answers_trains_mean() -> None:
    measured = metrics.mean_baseline([1, 2, 3], [5, 1])
    assert measured.mse == pytest.approx((9 + 1) / 2)
    assert measured.mae == pytest.approx(2)


def test_certainty_that_is_wrong_costs_a_finite_amount() -> None:
    assert metrics.cross_entropy([0], [1.0]) == pytest.approx(-math.log(1e-7))


@pytest.mark.parametrize(
    ("metric", "labels", "scores", "message"),
    [
        (metrics.accuracy, [], [], r"shape \(0,\)"),
        (metrics.accuracy, [0, 1], [0.5], "2 labels and 1 scores"),
        (metrics.cross_entropy, [0, 2], [0.5, 0.5], "label 2.0 at row 1, expected 0 or 1"),
        (metrics.roc_auc, [1, 1], [0.5, 0.1], "2 positive and 0 negative rows"),
        (metrics.rmse, [1, 1], [0.5, np.nan], "value nan at row 1"),
        (metrics.f_beta, [[1, 0]], [[1, 0]], r"shape \(1, 2\)"),
    ],
)
def test_what_a_metric_cannot_be_computed_from_is_named(
    metric: Callable[[ArrayLike, ArrayLike], float], labels: ArrayLike, scores: ArrayLike, message: str
) -> None:
    with pytest.raises(MetricError, match=message):
        metric(labels, scores)
