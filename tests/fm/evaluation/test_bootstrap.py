"""Intervals against the normal theory of a mean, and against how often they cover a planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.errors import MetricError
from fm.evaluation import bootstrap
from fm.evaluation.bootstrap import MOST_UNITS, Resampling, intervals, replicates
from fm.evaluation.measures import CLASSIFIER, REGRESSOR, Interval
from fm.evaluation.samples import ClassifierSample, RegressorSample, values

Z = 1.959964  # of the normal distribution's middle 95 %


def classified(rng: np.random.Generator, n: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Calibrated probabilities, even over 0 to 1: accuracy ¾, Brier ⅙, cross-entropy ½ nat, AUC ⅚, F1 ¾."""
    p = rng.random(n)
    return rng.random(n) < p, p


TRUTH = {
    "accuracy": 3 / 4,
    "balanced_accuracy": 3 / 4,
    "cross_entropy": 1 / 2,
    "brier": 1 / 6,
    "auc": 5 / 6,
    "f1": 3 / 4,
}


def by_theory(values_of_rows: NDArray[np.float64]) -> Interval:
    mean, error = values_of_rows.mean(), values_of_rows.std() / np.sqrt(values_of_rows.size)
    return mean - Z * error, mean + Z * error


def assert_close(found: Interval, expected: Interval, *, share: float) -> None:
    """Both ends within a share of the interval's width."""
    assert found == pytest.approx(expected, abs=share * (expected[1] - expected[0]))


@pytest.mark.parametrize("n", [400, MOST_UNITS, 4 * MOST_UNITS])
def test_intervals_of_means_are_those_of_the_normal_theory(n: int) -> None:
    rng = np.random.default_rng(n)
    y, p = classified(rng, n)
    found = intervals(ClassifierSample(y, p), rng, Resampling())
    assert set(found) == set(CLASSIFIER)
    assert_close(found["accuracy"], by_theory((y == (p >= 0.5)).astype(float)), share=0.1)
    assert_close(found["cross_entropy"], by_theory(-np.log(np.where(y, p, 1 - p))), share=0.1)
    assert_close(found["brier"], by_theory((y - p) ** 2), share=0.1)
    of_regressor = intervals(RegressorSample(y, p), rng, Resampling())
    assert set(of_regressor) == set(REGRESSOR)
    assert_close(of_regressor["mae"], by_theory(np.abs(y - p)), share=0.1)
    low, high = of_regressor["mse"]
    assert of_regressor["rmse"] == pytest.approx((np.sqrt(low), np.sqrt(high)), rel=1e-3)


def test_a_part_of_the_rows_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    sample = ClassifierSample(*classified(rng, 8000))
    from_all = intervals(sample, rng, Resampling())
    monkeypatch.setattr(bootstrap, "MOST_UNITS", 2000)
    from_part = intervals(sample, rng, Resampling())
    for name, expected in from_all.items():
        assert_close(from_part[name], expected, share=0.12)


@pytest.mark.parametrize("most_units", [400, 100])
def test_about_95_of_100_intervals_hold_the_truth(most_units: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MOST_UNITS", most_units)
    rng = np.random.default_rng(6)
    trials, held = 300, dict.fromkeys(TRUTH, 0)
    for _ in range(trials):
        found = intervals(ClassifierSample(*classified(rng, 400)), rng, Resampling(resamples=200))
        for name, truth in TRUTH.items():
            held[name] += found[name][0] <= truth <= found[name][1]
    # Four standard errors of 300 trials are 0.05; percentiles of few resamples cover a little less than they say.
    assert all(0.89 <= count / trials <= 0.99 for count in held.values()), held


def test_units_are_drawn_for_both_samples_alike() -> None:
    rng = np.random.default_rng(7)
    y, p = classified(rng, 500)
    names = ("auc", "brier")
    first, second = replicates([ClassifierSample(y, p), ClassifierSample(y, p / 2)], names, rng, 50)
    np.testing.assert_allclose(first["auc"], second["auc"])
    assert np.corrcoef(first["brier"], second["brier"])[0, 1] > 0.3
    assert first["auc"].std() > 0.01


def test_a_seed_repeats_and_another_does_not() -> None:
    sample = ClassifierSample(*classified(np.random.default_rng(8), 300))
    once, again, other = (intervals(sample, Resampling(seed=s).generator(), Resampling()) for s in (1, 1, 2))
    assert once == again
    assert once != other


def test_a_higher_level_is_wider_and_holds_the_value() -> None:
    sample = ClassifierSample(*classified(np.random.default_rng(9), 300))
    narrow, wide = (intervals(sample, np.random.default_rng(0), Resampling(level=level)) for level in (0.5, 0.99))
    for name, value in values(sample).items():
        assert wide[name][0] < narrow[name][0] < value < narrow[name][1] < wide[name][1]


def test_intervals_stay_where_the_measure_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong row of 400 is two of 400 to a half that has it: without it, the whole would be more than right."""
    monkeypatch.setattr(bootstrap, "MOST_UNITS", 200)
    y = np.arange(400) % 2
    p = np.where(np.arange(400) == 7, 0.1, 0.1 + 0.8 * y)
    for seed in range(5):
        found = intervals(ClassifierSample(y, p), np.random.default_rng(seed), Resampling())
        assert all(0 <= low <= high <= 1 for low, high in found.values())


def test_resamples_without_a_label_are_left_out() -> None:
    sample = ClassifierSample([0, 1], [0.1, 0.9])
    assert intervals(sample, np.random.default_rng(0), Resampling())["auc"] == (1, 1)
    with pytest.raises(MetricError, match="undefined in all 2 resamples"):
        bootstrap.percentiles("auc", np.array([np.nan, np.nan]), 0.95)


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"level": 0.0}, {"resamples": 1}])
def test_bad_settings_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(MetricError, match="expected 0 < level < 1 and at least 2"):
        Resampling(**wrong)  # type: ignore[arg-type]


def test_the_documents_interval() -> None:
    assert Resampling().as_json("rows") == {"level": 0.95, "resamples": 1000, "seed": 0, "unit": "rows"}
