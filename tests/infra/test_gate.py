"""Which models may serve, by walking through the evaluation and the gate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import PREPARED, trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json
from tests.infra.walk import SENT, Walk

EVALUATE, RANK, GATE = "Evaluate Model", "Evaluate Ranking", "Pass the Gate"
REGISTER, REPORT = "Register Model", "Report Result"
RANKING = {"prepared": PREPARED["ranking"], "training": trained("ranking")}


def _walked(
    nested: Json, pipeline: Json, *, like: str, ranking: str | None, mode: str = "realtime"
) -> tuple[Walk, str]:
    """ranking: the decision on that model, None where there is none."""
    answers = {EVALUATE: [{"Payload": _decided(like)}], RANK: [{"Payload": _decided(str(ranking))}]}
    models = ["like"] if ranking is None else ["like", "ranking"]
    walk = Walk(nested, answers)
    end = walk.go(
        EVALUATE,
        until=(REGISTER, REPORT),
        job=job_of(pipeline, models=models, deploy={"mode": mode}),
        prepared=PREPARED["like"],
        training=trained("like"),
        ranking=None if ranking is None else RANKING,
        ranked=None,
        champion={"config": "config"},
    )
    return walk, end


def _decided(decision: str) -> Any:
    return {"gate": {"decision": decision, "reasons": []}}


@pytest.mark.parametrize("mode", ["realtime", "serverless", "none"])
@pytest.mark.parametrize("like", ["accepted", "rejected"])
@pytest.mark.parametrize("ranking", ["accepted", "rejected", None])
def test_only_what_both_gates_accept_is_registered(
    nested: Json, pipeline: Json, like: str, ranking: str | None, mode: str
) -> None:
    walk, end = _walked(nested, pipeline, like=like, ranking=ranking, mode=mode)
    is_accepted = like == "accepted" and ranking != "rejected"
    assert end == (REGISTER if is_accepted else REPORT)
    assert walk.visited[-1] == GATE
    assert walk.variables["evaluation"] == _decided(like)
    assert walk.variables["ranked"] == (None if ranking is None else _decided(ranking))
    assert "failure" not in walk.variables, "a rejected model ends the execution well"


def test_no_decision_is_no_acceptance(nested: Json, pipeline: Json) -> None:
    _, end = _walked(nested, pipeline, like="unheard of", ranking="accepted")
    assert end == REPORT


def test_the_evaluations_are_told_of_both_models(nested: Json, pipeline: Json) -> None:
    walk, _ = _walked(nested, pipeline, like="accepted", ranking="accepted")
    job = walk.variables["job"]
    (like,), (ranking,) = walk.asked[EVALUATE], walk.asked[RANK]
    both = {"run": job["run"], "preparation": job["preparation"], "prepared": PREPARED["like"], "gate": job["gate"]}
    both |= SENT
    assert like["Payload"] == {
        **both,
        "model_data": trained("like")["model_data"],
        "reported": trained("like")["metrics"],
        "threshold": job["threshold"],
        "champion": {"config": "config"},
    }
    assert ranking["Payload"] == {
        **both,
        "model_data": trained("ranking")["model_data"],
        "ranking_run": job["ranking"]["run"],
    }
