"""From two artifacts to the page: each step gets what the one before it wrote and remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lambdas.evaluate
import lambdas.rank
import lambdas.report
import lambdas.verify
from fm.model import FactorizationMachine
from tests.lambdas import small
from tests.lambdas.executions import Executions, constant, drawn
from tests.lambdas.pages import Page
from tests.lambdas.remembered import RUN, remembered

OLD, RANKING = "runs/old/", f"{RUN}ranking/"
SPLIT = {"kind": "given", "name": "ua"}
GATE = {"beat_baseline": True, "champion": "not_worse", "beat_popularity": True}
PLOTS = {"roc", "calibration", "frequency"}


@pytest.mark.parametrize(
    ("task", "plots"), [("binary_classifier", PLOTS), ("ordinal", PLOTS), ("regressor", {"frequency"})]
)
def test_the_page_draws_what_was_found(
    executions: Executions,
    tiny_sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    task: str,
    plots: set[str],
) -> None:
    job = {"split": SPLIT, "label": {"task": task, "liked_at_least": 4}}
    prepared = executions.prepare(RUN, tiny_sample, job)
    kind = executions.prepare(OLD, tiny_sample, job)["predictor_type"]
    of_ranking = executions.prepare(RANKING, tiny_sample, {"split": SPLIT, "label": {"task": "ranking"}})
    model = drawn(prepared["feature_dim"], scale=1, kind=kind)
    uri = executions.put_model(RUN, model)
    ranking_uri = executions.put_model(RANKING, drawn(of_ranking["feature_dim"]))
    live = executions.put_model(
        OLD, constant(prepared["feature_dim"], 0.1 if kind == "binary_classifier" else 3.5, kind=kind)
    )
    monkeypatch.setattr(lambdas.verify, "Endpoint", _endpoint(model))
    common = {"run": RUN, "preparation": job, "prepared": prepared, "gate": GATE}
    evaluation = lambdas.evaluate.handler({**common, **_beside(live), "model_data": uri}, None)
    ranked = lambdas.rank.handler({**common, "ranking_run": RANKING, "model_data": ranking_uri}, None)
    ranking = {"prepared": of_ranking, "training": {**remembered()["training"], "model_data": ranking_uri}}
    predictions = lambdas.verify.handler(
        {
            "run": RUN,
            "model_data": uri,
            "endpoint": "live",
            "variant": "blue",
            "shards": prepared["shards"],
            "preparation": job,
            "ranking": {"run": RANKING, "model_data": ranking_uri},
        },
        None,
    )
    event = {**remembered(), "job": {"run": RUN, "label": job["label"]}, "prepared": prepared}
    event |= {"evaluation": evaluation, "ranking": ranking, "ranked": ranked, "predictions": predictions}
    result = lambdas.report.handler(event, None)
    page = Page(executions.read(f"{RUN}report.html").decode())
    assert plots <= set(page.ids)
    for gate in (evaluation["gate"], ranked["gate"]):
        assert gate["decision"] == "rejected", "drawn models are good for nothing"
        assert gate["reasons"][0] in page.text
    assert "of the challenger against" in evaluation["gate"]["reasons"][-1]
    assert result["decision"] == "rejected"
    assert result["ranking"]["popularity"]["metrics"] == ranked["popularity"]["metrics"]
    json.dumps(result, allow_nan=False)


def _beside(live: str) -> dict[str, Any]:
    """What is evaluated beside a live model, at .5."""
    champion = {"config": "config-1", "status": "InService", "model": "model-1", "model_data": live}
    return {"reported": [], "threshold": {"measure": "fixed", "value": 0.5}, "champion": champion}


def _endpoint(model: FactorizationMachine) -> type:
    class Endpoint:
        def __init__(self, name: str, *, variant: str) -> None:
            pass

        def invoke(self, body: bytes, *, content_type: str) -> bytes:
            return small.endpoint(model)(body)

    return Endpoint
