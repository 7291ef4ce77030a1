"""Drift as the evaluation measures it, from what the live model's execution has left in the bucket."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lambdas.evaluate
from local_aws.cloudwatch import embedded
from tests.generated.exchanged import exchange
from tests.lambdas.executions import EVERY_BLOCK, Executions, drawn, rated

OLD, NEW = "runs/old/", "runs/new/"
ORDINAL = {"label": {"task": "ordinal"}}
REGRESSOR = {"label": {"task": "regressor"}}


def evaluated(
    executions: Executions, run: str, folder: Path, champion: str | None = None, asked: str = "not_worse", **job: Any
) -> tuple[str, dict[str, Any]]:
    """Where the model is, and what the evaluation says of its drift."""
    preparation = {"split": {"kind": "given", "name": "ua", "seed": 5}, **job}
    prepared = executions.prepare(run, folder, preparation)
    uri = executions.put_model(run, drawn(prepared["feature_dim"], kind=prepared["predictor_type"]))
    event: dict[str, Any] = {
        "run": run,
        "model_data": uri,
        "reported": [],
        "preparation": preparation,
        "prepared": prepared,
        "threshold": {"measure": "fixed", "value": 0.5},
        "gate": {"beat_baseline": False, "champion": asked},
        "champion": champion and {"model_data": champion},
    }
    answer = lambdas.evaluate.handler(event, None)
    assert executions.json(f"{run}evaluation.json")["drift"] == answer["drift"]
    return uri, answer["drift"]


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """Of what was logged since, by what CloudWatch reads of it."""

    def read() -> dict[str, float]:
        points = [point for line in capsys.readouterr().out.splitlines() for point in embedded.samples(line)]
        for metric, sample in points:
            assert (metric.namespace, dict(metric.dimensions)) == ("tests", {"Stage": "tests-dev"})
            assert sample.minimum == sample.maximum
        return {metric.name: sample.maximum for metric, sample in points}

    return read


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        ({"features": EVERY_BLOCK, "shards": 2}, {}),
        (ORDINAL, {}),
        ({}, ORDINAL),
        (REGRESSOR, REGRESSOR),
    ],
    ids=["plain", "features", "ordinal", "beside ordinal", "regressor"],
)
def test_the_same_ratings_divided_otherwise_are_no_drift(
    executions: Executions,
    tiny_sample: Path,
    metrics: Callable[[], dict[str, float]],
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    champion, nothing = evaluated(executions, OLD, tiny_sample, **old)
    assert nothing == {"measured": False, "reason": "not measured: no model is live"}
    assert metrics() == {}
    split = {"kind": "random", "share": 0.4, "seed": 3}
    _, drift = evaluated(executions, NEW, tiny_sample, champion, **{"split": split, **new})
    assert (drift["measured"], drift["level"]) == (True, "none")
    assert metrics() == {
        "Drift": max(drift["scores"], drift["items"]),
        "ScoreDrift": drift["scores"],
        "ItemDrift": drift["items"],
        "UnknownItems": drift["unknown_items"],
        "UnknownUsers": 0,
    }


def test_a_quarter_of_the_catalogue_is_a_major_drift(
    executions: Executions, tiny_sample: Path, tmp_path: Path, metrics: Callable[[], dict[str, float]]
) -> None:
    champion, _ = evaluated(executions, OLD, tiny_sample)
    gone = exchange(tiny_sample, tmp_path / "other", share=0.25)
    _, drift = evaluated(executions, NEW, tmp_path / "other", champion)
    train = rated(tiny_sample, "ua.base")
    share = sum(item in gone for _, item in train) / len(train)
    assert 0.1 < share < 0.5
    assert (drift["level"], drift["unknown_items"]) == ("major", pytest.approx(share))
    assert metrics()["Drift"] > 0.25


def test_scores_that_moved_are_a_drift_though_every_id_is_known(executions: Executions, tiny_sample: Path) -> None:
    """The live model has learnt from ratings whose scores were twice as high."""
    champion, _ = evaluated(executions, OLD, tiny_sample)
    reference = executions.json(f"{OLD}reference.json")
    moved = {**reference, "edges": [2 * edge + 1 for edge in reference["edges"]]}
    executions.put(f"{OLD}reference.json", json.dumps(moved).encode())
    _, drift = evaluated(executions, NEW, tiny_sample, champion)
    assert (drift["level"], drift["items"], drift["unknown_items"]) == ("major", 0, 0)
    assert drift["index"] == drift["scores"] > 0.25


def test_a_live_model_may_be_ignored(executions: Executions, tiny_sample: Path) -> None:
    champion, _ = evaluated(executions, OLD, tiny_sample)
    _, drift = evaluated(executions, NEW, tiny_sample, champion, "ignore")
    assert drift == {"measured": False, "reason": "not measured: the input says to look at no live model"}


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda executions: executions.delete(f"{OLD}reference.json"), "NoSuchKey: runs/old/reference.json"),
        (lambda executions: executions.put(f"{OLD}reference.json", b"{}"), "its reference cannot be read"),
        (lambda executions: executions.delete(f"{OLD}feature_space.json"), "NoSuchKey"),
        (lambda executions: executions.put(f"{OLD}model/job/output/model.tar.gz", b"?"), "expected a .tar.gz or a zip"),
    ],
    ids=["no reference", "an empty one", "no feature space", "no model"],
)
def test_what_cannot_be_read_is_said_and_no_failure(
    executions: Executions, tiny_sample: Path, harm: Callable[[Executions], None], why: str
) -> None:
    champion, _ = evaluated(executions, OLD, tiny_sample)
    harm(executions)
    _, drift = evaluated(executions, NEW, tiny_sample, champion)
    assert drift["measured"] is False
    assert drift["reason"].startswith("not measured: ")
    assert why in drift["reason"]


def test_a_threshold_that_the_live_model_does_not_have_is_said(executions: Executions, tiny_sample: Path) -> None:
    champion, _ = evaluated(executions, OLD, tiny_sample)
    reference = executions.json(f"{OLD}reference.json")
    executions.put(f"{OLD}reference.json", json.dumps({**reference, "decision": 3}).encode())
    _, drift = evaluated(executions, NEW, tiny_sample, champion)
    assert drift["reason"].startswith("not measured: ")
