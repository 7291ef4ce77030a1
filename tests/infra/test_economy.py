"""Trainings on spare instances, and trainings that get no instances at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.answers import FETCHED, of_branches, training
from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.walk import Failed, Walk

BOTH, EVALUATION = "Prepare and Train", "Begin Evaluation"
REASON = "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance"
NO_CAPACITY = Failed("States.TaskFailed", json.dumps({"TrainingJobName": "lost", "FailureReason": REASON}))
WAITED = Failed(
    "States.TaskFailed",
    json.dumps({"TrainingJobName": "lost", "TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxWaitTimeExceeded"}),
)
NO_QUOTA = Failed("SageMaker.ResourceLimitExceededException", "The account-level service limit is 0 Instances")
STATES = {"": "Train Model", "Ranking ": "Train Ranking Model"}


def _walked(nested: Json, pipeline: Json, *, answers: Json | None = None, **given: Any) -> tuple[Walk, str]:
    walk = Walk(nested, of_branches(**(answers or {})))
    job = job_of(pipeline, training=given)
    return walk, walk.go(BOTH, until=(EVALUATION, CLEAN_UP), job=job, fetched=FETCHED, created={}, endpoint={})


def _trained(walk: Walk, word: str) -> Any:
    return walk.variables["ranking"]["training"] if word else walk.variables["training"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"MaxRuntimeInSeconds": 3600}),
        ({"spot": True}, {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}),
        (
            {"spot": True, "max_runtime_s": 600, "max_wait_s": 900},
            {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
        ),
    ],
)
@pytest.mark.parametrize("word", STATES)
def test_both_models_are_trained_on_the_instances_that_the_input_wants(
    nested: Json, pipeline: Json, word: str, given: Json, expected: Json
) -> None:
    walk, _ = _walked(nested, pipeline, **given)
    (asked,) = walk.asked[STATES[word]]
    assert problems("CreateTrainingJob", asked) == []
    assert asked["EnableManagedSpotTraining"] is bool(given)
    assert asked["StoppingCondition"] == expected
    assert (_trained(walk, word)["spot"], _trained(walk, word)["attempts"]) == (bool(given), [])


@pytest.mark.parametrize("lost", [NO_CAPACITY, WAITED, NO_QUOTA], ids=["capacity", "waited", "quota"])
@pytest.mark.parametrize("word", STATES)
def test_without_spare_instances_others_train_at_once(nested: Json, pipeline: Json, word: str, lost: Failed) -> None:
    state = STATES[word]
    walk, end = _walked(
        nested, pipeline, answers={state: [lost, {**training("second"), "BillableTimeInSeconds": 60}]}, spot=True
    )
    assert end == EVALUATION
    first, second = walk.asked[state]
    assert first["TrainingJobName"].endswith("-0-0")
    assert second["TrainingJobName"] == first["TrainingJobName"].removesuffix("-0-0") + "-0-10"
    assert [asked["EnableManagedSpotTraining"] for asked in (first, second)] == [True, False]
    assert "MaxWaitTimeInSeconds" not in second["StoppingCondition"]
    trained = _trained(walk, word)
    assert (trained["job"], trained["spot"], trained["billable_seconds"]) == ("second", False, 60)
    (attempt,) = trained["attempts"]
    assert attempt["spot"] is True
    assert attempt["reason"] in (REASON, WAITED.cause, NO_QUOTA.cause)
    assert f"Wait for {word}Capacity" not in walk.visited


def test_without_any_instances_it_is_tried_again_a_few_times(nested: Json, pipeline: Json) -> None:
    walk, end = _walked(nested, pipeline, answers={"Train Model": [NO_CAPACITY] * 4}, spot=True)
    assert end == CLEAN_UP
    names = [asked["TrainingJobName"].rpartition("-")[2] for asked in walk.asked["Train Model"]]
    assert names == ["0", "10", "20", "30"]
    assert walk.visited.count("Wait for Capacity") == 2
    assert walk.variables["failure"] == {"state": "Train Model", "error": "States.TaskFailed", "cause": REASON}


def test_what_is_wrong_with_the_job_is_not_tried_again(nested: Json, pipeline: Json) -> None:
    wrong = Failed("States.TaskFailed", '{"FailureReason": "ClientError: no rows"}')
    walk, end = _walked(nested, pipeline, answers={"Train Model": [wrong]}, spot=True)
    assert (end, len(walk.asked["Train Model"])) == (CLEAN_UP, 1)
    assert walk.variables["failure"]["cause"] == "ClientError: no rows"
