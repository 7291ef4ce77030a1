"""The execution's output: what was decided, counts and addresses, and nothing of the data itself."""

from __future__ import annotations

import json

import pytest

from lambdas.logic.result import summarise
from tests.lambdas.remembered import remembered


@pytest.mark.parametrize(
    ("gate", "deployed", "decision"),
    [("accepted", True, "deployed"), ("accepted", False, "trained"), ("rejected", False, "rejected")],
)
def test_decision(gate: str, deployed: bool, decision: str) -> None:
    result = summarise(**remembered(decision=gate, deployed=deployed))
    assert result["decision"] == decision
    assert (result["endpoint"] is not None) == (result["verified"] is not None) == deployed


def test_everything_a_reader_asks_for_is_there() -> None:
    event = remembered()
    result = summarise(**event)
    assert result["dataset"] == {
        **event["prepared"],
        "source": "s3://bucket/datasets/tiny/",
        "how": "in the bucket",
    }
    assert result["training"] == {
        "job": "movie-recommender-dev-nightly-0-0",
        "hyperparameters": {"epochs": "50", "num_factors": "64"},
        "seconds": None,
    }
    assert result["endpoint"] == {
        "name": "movie-recommender-dev",
        "config": "movie-recommender-dev-nightly-0-0",
        "status": "InService",
    }
    assert result["artifacts"] == {
        "model": event["training"]["model_data"],
        "evaluation": "s3://bucket/runs/nightly/evaluation.json",
    }
    for part in ("metrics", "reported", "baselines", "gate"):
        assert result[part] == event["evaluation"][part]
    assert result["ranking"] is None


def test_figures_of_a_ranking_model_are_passed_on() -> None:
    ranking = {"k": 10, "metrics": {"ndcg@10": 0.3}}
    assert summarise(**remembered(), ranking=ranking)["ranking"] == ranking


def test_it_is_json_and_far_below_what_a_state_may_hold() -> None:
    assert len(json.dumps(summarise(**remembered()), allow_nan=False)) < 4096
