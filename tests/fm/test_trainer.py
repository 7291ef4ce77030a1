"""What training keeps, reports and refuses; test_trainer_oracle.py shows that the numbers are right."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm import trainer
from fm.errors import (
    FeatureCountMismatch,
    FmError,
    HyperparameterError,
    MalformedMatrix,
    TrainingDataError,
    TrainingDiverged,
)
from fm.hyperparameters import parse
from fm.kernels import learner
from fm.metrics import ClassifierMetrics, RegressorMetrics
from fm.reports import EpochReport
from tests.fm.cases import FEATURES, ROWS, general_rows, labels_of, raw_score, settings, unit_pairs


def test_features_that_no_row_names_keep_their_initial_values() -> None:
    given = settings()
    x = csr_array(np.eye(5, FEATURES, dtype=np.float32).repeat(5, axis=0))
    start = trainer.initial_parameters(given, np.random.default_rng(1))
    model = trainer.train(x, np.arange(25) % 2, given, np.random.default_rng(1))
    assert_array_equal(model.v[5:], start.v[5:])
    assert_array_equal(model.w[5:], start.w[5:])
    assert (model.w[:5] != start.w[:5]).all()


def test_a_seed_gives_the_same_bits_and_another_seed_others() -> None:
    rng = np.random.default_rng(8)
    x, y = general_rows(rng), labels_of(rng, "binary_classifier")
    one, again, other = (trainer.train(x, y, settings(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert_array_equal(one.v, again.v)
    assert_array_equal(one.w, again.w)
    assert not np.array_equal(one.v, other.v)


def test_rows_are_read_in_their_order() -> None:
    """The container does not shuffle, so neither does this: another order is another training."""
    rng = np.random.default_rng(8)
    x, y = general_rows(rng), labels_of(rng, "binary_classifier")
    forth = trainer.train(x, y, settings(), np.random.default_rng(1))
    back = trainer.train(x[::-1], y[::-1], settings(), np.random.default_rng(1))
    assert np.abs(forth.v - back.v).max() > 1e-3


@pytest.mark.parametrize(("flag", "name"), [("use_bias", "w0"), ("use_linear", "w")])
def test_a_group_that_is_switched_off_stays_zero(flag: str, name: str) -> None:
    rng = np.random.default_rng(8)
    x, y = general_rows(rng), labels_of(rng, "regressor")
    model = trainer.train(x, y, settings("regressor", **{flag: "false"}), rng)
    assert not getattr(model, name).any()
    assert getattr(trainer.train(x, y, settings("regressor"), rng), name).any()


@pytest.mark.parametrize(
    ("chosen", "spread", "low", "high"),
    [
        ({}, 0.001, -0.006, 0.006),
        ({"factors_init_sigma": "0.2"}, 0.2, -1.2, 1.2),
        ({"factors_init_method": "uniform", "factors_init_scale": "0.3"}, 0.3 / np.sqrt(3), -0.3, 0.3),
        ({"factors_init_method": "constant", "factors_init_value": "-0.7"}, 0, -0.7, -0.7),
    ],
)
def test_initial_factors_follow_their_method(chosen: dict[str, str], spread: float, low: float, high: float) -> None:
    required = {"feature_dim": "1000", "num_factors": "64", "predictor_type": "regressor"}
    v = trainer.initial_parameters(parse(required | chosen), np.random.default_rng(4)).v
    assert v.dtype == np.float32
    assert v.shape == (1000, 64)
    assert v.std() == pytest.approx(spread, rel=0.02, abs=1e-6)
    assert v.min() >= np.float32(low)
    assert v.max() <= np.float32(high)


def test_each_group_starts_by_its_own_settings() -> None:
    values = {"bias": "0.7", "linear": "0.2", "factors": "-0.1"}
    constant = {f"{group}_init_method": "constant" for group in values}
    chosen = constant | {f"{group}_init_value": value for group, value in values.items()}
    w0, w, v = trainer.initial_parameters(settings(**chosen), np.random.default_rng(4))
    for part, expected in ((w0, 0.7), (w, 0.2), (v, -0.1)):
        assert_array_equal(part, np.full(part.shape, expected, np.float32))


@pytest.mark.parametrize("clip", ["0", "-0.05"])
def test_only_a_clip_above_zero_clips(clip: str) -> None:
    """MXNet's Adam takes 0 for a setting that was left out, and its kernels clip by none below."""
    rng = np.random.default_rng(8)
    x, y = general_rows(rng), labels_of(rng, "regressor")
    start = trainer.initial_parameters(settings("regressor"), np.random.default_rng(1))
    clipped = trainer.train(x, y, settings("regressor", clip_gradient=clip), np.random.default_rng(1))
    free = trainer.train(x, y, settings("regressor"), np.random.default_rng(1))
    assert_array_equal(clipped.v, free.v)
    assert not np.array_equal(clipped.v, start.v)


def test_a_report_shows_scores_before_each_batchs_update() -> None:
    """With one batch an epoch, epoch 0 reports the initial parameters, and epoch 1 what epoch 0 made of them."""
    rng = np.random.default_rng(6)
    x, y = general_rows(rng), labels_of(rng, "regressor")
    given = settings("regressor", mini_batch_size=str(ROWS), epochs="2")
    reports: list[EpochReport] = []
    trainer.train(x, y, given, np.random.default_rng(1), reports.append)
    once = trainer.train(x, y, dataclasses.replace(given, epochs=1), np.random.default_rng(1))
    w0, w, v = (
        np.array(part, dtype=np.float64) for part in trainer.initial_parameters(given, np.random.default_rng(1))
    )
    initial = np.array([raw_score(row, float(w0[0]), w, v) for row in x.toarray()])
    for report, scores in zip(reports, (initial, once.score(x)), strict=True):
        assert isinstance(report.metrics, RegressorMetrics)
        assert report.metrics.mse == pytest.approx(float(np.mean((scores - y) ** 2)), rel=1e-4)
        assert (report.epochs, report.rows) == (2, ROWS)
        assert report.seconds > 0
    assert [report.epoch for report in reports] == [0, 1]


def test_batch_metrics_cover_the_rows_so_far() -> None:
    rng = np.random.default_rng(6)
    x, y = general_rows(rng), labels_of(rng, "binary_classifier")
    reports: list[EpochReport] = []
    trainer.train(x, y, settings(batch_metrics_publish_interval="2"), rng, reports.append)
    for report in reports:
        assert [one.batch for one in report.batches] == [0, 2, 4]
        assert isinstance(report.metrics, ClassifierMetrics)
        assert report.batches[-1].metrics == report.metrics
        assert report.batches[0].metrics != report.metrics


def test_divergence_is_an_error_with_its_epoch() -> None:
    rng = np.random.default_rng(6)
    x, y = general_rows(rng), labels_of(rng, "regressor")
    with pytest.raises(TrainingDiverged, match=r"epoch 0: .* factors_lr 1e\+30"):
        trainer.train(x, y, settings("regressor", factors_lr="1e30"), rng)


def test_a_score_beyond_numbers_is_divergence_though_its_label_is_right() -> None:
    """A classifier's probability is 1 then, and its error 0: no parameter would tell."""
    x = csr_array(np.eye(5, FEATURES, dtype=np.float32))
    x.data[:] = 3e38
    huge = {"linear_init_method": "constant", "linear_init_value": "3e38", "linear_wd": "0"}
    with pytest.raises(TrainingDiverged, match=r"epoch 0"):
        trainer.train(x, np.ones(5), settings(**huge), np.random.default_rng(1))


@pytest.mark.parametrize("make_rows", [general_rows, unit_pairs])
@pytest.mark.parametrize("factors", [4, 40])
def test_two_threads_give_the_same_bits_as_one(
    make_rows: Callable[[np.random.Generator], csr_array[Any, Any]], factors: int
) -> None:
    rng = np.random.default_rng(8)
    x, y = make_rows(rng), labels_of(rng, "binary_classifier")
    given = settings(num_factors=str(factors), epochs="50")
    one, two = (trainer.train(x, y, given, np.random.default_rng(1), threads=threads) for threads in (1, 2))
    assert_array_equal(one.w0, two.w0)
    assert_array_equal(one.w, two.w)
    assert_array_equal(one.v, two.v)


@pytest.mark.parametrize("threads", [0, 3])
def test_another_number_of_threads_is_refused(threads: int) -> None:
    rng = np.random.default_rng(8)
    x, y = general_rows(rng), labels_of(rng, "binary_classifier")
    with pytest.raises(ValueError, match=f"threads {threads}, expected 1 or 2"):
        trainer.train(x, y, settings(), rng, threads=threads)


def test_a_second_thread_is_for_much_work_on_a_machine_that_has_a_processor_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learner, "_processors", lambda: 2)
    assert [learner.threads_for(rows, 64) for rows in (90_570, 25_000_000)] == [1, 2]
    monkeypatch.setattr(learner, "_processors", lambda: 1)
    assert learner.threads_for(25_000_000, 64) == 1


def test_an_epsilon_of_nothing_leaves_what_had_no_gradient_alone() -> None:
    """Some lanes of a register have no factors: 0 / (√0 + 0) there would spread to all scores."""
    rng = np.random.default_rng(8)
    x, y = unit_pairs(rng), labels_of(rng, "regressor")
    model = trainer.train(x, y, settings("regressor", eps="0", num_factors="17"), rng)
    assert np.isfinite(model.v).all()


def with_nan(x: csr_array[Any, Any], row: int, feature: int) -> csr_array[Any, Any]:
    dense = x.toarray()
    dense[row, feature] = np.nan
    return csr_array(dense)


Change = Callable[[csr_array[Any, Any], NDArray[np.float32]], tuple[csr_array[Any, Any], NDArray[np.float32]]]


@pytest.mark.parametrize(
    ("chosen", "change", "error", "message"),
    [
        (
            {"mini_batch_size": "24"},
            lambda x, y: (x, y),
            TrainingDataError,
            "mini_batch_size 24, expected at most the 23",
        ),
        ({}, lambda x, y: (x, y + 1), TrainingDataError, r"label 2.0, expected 0 or 1 for a binary_classifier"),
        ({"predictor_type": "regressor"}, lambda x, y: (x, y * np.inf), TrainingDataError, "expected a finite number"),
        ({}, lambda x, y: (x, y[1:]), TrainingDataError, r"labels of shape \(22,\) .* for each of 23 rows"),
        ({}, lambda x, y: (x, y + 0j), TrainingDataError, "type complex64, expected a number for each of 23 rows"),
        ({}, lambda x, y: (x, y.astype(str)), TrainingDataError, "type <U32, expected a number for each of 23 rows"),
        (
            {"predictor_type": "regressor"},
            lambda x, y: (x, y * np.float64(1e300)),
            TrainingDataError,
            "label inf, expected a fin",
        ),
        (
            {},
            lambda x, y: (with_nan(x, 7, 3), y),
            TrainingDataError,
            "row 7, feature 3: value nan, expected a finite num",
        ),
        ({}, lambda x, y: (x.tocsc(), y), MalformedMatrix, "csc_array in csc form, expected csr"),
        ({}, lambda x, y: (x * 1j, y), MalformedMatrix, "values of type complex64, expected real numbers"),
        ({}, lambda x, y: (x[:, :8], y), FeatureCountMismatch, "8 columns, expected feature_dim 9"),
        ({}, lambda x, y: (x[:0], y[:0]), TrainingDataError, "mini_batch_size 5, expected at most the 0 rows"),
        ({"feature_dim": "2147483648"}, lambda x, y: (x, y), TrainingDataError, "expected at most 2147483647 features"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_data_that_cannot_be_trained_on_is_refused(
    chosen: dict[str, str], change: Change, error: type[FmError], message: str
) -> None:
    rng = np.random.default_rng(6)
    x, y = change(general_rows(rng), labels_of(rng, "binary_classifier"))
    with pytest.raises(error, match=message):
        trainer.train(x, y, settings(**chosen), rng)


def test_parse_guards_what_the_trainer_needs() -> None:
    with pytest.raises(HyperparameterError, match="factors_init_scale"):
        settings(factors_init_method="uniform")
