"""The comparison with what the training job reported of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from lambdas.logic.channels import Answers
from lambdas.logic.reported import (
    JUDGED,
    REPORTED,
    REPORTED_OF_REGRESSOR,
    TOLERANCE,
    EvaluationMismatch,
    compare,
    figures,
)

METRICS = {"accuracy": 0.7, "cross_entropy": 0.6, "f1": 0.75, "auc": 0.8}
ERRORS = {"rmse": 0.9, "mse": 0.81, "mae": 0.7}


def _reported(**values: float) -> list[dict[str, object]]:
    names = {**REPORTED, **REPORTED_OF_REGRESSOR}
    return [{"name": names[metric], "value": value} for metric, value in values.items()]


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


@pytest.mark.parametrize("metric", ["accuracy", "cross_entropy"])
@pytest.mark.parametrize("direction", [-1, 1])
def test_a_figure_that_is_off_is_a_mismatch(metric: str, direction: int) -> None:
    near, far = (METRICS[metric] + direction * TOLERANCE * factor for factor in (0.99, 1.01))
    compare(METRICS, _reported(**{metric: near}))
    with pytest.raises(EvaluationMismatch, match=rf"^{metric} is 0\.\d{{6}}, expected the job's {far:.6f} within"):
        compare(METRICS, _reported(**{metric: far}))


def _means_over_batches(
    answers: NDArray[np.float32], labels: NDArray[np.float32], size: int, names: Mapping[str, str]
) -> dict[str, float]:
    """The figures as the algorithm takes them: each batch's own, then their mean, whatever the last batch's size."""
    parts = [slice(start, start + size) for start in range(0, len(labels), size)]
    is_regressor = "rmse" in names
    found = [figures(Answers(labels[part], answers[part]), is_regressor=is_regressor) for part in parts]
    return {metric: float(np.mean([figure[metric] for figure in found])) for metric in names}


@pytest.mark.parametrize("batch", [1000, 200, 100, 50, 10])
def test_a_job_that_takes_the_mean_over_batches_is_no_mismatch(batch: int) -> None:
    """As many test rows as ua.test has, grouped by users who like more or less."""
    rng = np.random.default_rng(7)
    tastes = np.repeat(rng.normal(0.3, 0.8, 943), 10)
    probabilities = (1 / (1 + np.exp(-(tastes + rng.normal(0, 0.8, 9430))))).astype(np.float32)
    labels = (rng.random(9430) < probabilities).astype(np.float32)
    whole = figures(Answers(labels, probabilities), is_regressor=False)
    compared = compare(whole, _reported(**_means_over_batches(probabilities, labels, batch, REPORTED)))
    assert compared["figures"].keys() == REPORTED.keys()
    if batch == 10:
        assert compared["largest_gap"] > TOLERANCE, "the mean of F1s should be far off here"


def test_a_figure_that_is_not_a_number_is_a_mismatch() -> None:
    with pytest.raises(EvaluationMismatch):
        compare(METRICS, _reported(accuracy=math.nan))


@pytest.mark.parametrize("batch", [1000, 100, 10, 1])
def test_a_mean_of_batches_rmses_is_no_mismatch(batch: int) -> None:
    """With batches of one row it is the MAE, far below the RMSE."""
    rng = np.random.default_rng(7)
    stars = rng.integers(1, 6, 9430).astype(np.float32)
    scores = (stars + rng.normal(0, 1, stars.size)).astype(np.float32)
    whole = figures(Answers(stars, scores), is_regressor=True)
    compared = compare(whole, _reported(**_means_over_batches(scores, stars, batch, REPORTED_OF_REGRESSOR)))
    assert compared["figures"].keys() == REPORTED_OF_REGRESSOR.keys()
    if batch == 1:
        assert whole["rmse"] - compared["figures"]["rmse"] > TOLERANCE


@pytest.mark.parametrize(("gap", "is_near"), [(0.019, True), (0.021, False)])
@pytest.mark.parametrize(
    ("metric", "end", "direction"),
    [("rmse", ERRORS["rmse"], 1), ("rmse", ERRORS["mae"], -1), ("mae", ERRORS["mae"], 1), ("mae", ERRORS["mae"], -1)],
)
def test_errors_of_a_regressor_may_be_off_by_a_share_of_the_rmse(
    metric: str, end: float, direction: int, gap: float, is_near: bool
) -> None:
    value = end + direction * gap * ERRORS["rmse"]
    if is_near:
        assert compare(ERRORS, _reported(**{metric: value}))["figures"] == {metric: value}
    else:
        with pytest.raises(EvaluationMismatch, match=rf"^{metric} is .*, expected the job's {value:.6f} within 0\.018"):
            compare(ERRORS, _reported(**{metric: value}))


def test_figures_are_those_at_the_algorithms_own_threshold() -> None:
    rows = Answers(np.array([1, 1, 0, 0], np.float32), np.array([0.9, 0.4, 0.6, 0.2], np.float32))
    entropy = -(math.log(0.9) + 2 * math.log(0.4) + math.log(0.8)) / 4
    expected = {"accuracy": 0.5, "cross_entropy": pytest.approx(entropy, rel=1e-6), "f1": 0.5}
    assert figures(rows, is_regressor=False) == expected


def test_what_is_judged_is_reported() -> None:
    assert set(JUDGED) < {*REPORTED, *REPORTED_OF_REGRESSOR}
