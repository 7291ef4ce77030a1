"""The gate's decision for every threshold, met, missed and just reached."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from fm.evaluation.comparison import Comparison, judge
from lambdas.logic.champion import Encounter, not_judged
from lambdas.logic.gate import decide, decide_ranking

METRICS = {"accuracy": 0.7, "f1": 0.75, "auc": 0.77, "cross_entropy": 0.58}
BASELINES = {"prior_cross_entropy": 0.69}
FREE = {"beat_baseline": False}

# Threshold, value, whether it is met by METRICS.
CASES: list[tuple[str, float, bool]] = [
    ("min_accuracy", 0.69, True),
    ("min_accuracy", 0.7, True),
    ("min_accuracy", 0.71, False),
    ("min_f1", 0.74, True),
    ("min_f1", 0.75, True),
    ("min_f1", 0.76, False),
    ("min_auc", 0.76, True),
    ("min_auc", 0.77, True),
    ("min_auc", 0.78, False),
    ("max_cross_entropy", 0.59, True),
    ("max_cross_entropy", 0.58, True),
    ("max_cross_entropy", 0.57, False),
]


@pytest.mark.parametrize(("threshold", "limit", "is_met"), CASES)
def test_each_threshold_alone(threshold: str, limit: float, is_met: bool) -> None:
    decision = decide({**FREE, threshold: limit}, METRICS, BASELINES)
    assert decision["decision"] == ("accepted" if is_met else "rejected")
    (reason,) = decision["reasons"]
    assert f"{threshold} {limit:g}" in reason


@pytest.mark.parametrize("pair", [pair for pair in itertools.combinations(CASES, 2) if pair[0][0] != pair[1][0]])
def test_two_thresholds_must_both_be_met(pair: tuple[tuple[str, float, bool], ...]) -> None:
    thresholds: dict[str, Any] = {**FREE, **{name: limit for name, limit, _ in pair}}
    wanted = {name: is_met for name, _, is_met in pair}
    decision = decide(thresholds, METRICS, BASELINES)
    assert decision["decision"] == ("accepted" if all(wanted.values()) else "rejected")


def test_a_rejection_names_every_threshold_that_was_missed_and_no_other() -> None:
    thresholds = {"beat_baseline": True, "min_accuracy": 0.9, "min_f1": 0.1, "max_cross_entropy": 0.1}
    decision = decide(thresholds, METRICS, BASELINES)
    assert decision == {
        "decision": "rejected",
        "reasons": ["accuracy 0.7000, min_accuracy 0.9", "cross_entropy 0.5800, max_cross_entropy 0.1"],
    }


@pytest.mark.parametrize(("cross_entropy", "decision"), [(0.68, "accepted"), (0.69, "rejected"), (0.7, "rejected")])
def test_the_baseline_must_be_beaten_not_reached(cross_entropy: float, decision: str) -> None:
    metrics = {**METRICS, "cross_entropy": cross_entropy}
    assert decide({"beat_baseline": True}, metrics, BASELINES)["decision"] == decision
    assert decide(FREE, metrics, BASELINES)["decision"] == "accepted"


def test_nothing_asked_is_accepted_in_words() -> None:
    assert decide(FREE, METRICS, BASELINES) == {"decision": "accepted", "reasons": ["no threshold asked for"]}


@pytest.mark.parametrize("threshold", [{"min_accuracy": 0.0}, {"max_cross_entropy": 9.0}, {"beat_baseline": True}])
def test_a_metric_that_is_not_a_number_is_rejected(threshold: dict[str, Any]) -> None:
    metrics = dict.fromkeys(METRICS, math.nan)
    assert decide({**FREE, **threshold}, metrics, BASELINES)["decision"] == "rejected"


def _comparison(low: float, high: float, *, measure: str = "cross_entropy") -> Comparison:
    """The interval of by how much the challenger is worse, around its middle."""
    sign = 1 if measure == "cross_entropy" else -1
    challenger = 0.58 + sign * (low + high) / 2
    return Comparison(measure=measure, champion=0.58, challenger=challenger, low=low, high=high, level=0.95)


@pytest.mark.parametrize(
    ("low", "high", "accepted_by"),
    [
        (0.001, 0.02, []),
        (0.0, 0.02, ["not_worse"]),
        (-0.01, 0.01, ["not_worse"]),
        (0.0, 0.0, ["not_worse"]),
        (-0.02, 0.0, ["not_worse"]),
        (-0.02, -0.001, ["not_worse", "better"]),
    ],
)
@pytest.mark.parametrize("asked", ["not_worse", "better"])
def test_a_champion_is_replaced_by_the_whole_interval(
    low: float, high: float, accepted_by: list[str], asked: str
) -> None:
    encounter = _encounter("said of both", low, high)
    decision = decide({**FREE, "champion": asked}, METRICS, BASELINES, encounter)
    assert decision["decision"] == ("accepted" if asked in accepted_by else "rejected")
    (reason,) = decision["reasons"]
    assert reason.startswith("said of both")
    assert decision["comparison"] == _comparison(low, high).as_json()


def _encounter(reason: str, low: float, high: float) -> Encounter:
    comparison = _comparison(low, high)
    return Encounter(reason=reason, comparison=comparison, verdict=judge(comparison))


@pytest.mark.parametrize("asked", ["not_worse", "better"])
def test_what_could_not_be_compared_keeps_no_model_out(asked: str) -> None:
    decision = decide({**FREE, "champion": asked}, METRICS, BASELINES, not_judged("it is gone"))
    assert decision == {"decision": "accepted", "reasons": ["not compared with the champion: it is gone"]}


def test_a_champion_makes_up_for_no_threshold() -> None:
    encounter = _encounter("better", -0.2, -0.1)
    decision = decide({**FREE, "min_f1": 0.9, "champion": "not_worse"}, METRICS, BASELINES, encounter)
    assert (decision["decision"], decision["reasons"]) == ("rejected", ["f1 0.7500, min_f1 0.9"])


ERRORS = {"rmse": 0.94, "mae": 0.74, "mse": 0.88}


@pytest.mark.parametrize(
    ("thresholds", "mean", "reasons"),
    [
        ({"max_rmse": 0.95}, 1.1, None),
        ({"max_rmse": 0.93}, 1.1, ["rmse 0.9400, max_rmse 0.93"]),
        ({}, 0.94, ["rmse 0.9400, always predicting the mean rating has 0.9400"]),
        ({"min_auc": 0.7}, 1.1, ["no auc, which min_auc 0.7 limits, of such a model"]),
    ],
)
def test_a_regressor_is_limited_by_its_rmse(thresholds: dict[str, Any], mean: float, reasons: list[str] | None) -> None:
    decision = decide({"beat_baseline": True, **thresholds}, ERRORS, {"mean": {"rmse": mean}})
    assert decision["decision"] == ("accepted" if reasons is None else "rejected")
    if reasons is not None:
        assert decision["reasons"] == reasons


def test_a_classifier_has_no_rmse() -> None:
    decision = decide({**FREE, "max_rmse": 1}, METRICS, BASELINES)
    assert decision["reasons"] == ["no rmse, which max_rmse 1 limits, of such a model"]


@pytest.mark.parametrize(
    ("low", "high", "is_met"), [(-0.2, -0.1, True), (-0.2, 0.0, False), (-0.2, 0.1, False), (0.1, 0.2, False)]
)
def test_popularity_is_beaten_by_the_whole_interval(low: float, high: float, is_met: bool) -> None:
    comparison = _comparison(low, high, measure="ndcg@10")
    decision = decide_ranking({"beat_popularity": True}, comparison, "940 users")
    assert decision["decision"] == ("accepted" if is_met else "rejected")
    gain = -(low + high) / 2
    said = f"ndcg@10 {0.58 + gain:.4f}, by popularity 0.5800: a gain of {gain:.4f} (95 % interval {-high:.4f} to "
    (reason,) = decision["reasons"]
    assert reason.replace("−", "-").replace("-0.0000", "0.0000").startswith(said.replace("-0.0000", "0.0000"))
    assert "over 940 users)" in reason
    assert reason.endswith("expected the whole interval above 0") is not is_met


def test_popularity_need_not_be_beaten() -> None:
    decision = decide_ranking({"beat_popularity": False}, _comparison(0.1, 0.2, measure="ndcg@10"), "9 users")
    assert decision == {"decision": "accepted", "reasons": ["no threshold asked for"]}
