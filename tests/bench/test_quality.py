"""Figures of presets, from the outputs of executions."""

from __future__ import annotations

from typing import Any

import pytest

from bench.quality import PRESETS, quality_figures


def _output(cross_entropy: float, f1: float = 0.75, *, ndcg: float = 0.3) -> dict[str, Any]:
    ranking = {
        "metrics": {"ndcg@10": ndcg, "precision@10": 0.18},
        "intervals": {"ndcg@10": [ndcg - 0.02, ndcg + 0.02], "precision@10": [0.17, 0.19]},
        "popularity": {"metrics": {"ndcg@10": 0.13, "precision@10": 0.08}},
    }
    metrics = {"cross_entropy": cross_entropy, "f1": f1, "accuracy": 0.715, "auc": 0.779}
    return {"metrics": metrics, "ranking": ranking}


def test_means_over_seeds_are_held_against_what_was_promised() -> None:
    results = {preset: [_output(0.55), _output(0.57, ndcg=0.2)] for preset in PRESETS}
    found = {figure.name: figure for figure in quality_figures(results)}
    assert found["quality.tuned.cross_entropy"].value == pytest.approx(0.56)
    assert found["quality.tuned.cross_entropy"].is_met is False
    assert found["quality.tuned.cross_entropy"].each == (0.55, 0.57)
    assert found["quality.tuned.auc"].is_met is True
    assert found["quality.ordinal.auc"].is_met is False
    assert found["quality.ranking.ndcg@10"].value == pytest.approx(0.25)


def test_parity_is_a_distance_to_either_side() -> None:
    low, high = ({preset: [_output(value)] for preset in PRESETS} for value in (0.580, 0.592))
    for results, off in ((low, 0.006), (high, 0.006)):
        figure = next(one for one in quality_figures(results) if one.name == "quality.blog.cross_entropy_off")
        assert figure.value == pytest.approx(off)
        assert figure.is_met is False


def test_the_least_seed_says_how_far_above_popularity() -> None:
    results = {preset: [_output(0.5, ndcg=0.3), _output(0.5, ndcg=0.2)] for preset in PRESETS}
    name = "quality.ranking.ndcg@10_above_popularity"
    figure = next(one for one in quality_figures(results) if one.name == name)
    assert figure.each == pytest.approx((0.17 / 0.04, 0.07 / 0.04))
    assert figure.value == pytest.approx(0.07 / 0.04)
    assert figure.is_met is False
