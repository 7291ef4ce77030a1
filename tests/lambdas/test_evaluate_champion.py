"""A live model beside a new one: both on the same ratings, whatever either was prepared for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.evaluate
from fm.model import FactorizationMachine
from prep import keys
from tests.lambdas.executions import EVERY_BLOCK, Executions, constant, rated

OLD, NEW = "runs/old/", "runs/new/"
SPLIT = {"kind": "given", "name": "ua", "seed": 5}
GOOD, BAD = 0.4, -2.0
"""Constant scores: near the share of likes, and far from it."""


class Contest:
    """The sample, prepared for two executions."""

    def __init__(self, executions: Executions, sample: Path, *, old: dict[str, Any], new: dict[str, Any]) -> None:
        self.executions = executions
        self.preparations = {OLD: {"split": SPLIT, **old}, NEW: {"split": SPLIT, **new}}
        self.prepared = {run: executions.prepare(run, sample, job) for run, job in self.preparations.items()}

    def put(self, run: str, score: float) -> str:
        prepared = self.prepared[run]
        model = constant(prepared["feature_dim"], score, kind=prepared["predictor_type"])
        return self.executions.put_model(run, model)

    def evaluate(self, *, old: float, new: float, asked: str = "not_worse", **champion: Any) -> dict[str, Any]:
        live = {"config": "config-1", "status": "InService", "model": "model-1", "model_data": self.put(OLD, old)}
        return lambdas.evaluate.handler(
            {
                "run": NEW,
                "model_data": self.put(NEW, new),
                "reported": [],
                "preparation": self.preparations[NEW],
                "prepared": self.prepared[NEW],
                "threshold": {"measure": "fixed", "value": 0.5},
                "gate": {"beat_baseline": False, "champion": asked},
                "champion": {**live, **champion},
            },
            None,
        )


@pytest.fixture
def contest(executions: Executions, tiny_sample: Path) -> Callable[..., Contest]:
    def make(old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> Contest:
        return Contest(executions, tiny_sample, old=old or {}, new=new or {})

    return make


def _cross_entropy(sample: Path, score: float, cut: float = 4) -> float:
    """Of a constant score, by the stars in the file."""
    liked = np.mean([stars >= cut for stars in rated(sample, "ua.test").values()])
    return float(-(liked * math.log(1 / (1 + math.exp(-score))) + (1 - liked) * math.log(1 / (1 + math.exp(score)))))


@pytest.mark.parametrize(
    ("old", "new", "accepted_by"),
    [(GOOD, BAD, []), (GOOD, GOOD, ["not_worse"]), (BAD, GOOD, ["not_worse", "better"])],
    ids=["worse", "equal", "better"],
)
def test_the_gate_goes_by_the_interval(
    contest: Callable[..., Contest], tiny_sample: Path, old: float, new: float, accepted_by: list[str]
) -> None:
    meeting = contest()
    for asked in ("not_worse", "better"):
        answer = meeting.evaluate(old=old, new=new, asked=asked)
        assert answer["gate"]["decision"] == ("accepted" if asked in accepted_by else "rejected")
        (reason,) = answer["gate"]["reasons"]
        ours, theirs = _cross_entropy(tiny_sample, new), _cross_entropy(tiny_sample, old)
        assert f"cross_entropy {ours:.4f} of the challenger against {theirs:.4f} of the champion" in reason
        assert "95 % interval" in reason
        comparison = answer["gate"]["comparison"]
        assert comparison["worse_by"] == pytest.approx(ours - theirs, abs=1e-6)
        assert comparison["interval"][0] <= comparison["worse_by"] <= comparison["interval"][1]
        assert answer["champion"]["config"] == "config-1"
        assert (answer["champion"]["judged"], answer["champion"]["rows"]) == (True, 300)


def test_a_champion_may_be_ignored(contest: Callable[..., Contest]) -> None:
    answer = contest().evaluate(old=GOOD, new=BAD, asked="ignore")
    assert answer["gate"] == {"decision": "accepted", "reasons": ["no threshold asked for"]}
    assert answer["champion"] is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"features": EVERY_BLOCK}, {}),
        ({"label": {"task": "ordinal"}}, {}),
        ({}, {"label": {"task": "ordinal"}, "split": {**SPLIT, "validation": 0.2, "seed": 6}}),
    ],
    ids=["other features", "ordinal champion", "ordinal challenger with validation"],
)
def test_other_columns_make_no_other_question(
    contest: Callable[..., Contest], tiny_sample: Path, old: dict[str, Any], new: dict[str, Any]
) -> None:
    answer = contest(old, new).evaluate(old=GOOD, new=BAD)
    assert answer["gate"]["decision"] == "rejected"
    assert answer["champion"]["rows"] == 300
    assert answer["gate"]["comparison"]["champion"] == pytest.approx(_cross_entropy(tiny_sample, GOOD), rel=1e-5)
    assert answer["gate"]["comparison"]["challenger"] == pytest.approx(_cross_entropy(tiny_sample, BAD), rel=1e-5)


def test_an_ordinal_champion_answers_for_the_threshold_that_is_asked_about(
    contest: Callable[..., Contest], tiny_sample: Path
) -> None:
    """Its column "at least 4" says GOOD, and every other one something absurd."""
    meeting = contest({"label": {"task": "ordinal"}})
    executions = meeting.executions
    width, names = meeting.prepared[OLD]["feature_dim"], executions.space(OLD).thresholds
    weights = np.zeros(width, np.float32)
    weights[-len(names) :] = [GOOD if name == "4" else -9 for name in names]
    model = FactorizationMachine(
        w0=np.zeros(1, np.float32), w=weights, v=np.zeros((width, 2), np.float32), predictor_type="binary_classifier"
    )
    uri = executions.put_model("runs/old/", model)
    meeting.put = lambda run, score: uri if run == OLD else Contest.put(meeting, run, score)  # type: ignore[method-assign]
    answer = meeting.evaluate(old=GOOD, new=GOOD)
    assert answer["gate"]["comparison"]["champion"] == pytest.approx(_cross_entropy(tiny_sample, GOOD), rel=1e-5)


def test_regressors_meet_by_their_rmse(contest: Callable[..., Contest], tiny_sample: Path) -> None:
    stars = np.array(list(rated(tiny_sample, "ua.test").values()))
    task = {"label": {"task": "regressor"}}
    answer = contest(task, task).evaluate(old=3.5, new=1.0)
    assert answer["gate"]["decision"] == "rejected"
    rmse = [math.sqrt(np.mean((stars - score) ** 2)) for score in (1.0, 3.5)]
    said = (
        f"rmse {rmse[0]:.4f} of the challenger against {rmse[1]:.4f} of the champion: worse by {rmse[0] - rmse[1]:.4f}"
    )
    assert answer["gate"]["reasons"][0].startswith(said)


@pytest.mark.parametrize(
    ("old", "why"),
    [
        (
            {"split": {"kind": "given", "name": "ub"}},
            "it may have trained on these test ratings: its split was kind given",
        ),
        ({"label": {"liked_at_least": 3}}, "its labels follow another rule: "),
        ({"label": {"task": "ordinal", "thresholds": [2, 3]}}, "thresholds 2, 3, expected 4 among them"),
        ({"label": {"task": "regressor"}}, "its kind of model was regressor, this one's is binary_classifier"),
    ],
    ids=["split", "label", "thresholds", "task"],
)
def test_another_question_is_not_judged_and_rejects_nothing(
    contest: Callable[..., Contest], old: dict[str, Any], why: str
) -> None:
    for asked in ("not_worse", "better"):
        answer = contest(old).evaluate(old=GOOD, new=BAD, asked=asked)
        assert answer["gate"]["decision"] == "accepted"
        (reason,) = answer["gate"]["reasons"]
        assert reason.startswith("not compared with the champion: ")
        assert why in reason
        assert answer["champion"]["judged"] is False
        assert "comparison" not in answer["gate"]


def _lose(key: str) -> Callable[[Executions], None]:
    return lambda executions: executions.delete(OLD + key)


def _spoil(key: str, content: bytes) -> Callable[[Executions], None]:
    return lambda executions: executions.put(OLD + key, content)


ARTIFACT = "model/job/output/model.tar.gz"


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (_lose(ARTIFACT), "NoSuchKey"),
        (_lose(keys.PREPARED), "NoSuchKey"),
        (_lose(keys.FEATURE_SPACE), "NoSuchKey"),
        (_lose(keys.TEST), "NoSuchKey"),
        (_spoil(ARTIFACT, b"no model at all"), "expected a .tar.gz or a zip"),
        (_spoil(keys.PREPARED, b"[]"), "expected a JSON object"),
        (_spoil(keys.PREPARED, b"{}"), "its dataset was None"),
        (_spoil(keys.FEATURE_SPACE, b"{"), "expected JSON"),
        (_spoil(keys.TEST, b"1234"), "byte 0"),
    ],
)
def test_a_champion_that_cannot_be_read_is_said_and_no_failure(
    contest: Callable[..., Contest],
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Executions], None],
    why: str,
) -> None:
    meeting = contest()
    uri = meeting.put(OLD, GOOD)
    monkeypatch.setattr(meeting, "put", lambda run, score: uri if run == OLD else Contest.put(meeting, run, score))
    harm(meeting.executions)
    answer = meeting.evaluate(old=GOOD, new=BAD)
    assert answer["gate"]["decision"] == "accepted"
    assert answer["gate"]["reasons"][0].startswith("not compared with the champion: ")
    assert why in answer["gate"]["reasons"][0]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("s3://elsewhere/runs/old/model/job/output/model.tar.gz", "expected an object below s3://"),
        ("s3://{bucket}/models/by-hand.tar.gz", "is not of an execution"),
        (None, "None, expected an object below"),
    ],
)
def test_a_champion_from_elsewhere_is_said(contest: Callable[..., Contest], uri: str | None, why: str) -> None:
    meeting = contest()
    where = uri and uri.format(bucket=meeting.executions.bucket)
    answer = meeting.evaluate(old=GOOD, new=BAD, model_data=where)
    assert answer["gate"]["decision"] == "accepted"
    assert why in answer["gate"]["reasons"][0]


def test_a_grown_dataset_is_compared_on_what_both_held_out(executions: Executions, tmp_path: Path) -> None:
    """More users, more items and more ratings under the same name; who is common is told by both channels alone."""
    rng = np.random.default_rng(3)
    old = {(f"u{user}", f"i{item}") for user in range(1, 30) for item in rng.choice(20, 12, replace=False)}
    new = old | {(f"u{user}", f"i{item}") for user in range(25, 40) for item in rng.choice(30, 12, replace=False)}
    stars = {pair: int(rng.integers(1, 6)) for pair in sorted(new)}
    job = {
        "input": {"format": "csv", "columns": {"user": "user", "item": "item", "rating": "stars"}},
        "split": {"kind": "leave_k_out", "k": 3},
    }
    prepared: dict[str, dict[str, Any]] = {}
    for run, pairs in ((OLD, old), (NEW, new)):
        lines = [f"{user},{item},{stars[user, item]}" for user, item in sorted(pairs)]
        folder = tmp_path / run / "shop"
        folder.mkdir(parents=True)
        (folder / "shop.csv").write_text("\n".join(["user,item,stars", *lines, ""]))
        prepared[run] = executions.prepare(run, folder, job)
    held = {run: set(executions.rows(run)[2]) for run in (OLD, NEW)}
    space = executions.space(OLD)
    known = {pair for pair in held[NEW] if pair[0] in space.users and pair[1] in space.items}
    common = held[NEW] & held[OLD]
    assert 0 < len(common) < len(known) < len(held[NEW]), "each kind of rating should occur"
    meeting = object.__new__(Contest)
    meeting.executions, meeting.prepared, meeting.preparations = executions, prepared, {OLD: job, NEW: job}
    answer = meeting.evaluate(old=GOOD, new=BAD)
    champion = answer["champion"]
    assert (champion["rows"], champion["unknown"]) == (len(common), len(held[NEW]) - len(known))
    assert champion["not_held_out"] == len(known - common)
    assert answer["metrics"]["rows"] == len(held[NEW]), "the model itself is measured on all of them"
    liked = np.mean([stars[pair] >= 4 for pair in common])
    p = 1 / (1 + math.exp(-GOOD))
    assert answer["gate"]["comparison"]["champion"] == pytest.approx(
        -(liked * math.log(p) + (1 - liked) * math.log(1 - p)), rel=1e-5
    )
    assert json.loads(executions.read(f"{NEW}evaluation.json"))["champion"] == champion
