"""The gate's decision for every threshold, met, missed and just reached."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from lambdas.logic.gate import decide

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
