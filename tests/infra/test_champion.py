"""Looking for the live model: found, missing, not to be asked, or the answer lost, by walking through it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json
from tests.infra.walk import Failed, Walk

BEGIN, EVALUATE, NONE = "Begin Evaluation", "Evaluate Model", "Go without Champion"
ENDPOINT, CONFIG, MODEL = (f"Describe Champion {what}" for what in ("Endpoint", "Config", "Model"))
ARTIFACT = "s3://bucket/runs/before/model/before/output/model.tar.gz"
FOUND: dict[str, Any] = {
    ENDPOINT: {"EndpointName": "movie-recommender-dev", "EndpointConfigName": "config", "EndpointStatus": "InService"},
    CONFIG: {"EndpointConfigName": "config", "ProductionVariants": [{"VariantName": "main", "ModelName": "model"}]},
    MODEL: {"ModelName": "model", "PrimaryContainer": {"Image": "image", "ModelDataUrl": ARTIFACT}},
}
CHAMPION = {"config": "config", "status": "InService", "model": "model", "model_data": ARTIFACT}
LIVE = {"InService", "Updating", "SystemUpdating", "RollingBack"}
STATUSES = get_session().get_service_model("sagemaker").shape_for("EndpointStatus").enum
SERVICE = "Service: SageMaker, Status Code:"
MISSING = Failed("SageMaker.SageMakerException", f'Could not find model "arn:aws:sagemaker:x" ({SERVICE} 400)')
DENIED = Failed("SageMaker.SageMakerException", f"User: arn is not authorized to perform: x ({SERVICE} 400)")
LOST = {
    "throttled": Failed("SageMaker.SageMakerException", f"Rate exceeded ({SERVICE} 400)"),
    "overloaded": Failed("SageMaker.SageMakerException", f"Internal failure ({SERVICE} 503)"),
    "timed out": Failed("States.Timeout"),
    "no answer": Failed("SageMaker.SdkClientException", "Unable to execute HTTP request: Read timed out"),
}


def _walked(nested: Json, job: Any, **over: list[Any]) -> tuple[Walk, str]:
    walk = Walk(nested, {**{state: [answer] for state, answer in FOUND.items()}, **over})
    return walk, walk.go(BEGIN, until=(EVALUATE, CLEAN_UP), job=job)


@pytest.fixture(scope="module")
def job(pipeline: Json) -> Any:
    return job_of(pipeline)


def test_a_live_model_is_found_by_what_the_endpoint_serves(nested: Json, job: Any) -> None:
    walk, end = _walked(nested, job)
    assert end == EVALUATE
    assert walk.variables == {"job": job, "champion": CHAMPION, "polls": 0}
    assert walk.asked == {
        ENDPOINT: [{"EndpointName": "movie-recommender-dev"}],
        CONFIG: [{"EndpointConfigName": "config"}],
        MODEL: [{"ModelName": "model"}],
    }


@pytest.mark.parametrize("status", STATUSES)
def test_an_endpoint_has_a_champion_while_it_serves(nested: Json, job: Any, status: str) -> None:
    walk, end = _walked(nested, job, **{ENDPOINT: [{**FOUND[ENDPOINT], "EndpointStatus": status}]})
    assert end == EVALUATE
    assert walk.variables["champion"] == ({**CHAMPION, "status": status} if status in LIVE else None)
    assert (CONFIG in walk.asked) is (status in LIVE)


def test_every_live_status_is_one_of_the_services() -> None:
    assert set(STATUSES) > LIVE


def test_nothing_is_asked_where_the_gate_ignores_the_champion(nested: Json, pipeline: Json) -> None:
    walk, end = _walked(nested, job_of(pipeline, gate={"champion": "ignore"}))
    assert end == EVALUATE
    assert walk.variables["champion"] is None
    assert walk.asked == {}


@pytest.mark.parametrize("state", FOUND)
def test_what_is_missing_is_no_champion(nested: Json, job: Any, state: str) -> None:
    """A first deployment has no endpoint; a config or a model may be deleted while the endpoint serves it."""
    walk, end = _walked(nested, job, **{state: [MISSING]})
    assert end == EVALUATE
    assert walk.variables["champion"] is None
    assert walk.visited[-1] == NONE


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("state", FOUND)
def test_a_lost_answer_is_asked_for_again(nested: Json, job: Any, state: str, lost: Failed) -> None:
    walk, end = _walked(nested, job, **{state: [lost, lost, lost, FOUND[state]]})
    assert end == EVALUATE
    assert walk.variables["champion"] == CHAMPION
    assert len(walk.asked[state]) == 4
    assert len([name for name in walk.visited if name.startswith("Wait")]) == 3


@pytest.mark.parametrize("state", FOUND)
def test_answers_lost_for_ever_fail(nested: Json, job: Any, state: str) -> None:
    walk, end = _walked(nested, job, **{state: [LOST["throttled"]] * 50})
    assert end == CLEAN_UP
    assert walk.variables["failure"]["state"] == state
    assert 3 <= len(walk.asked[state]) <= 10


def test_all_questions_share_one_number_of_polls(nested: Json, job: Any) -> None:
    over = {state: [LOST["throttled"]] * 3 + [FOUND[state]] for state in FOUND}
    walk, end = _walked(nested, job, **over)
    assert end == CLEAN_UP
    assert walk.variables["failure"]["state"] == MODEL
    assert sum(map(len, walk.asked.values())) <= 12


@pytest.mark.parametrize("state", FOUND)
def test_a_denial_fails_at_once(nested: Json, job: Any, state: str) -> None:
    """Going on without a champion would let any model pass."""
    walk, end = _walked(nested, job, **{state: [DENIED]})
    assert end == CLEAN_UP
    assert walk.variables["failure"] == {"state": state, "error": DENIED.error, "cause": DENIED.cause}
    assert len(walk.asked[state]) == 1


@pytest.mark.parametrize("state", FOUND)
def test_nothing_is_retried_behind_its_back(machine: Json, state: str) -> None:
    """SageMaker says "not found" and "slow down" by one error name: a retry would delay each first deployment."""
    assert "Retry" not in machine["States"][state]
