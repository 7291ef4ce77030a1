"""The execution's output: what was decided, counts and addresses, and nothing of the data itself."""

from __future__ import annotations

import json

import pytest

from lambdas.logic.result import summarise, with_release, with_version
from tests.lambdas.remembered import remembered
from tests.lambdas.report import planted


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
    for part in ("metrics", "reported", "baselines", "gate", "drift"):
        assert result[part] == event["evaluation"][part]
    assert result["ranking"] is None


RANKED = {
    **planted.ranking(),
    "gate": {"decision": "accepted", "reasons": []},
    "key": "s3://bucket/runs/nightly/ranking.json",
}


def test_figures_of_a_ranking_model_are_passed_on_without_its_lists() -> None:
    event = remembered()
    result = summarise(**event, ranking={"prepared": {}, "training": event["training"]}, ranked=RANKED)
    figures = {name: value for name, value in RANKED.items() if name not in ("frequency", "key")}
    assert result["ranking"] == {**figures, "training": result["training"]}
    assert result["artifacts"]["ranking_model"] == event["training"]["model_data"]
    assert result["artifacts"]["ranking_evaluation"] == RANKED["key"]


def test_what_was_published_is_told_by_its_version_and_its_places() -> None:
    plain = summarise(**remembered())
    published = {"version": "nightly", "uri": "s3://bucket/models/nightly/", "files": 5, "bytes": 4096}
    batch = {"uri": "s3://bucket/runs/nightly/batch/recommendations.parquet", "users": 1234}
    result = with_version(plain, published, batch)
    assert result["version"] == "nightly"
    assert with_version(plain, None, None) == {**plain, "version": None, "package": None}
    package = {"arn": "arn:aws:sagemaker:…:model-package/group/7", "status": "Approved"}
    assert with_version(plain, published, None, package)["package"] == package
    assert result["artifacts"] == {**plain["artifacts"], "bundle": published["uri"], "batch": batch["uri"]}


def test_what_waits_for_its_approval_says_how_it_is_approved() -> None:
    plain = summarise(**remembered(deployed=False))
    published = {"version": "nightly", "uri": "s3://bucket/models/nightly/"}
    package = {"arn": "arn:aws:sagemaker:…:model-package/group/7", "status": "PendingManualApproval"}
    result = with_version(plain, published, None, package)
    assert (result["decision"], result["version"], result["endpoint"]) == ("awaiting_approval", "nightly", None)
    command = "aws sagemaker update-model-package --model-approval-status Approved --model-package-arn"
    assert result["package"] == {**package, "approve": f"{command} {package['arn']}"}


@pytest.mark.parametrize(
    ("like", "ranking", "decision"),
    [
        ("accepted", "accepted", "trained"),
        ("accepted", "rejected", "rejected"),
        ("rejected", "accepted", "rejected"),
    ],
)
def test_both_models_must_be_accepted(like: str, ranking: str, decision: str) -> None:
    event = remembered(decision=like, deployed=False)
    ranked = {**RANKED, "gate": {"decision": ranking, "reasons": []}}
    result = summarise(**event, ranking={"prepared": {}, "training": event["training"]}, ranked=ranked)
    assert result["decision"] == decision


def test_a_release_that_was_rolled_back_rejects_the_model() -> None:
    released = {"decision": "rejected", "reasons": ["the release was rolled back: errors went off"]}
    result = with_release(summarise(**{**remembered(), "predictions": None}), released)
    assert (result["decision"], result["release"]) == ("rejected", released)
    assert result["gate"]["decision"] == "accepted"
    assert result["endpoint"] is None
    plain = summarise(**remembered())
    assert with_release(plain, None) == {**plain, "release": None}


def test_it_is_json_and_far_below_what_a_state_may_hold() -> None:
    assert len(json.dumps(summarise(**remembered()), allow_nan=False)) < 4096
