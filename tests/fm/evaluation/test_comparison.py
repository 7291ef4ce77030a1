"""Champion against challenger: planted differences are found, and chance is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.errors import MetricError
from fm.evaluation.bootstrap import Resampling
from fm.evaluation.comparison import Comparison, compare, judge
from fm.evaluation.ranking_measures import RankingSample, users_with
from fm.evaluation.rankings import rank
from fm.evaluation.samples import ClassifierSample, RegressorSample
from fm.evaluation.user_items import UserItems
from tests.fm.evaluation.catalogue import ITEMS, USERS, TableScores, pairs

QUICK = Resampling(resamples=300)


def noisy(rng: np.random.Generator, n: int, noise: float) -> tuple[NDArray[np.bool_], list[NDArray[np.float64]]]:
    """Labels, and the probabilities of a model that knows them best and of one with ``noise`` in its log-odds."""
    logit = rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(-logit))
    return y, [1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-logit - noise * rng.normal(size=n)))]


@pytest.mark.parametrize("measure", ["cross_entropy", "brier", "auc", "accuracy", "pr_auc", "f1"])
def test_the_surely_worse_is_rejected_and_the_surely_better_accepted(measure: str) -> None:
    rng = np.random.default_rng(0)
    y, (good, bad) = noisy(rng, 6000, noise=1.5)
    champion, challenger = ClassifierSample(y, good), ClassifierSample(y, bad)
    worse = compare(champion, challenger, measure, rng, QUICK)
    better = compare(challenger, champion, measure, rng, QUICK)
    assert 0 < worse.low < worse.worse_by < worse.high
    assert better.low < better.worse_by < better.high < 0
    assert not judge(worse).is_accepted
    assert judge(worse, margin=2 * worse.high).is_accepted
    assert judge(better).is_accepted
    assert "better by" in judge(better).reason


def test_equal_models_are_seldom_rejected() -> None:
    rng = np.random.default_rng(1)
    rejected = 0
    for _ in range(200):
        y, (good, _) = noisy(rng, 300, noise=0)
        equals = [np.clip(good + 0.1 * rng.normal(size=300), 0.01, 0.99) for _ in range(2)]
        champion, challenger = (ClassifierSample(y, p) for p in equals)
        rejected += not judge(compare(champion, challenger, "brier", rng, QUICK)).is_accepted
    # One side of a 95 % interval: 5 of 200 expected, 14 would be four standard errors more.
    assert 0 < rejected < 14


def test_pairing_finds_what_two_intervals_would_not() -> None:
    rng = np.random.default_rng(2)
    y, (good, bad) = noisy(rng, 3000, noise=0.4)
    difference = compare(ClassifierSample(y, good), ClassifierSample(y, bad), "cross_entropy", rng, QUICK)
    rows = -np.log(np.where(y, bad, 1 - bad)) + np.log(np.where(y, good, 1 - good))
    error = rows.std() / np.sqrt(rows.size)
    assert difference.worse_by == pytest.approx(rows.mean())
    assert difference.high - difference.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_regressors_and_rankings_are_compared_alike() -> None:
    rng = np.random.default_rng(3)
    targets = rng.normal(size=2000)
    close, far = (RegressorSample(targets, targets + spread * rng.normal(size=2000)) for spread in (1, 1.3))
    assert not judge(compare(close, far, "rmse", rng, QUICK)).is_accepted
    nothing, relevant = UserItems.of([], [], n_users=USERS, n_items=ITEMS), pairs(rng, 0.3)
    truth = relevant.contains(np.arange(USERS)[:, None], np.arange(ITEMS)[None, :])
    likes, users = np.ones(ITEMS, dtype=np.int64), users_with(relevant)
    tables = (truth + noise * rng.normal(size=truth.shape) for noise in (0.3, 3))
    first, second = (RankingSample(rank(TableScores(t), nothing, users), relevant, likes) for t in tables)
    assert not judge(compare(first, second, "ndcg@10", rng, QUICK)).is_accepted
    assert judge(compare(second, first, "ndcg@10", rng, QUICK)).is_accepted


BASE = {"measure": "cross_entropy", "champion": 0.5567, "challenger": 0.6012, "level": 0.95}
AGAINST = "of the challenger against 0.5567 of the champion"


@pytest.mark.parametrize(
    ("values", "margin", "is_accepted", "reason"),
    [
        (
            {"low": 0.0401, "high": 0.0490},
            0,
            False,
            f"cross_entropy 0.6012 {AGAINST}: worse by 0.0445 (95 % interval 0.0401 to 0.0490)",
        ),
        (
            {"low": 0.0401, "high": 0.0490},
            0.04,
            False,
            f"cross_entropy 0.6012 {AGAINST}: worse by 0.0445 (95 % interval 0.0401 to 0.0490), "
            "surely more than the 0.04 allowed",
        ),
        (
            {"low": 0.0401, "high": 0.0490},
            0.045,
            True,
            f"cross_entropy 0.6012 {AGAINST}: worse by 0.0445 (95 % interval 0.0401 to 0.0490), "
            "not surely more than the 0.045 allowed",
        ),
        (
            {"low": 0.0401, "high": 0.0490},
            0.05,
            True,
            f"cross_entropy 0.6012 {AGAINST}: worse by 0.0445 (95 % interval 0.0401 to 0.0490), "
            "within the 0.05 allowed",
        ),
        (
            {"challenger": 0.5577, "low": -0.0021, "high": 0.004},
            0,
            True,
            f"cross_entropy 0.5577 {AGAINST}: worse by 0.0010 (95 % interval −0.0021 to 0.0040), which may be chance",
        ),
        (
            {"challenger": 0.5467, "low": -0.015, "high": -0.00499},
            0,
            True,
            f"cross_entropy 0.5467 {AGAINST}: better by 0.0100 (95 % interval 0.0050 to 0.0150)",
        ),
        (
            {"challenger": 0.5567, "low": 0.0, "high": 0.0, "level": 0.9},
            0,
            True,
            f"cross_entropy 0.5567 {AGAINST}: no difference (90 % interval 0.0000 to 0.0000)",
        ),
        (
            {"measure": "auc", "low": -0.05, "high": -0.04},
            0,
            True,
            f"auc 0.6012 {AGAINST}: better by 0.0445 (95 % interval 0.0400 to 0.0500)",
        ),
    ],
)
def test_the_sentence_says_why(values: dict[str, float], margin: float, is_accepted: bool, reason: str) -> None:
    verdict = judge(Comparison(**{**BASE, **values}), margin=margin)  # type: ignore[arg-type]
    assert verdict.reason == reason
    assert verdict.is_accepted is is_accepted


def test_the_documents_comparison() -> None:
    found = Comparison(measure="auc", champion=0.75, challenger=0.5, low=0.125, high=0.375, level=0.95)
    assert found.as_json() == {
        "measure": "auc",
        "champion": 0.75,
        "challenger": 0.5,
        "worse_by": 0.25,
        "interval": [0.125, 0.375],
        "level": 0.95,
    }


def test_what_cannot_be_compared_is_named() -> None:
    rng = np.random.default_rng(0)
    sample = ClassifierSample([0, 1, 1], [0.1, 0.2, 0.3])
    with pytest.raises(MetricError, match="expected the same holdout"):
        compare(sample, ClassifierSample([1, 0, 1], [0.1, 0.2, 0.3]), "auc", rng, QUICK)
    with pytest.raises(MetricError, match="3 of the champion, 2 of the challenger"):
        compare(sample, ClassifierSample([0, 1], [0.1, 0.2]), "auc", rng, QUICK)
    with pytest.raises(MetricError, match="measure 'rmse', expected one of accuracy"):
        compare(sample, sample, "rmse", rng, QUICK)
    with pytest.raises(MetricError, match=r"margin -0\.1"):
        judge(compare(sample, sample, "brier", rng, QUICK), margin=-0.1)
