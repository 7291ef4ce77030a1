"""Training against the formulas: a straight-line NumPy Adam in float64, and finite differences of the loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm import trainer
from fm.hyperparameters import Hyperparameters
from fm.metrics import classifier_metrics
from fm.model import FactorizationMachine
from fm.reports import EpochReport
from fm.training_data import Pairs, Sparse, training_rows
from tests.fm.cases import FEATURES, ROWS, general_rows, labels_of, raw_score, scaled_pairs, settings, unit_pairs


def slope(x: NDArray[Any], y: float, theta: list[NDArray[Any]], predictor_type: str) -> list[NDArray[Any]]:
    """Gradient of one row's loss by w0, w and v: d loss / d score times d score / d parameter."""
    w0, w, v = theta
    score = raw_score(x, w0[0], w, v)
    error = (1 / (1 + np.exp(-score)) if predictor_type == "binary_classifier" else score) - y
    by_v = np.array([[x[i] * sum(v[j, f] * x[j] for j in range(len(x)) if j != i) for f in range(v.shape[1])]
                     for i in range(len(x))])  # fmt: skip
    return [np.array([error]), error * x, error * by_v]


def adam_in_numpy(
    x: NDArray[Any], y: NDArray[Any], start: list[NDArray[Any]], given: Hyperparameters
) -> list[NDArray[Any]]:
    """Kingma & Ba 2014, algorithm 1, in float64, with the efficient order of its section 2 and only touched rows."""
    theta = [np.array(part, dtype=np.float64) for part in start]
    m, s = [np.zeros_like(part) for part in theta], [np.zeros_like(part) for part in theta]
    groups = (given.bias, given.linear, given.factors)
    rescale = given.rescale_grad if given.rescale_grad is not None else 1 / given.mini_batch_size
    eps, step = given.eps if given.eps is not None else 1e-8, 0
    for _ in range(given.epochs):
        for first in range(0, len(y), given.mini_batch_size):
            batch = range(first, min(len(y), first + given.mini_batch_size))
            slopes = [slope(x[row], y[row], theta, given.predictor_type) for row in batch]
            touched = np.flatnonzero((x[list(batch)] != 0).any(axis=0))
            step += 1
            for part, group in enumerate(groups):
                g = sum(one[part] for one in slopes) * rescale + group.wd * theta[part]
                if given.clip_gradient is not None:
                    g = np.clip(g, -given.clip_gradient, given.clip_gradient)
                at = touched if part else np.array([0])
                m[part][at] = 0.9 * m[part][at] + 0.1 * g[at]
                s[part][at] = 0.999 * s[part][at] + 0.001 * g[at] ** 2
                rate = group.lr * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                theta[part][at] -= rate * m[part][at] / (np.sqrt(s[part][at]) + eps)
    return theta


@pytest.mark.parametrize("make_rows", [general_rows, scaled_pairs, unit_pairs])
@pytest.mark.parametrize("predictor_type", ["binary_classifier", "regressor"])
@pytest.mark.parametrize(
    ("chosen", "threads"),
    [
        ({}, 1),
        ({"clip_gradient": "0.05", "rescale_grad": "0.4", "eps": "0.01"}, 1),
        ({"mini_batch_size": "23", "epochs": "7"}, 1),
        # Two parts, the second of them with lanes that are no factors; more than one register in each.
        ({"num_factors": "37", "factors_init_sigma": "0.2"}, 1),
        ({"num_factors": "37", "factors_init_sigma": "0.2"}, 2),
    ],
    ids=["defaults", "clipped and rescaled", "one batch", "two parts", "two threads"],
)
def test_weights_are_those_of_a_straight_line_adam(
    make_rows: Callable[[np.random.Generator], csr_array[Any, Any]],
    predictor_type: str,
    chosen: dict[str, str],
    threads: int,
) -> None:
    """23 rows in batches of 5: the last batch is short, and is divided by 5 all the same."""
    given = settings(predictor_type, **chosen)
    rng = np.random.default_rng(11)
    x, y = make_rows(rng), labels_of(rng, predictor_type)
    start = list(trainer.initial_parameters(given, np.random.default_rng(7)))
    model = trainer.train(x, y, given, np.random.default_rng(7), threads=threads)
    expected = adam_in_numpy(x.toarray(), y, start, given)
    for ours, theirs in zip((model.w0, model.w, model.v), expected, strict=True):
        assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    moved = max(np.abs(after - before).max() for after, before in zip(expected, start, strict=True))
    assert moved > 0.05, "so little training shows nothing"


@pytest.mark.parametrize("make_rows", [general_rows, scaled_pairs, unit_pairs])
@pytest.mark.parametrize("predictor_type", ["binary_classifier", "regressor"])
def test_the_gradient_is_that_of_the_loss(
    make_rows: Callable[[np.random.Generator], csr_array[Any, Any]], predictor_type: str
) -> None:
    """With an epsilon far above any gradient, Adam's first step is lr · sqrt(1 − 0.999) · gradient / eps."""
    eps = 1e4
    rate = str(eps / np.sqrt(1 - 0.999))
    rates = {f"{group}_lr": rate for group in ("bias", "linear", "factors")}
    no_decay = {f"{group}_wd": "0" for group in ("bias", "linear", "factors")}
    given = settings(predictor_type, mini_batch_size=str(ROWS), epochs="1", eps=str(eps), **rates, **no_decay)
    rng = np.random.default_rng(3)
    x, y = make_rows(rng), labels_of(rng, predictor_type)
    start = [np.array(part, dtype=np.float64) for part in trainer.initial_parameters(given, np.random.default_rng(5))]
    model = trainer.train(x, y, given, np.random.default_rng(5))
    for part, after in enumerate((model.w0, model.w, model.v)):
        gradient = differences(x.toarray(), y, start, part, predictor_type)
        assert_allclose(start[part] - after, gradient, rtol=1e-3, atol=1e-6)
        assert np.abs(gradient).max() > 0.01


def differences(
    x: NDArray[Any], y: NDArray[Any], theta: list[NDArray[Any]], part: int, predictor_type: str
) -> NDArray[np.float64]:
    """Central differences of the mean loss by one of the parameters: cross-entropy, or half the squared error."""

    def loss() -> float:
        scores = np.array([raw_score(row, theta[0][0], theta[1], theta[2]) for row in x])
        if predictor_type == "binary_classifier":
            return float(np.mean(np.logaddexp(0, scores) - y * scores))
        return float(np.mean((scores - y) ** 2) / 2)

    slopes, step = np.zeros_like(theta[part]), 1e-5
    for at in np.ndindex(*theta[part].shape):
        value = theta[part][at]
        theta[part][at] = value + step
        above = loss()
        theta[part][at] = value - step
        slopes[at] = (above - loss()) / (2 * step)
        theta[part][at] = value
    return slopes


def test_rows_of_two_ones_are_learnt_as_any_other_rows() -> None:
    rng = np.random.default_rng(2)
    x, y = unit_pairs(rng), labels_of(rng, "regressor")
    given = settings("regressor", num_factors="20")
    pairs = training_rows(x, y, given)
    assert isinstance(pairs, Pairs)
    (rows,) = pairs.chunks()
    sparse = Sparse(rows.indptr, rows.indices.astype(np.int32), rows.data, pairs.labels, FEATURES)
    one, other = (trainer.train_on(kind, given, np.random.default_rng(1)) for kind in (pairs, sparse))
    assert_allclose(one.v, other.v, rtol=1e-4, atol=1e-5)
    assert not np.array_equal(one.v, other.v), "the same kernel ran twice"


def test_metrics_are_of_scores_before_each_batchs_update() -> None:
    """What a model scores that was trained on the batches before, and on no more."""
    rng = np.random.default_rng(6)
    x, y = general_rows(rng), labels_of(rng, "binary_classifier")
    given = settings(epochs="1", batch_metrics_publish_interval="2")
    start = FactorizationMachine(
        **trainer.initial_parameters(given, np.random.default_rng(1))._asdict(), predictor_type="binary_classifier"
    )
    before = [start] + [trainer.train(x[:rows], y[:rows], given, np.random.default_rng(1)) for rows in (5, 10, 15, 20)]
    probability = np.concatenate([model.probability(x[5 * n : 5 * n + 5]) for n, model in enumerate(before)])
    reports: list[EpochReport] = []
    trainer.train(x, y, given, np.random.default_rng(1), reports.append)
    (report,) = reports
    assert [one.batch for one in report.batches] == [0, 2, 4]
    for metrics, rows in [*((one.metrics, 5 * one.batch + 5) for one in report.batches), (report.metrics, ROWS)]:
        expected = classifier_metrics(y[:rows], probability[:rows])
        assert dataclasses.asdict(metrics) == pytest.approx(dataclasses.asdict(expected), rel=1e-5)
