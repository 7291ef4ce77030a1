"""How long an endpoint lives: as the input says, else as the stage does, and what an execution does about it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.infra.jobs import job_of
from tests.infra.machine import definition
from tests.infra.rendering import Json, resources
from tests.infra.synthesis import Assembly
from tests.infra.walk import Failed, Walk

BEGIN, DONE = "Begin Limit", "Finish Limit"
NAMED = {"GroupName": "movie-recommender-dev", "Name": "endpoint-expiry"}
MISSING = Failed("Scheduler.ResourceNotFoundException", "Schedule endpoint-expiry does not exist.")


def _limited(nested: Json, job: Any, **answers: Any) -> Walk:
    every: dict[str, list[Any]] = {"Update Expiry": [{}], "Create Expiry": [{}], "Delete Expiry": [{}]}
    walk = Walk(nested, {**every, **answers})
    assert walk.go(BEGIN, until=(DONE, "Fail Execution"), job=job, endpoint={"name": "e"}) == DONE
    return walk


def _hours(walk: Walk, began: float) -> float:
    """From the beginning to the moment that the schedule says."""
    ((asked, *_), *_) = walk.asked.values()
    moment = datetime.strptime(asked["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
    assert walk.variables["endpoint"]["expires"] == f"{moment:%Y-%m-%dT%H:%M:%S}"
    return (moment.timestamp() - began) / 3600


@pytest.mark.parametrize(
    ("deploy", "hours"),
    [({}, 8), ({"ttl_hours": 1.5}, 1.5), ({"mode": "serverless", "ttl_hours": 2}, 2)],
    ids=["the stage's", "the input's", "serverless"],
)
def test_a_release_moves_the_end(nested: Json, pipeline: Json, deploy: Any, hours: float) -> None:
    began = time.time()
    walk = _limited(nested, job_of(pipeline, deploy=deploy))
    assert list(walk.asked) == ["Update Expiry"]
    assert _hours(walk, began) == pytest.approx(hours, abs=0.01)
    (asked,) = walk.asked["Update Expiry"]
    assert asked.items() >= {**NAMED, "ActionAfterCompletion": "DELETE"}.items()
    assert asked["Target"]["Arn"].startswith("${ExpiryFunction")


def test_the_first_release_sets_it(nested: Json, pipeline: Json) -> None:
    walk = _limited(nested, job_of(pipeline, deploy={}), **{"Update Expiry": [MISSING]})
    assert walk.asked["Create Expiry"] == walk.asked["Update Expiry"]


@pytest.mark.parametrize("deploy", [{"ttl_hours": None}, {"mode": "serverless"}], ids=["never", "serverless"])
@pytest.mark.parametrize("answer", [{}, MISSING], ids=["there", "missing"])
def test_without_an_end_there_is_no_schedule(nested: Json, pipeline: Json, deploy: Any, answer: Any) -> None:
    walk = _limited(nested, job_of(pipeline, deploy=deploy), **{"Delete Expiry": [answer]})
    assert walk.asked == {"Delete Expiry": [NAMED]}
    assert walk.variables["endpoint"]["expires"] is None


def test_in_prod_endpoints_stay(prod: Assembly) -> None:
    template = prod.template("Pipeline")
    walk = _limited(definition(template), job_of(template, deploy={}))
    assert list(walk.asked) == ["Delete Expiry"]


def test_the_schedules_are_in_a_group_that_goes_with_the_stack(pipeline: Json) -> None:
    (group,) = resources(pipeline, "AWS::Scheduler::ScheduleGroup").values()
    assert group["Name"] == NAMED["GroupName"]
