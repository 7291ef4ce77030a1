"""What the endpoint becomes: on instances or serverless, updated or replaced, and as it was after a failure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.test_tags import TAGS
from tests.infra.walk import Failed, Walk

BEGIN, DONE = "Begin Release", "Finish Release"
NAME, BEFORE = "movie-recommender-dev", "before"
SERVERLESS = {"VariantName": "main", "CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
INSTANCES = {"VariantName": "main", "CurrentInstanceCount": 1}
MISSING = Failed("SageMaker.SageMakerException", "Could not find endpoint (Service: SageMaker, Status Code: 400)")
NOTHING: dict[str, Any] = {
    "created": {"model": None, "config": None, "endpoint": False},
    "endpoint": {"name": None, "config": None, "status": None, "previous_config": None, "reason": ""},
    "polls": 0,
    "live": None,
    "package": {"arn": "arn:package", "status": "Approved"},
    "released": None,
    "scaling": {"is_registered": False, "is_touched": False, "before": None},
}


def _endpoint(config: str, variant: Json, status: str = "InService") -> Json:
    return {
        "EndpointName": NAME,
        "EndpointConfigName": config,
        "EndpointStatus": status,
        "ProductionVariants": [variant],
    }


def _released(nested: Json, job: Any, *, found: list[Any], variant: Json, **over: Any) -> Walk:
    answers = {
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": found,
        "Create Endpoint": [{}],
        "Update Endpoint": [{}],
        "Replace Endpoint": [{}],
        "Describe Release": [_endpoint(job["name"], variant)],
        **over,
    }
    walk = Walk(nested, answers)
    walk.go(BEGIN, until=(DONE, "Fail Execution"), job=job, training=trained("like"), **NOTHING)
    return walk


def _ways(walk: Walk) -> list[str]:
    """What the endpoint went through."""
    return [name for name in walk.asked if name in ("Create Endpoint", "Update Endpoint", "Replace Endpoint")]


@pytest.mark.parametrize(
    ("deploy", "expected"),
    [
        ({}, {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}),
        (
            {"instance_type": "ml.c5.large", "instance_count": 3},
            {"InstanceType": "ml.c5.large", "InitialInstanceCount": 3},
        ),
        ({"mode": "serverless"}, {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}),
        (
            {"mode": "serverless", "serverless": {"memory_mb": 6144, "max_concurrency": 200}},
            {"ServerlessConfig": {"MemorySizeInMB": 6144, "MaxConcurrency": 200}},
        ),
    ],
    ids=["blog", "more instances", "serverless", "more serverless"],
)
def test_a_variant_has_instances_or_is_serverless(nested: Json, pipeline: Json, deploy: Any, expected: Json) -> None:
    walk = _released(nested, job_of(pipeline, deploy=deploy), found=[MISSING], variant=INSTANCES)
    (config,) = walk.asked["Create Endpoint Config"]
    assert config["ProductionVariants"] == [
        {"VariantName": "main", "ModelName": walk.variables["job"]["name"], **expected}
    ]
    assert problems("CreateEndpointConfig", config) == []


@pytest.mark.parametrize("mode", ["realtime", "serverless"])
def test_an_endpoint_of_the_same_kind_is_updated(nested: Json, pipeline: Json, mode: str) -> None:
    variant = SERVERLESS if mode == "serverless" else INSTANCES
    walk = _released(
        nested, job_of(pipeline, deploy={"mode": mode}), found=[_endpoint(BEFORE, variant)], variant=variant
    )
    assert _ways(walk) == ["Update Endpoint"]
    assert walk.variables["created"]["endpoint"] is False
    assert walk.variables["endpoint"]["previous_config"] == BEFORE


@pytest.mark.parametrize(
    ("mode", "was", "becomes"), [("realtime", SERVERLESS, INSTANCES), ("serverless", INSTANCES, SERVERLESS)]
)
def test_an_endpoint_of_the_other_kind_is_replaced(
    nested: Json, pipeline: Json, mode: str, was: Json, becomes: Json
) -> None:
    found = [_endpoint(BEFORE, was), _endpoint(BEFORE, was, "Deleting"), MISSING]
    walk = _released(nested, job_of(pipeline, deploy={"mode": mode}), found=found, variant=becomes)
    assert _ways(walk) == ["Replace Endpoint", "Create Endpoint"]
    assert walk.asked["Replace Endpoint"] == [{"EndpointName": NAME}]
    assert walk.variables["created"]["endpoint"] is True
    assert walk.variables["endpoint"]["config"] == walk.variables["job"]["name"]


def _cleaned_up(nested: Json, *, inspected: list[Any], created: Json, **over: Any) -> Walk:
    answers = {
        "Inspect Endpoint": inspected,
        "Delete New Endpoint": [{}],
        "Recreate Endpoint": [{}],
        "Restore Endpoint": [{}],
        "Describe Rollback": [_endpoint(BEFORE, INSTANCES)],
        "Delete New Endpoint Config": [{}],
        "Delete New Model": [{}],
        **over,
    }
    walk = Walk(nested, answers)
    walk.go(
        "Clean Up",
        until=("Fail Execution",),
        created={"model": "new", "config": "new", **created},
        endpoint={**NOTHING["endpoint"], "name": NAME, "previous_config": BEFORE},
        failure={"state": "Verify Predictions", "error": "PredictionMismatch", "cause": "off by 1"},
        polls=0,
        scaling=NOTHING["scaling"],
    )
    return walk


def _undone(walk: Walk) -> list[str]:
    return [name for name in walk.asked if name not in ("Inspect Endpoint", "Describe Rollback")]


def test_a_replaced_endpoint_is_created_as_it_was(nested: Json) -> None:
    inspected = [_endpoint("new", SERVERLESS), _endpoint("new", SERVERLESS, "Deleting"), MISSING]
    walk = _cleaned_up(nested, inspected=inspected, created={"endpoint": True})
    assert _undone(walk) == [
        "Delete New Endpoint",
        "Recreate Endpoint",
        "Delete New Endpoint Config",
        "Delete New Model",
    ]
    assert walk.asked["Recreate Endpoint"] == [{"EndpointName": NAME, "EndpointConfigName": BEFORE, "Tags": TAGS}]
    assert walk.variables["failure"]["cause"] == "off by 1"


def test_so_it_is_where_the_new_one_was_never_created(nested: Json) -> None:
    walk = _cleaned_up(
        nested, inspected=[_endpoint(BEFORE, INSTANCES, "Deleting"), MISSING], created={"endpoint": True}
    )
    assert _undone(walk) == ["Recreate Endpoint", "Delete New Endpoint Config", "Delete New Model"]


def test_an_endpoint_that_was_not_replaced_after_all_is_left_alone(nested: Json) -> None:
    """The request to delete it was refused."""
    walk = _cleaned_up(nested, inspected=[_endpoint(BEFORE, INSTANCES)], created={"endpoint": True})
    assert _undone(walk) == ["Delete New Endpoint Config", "Delete New Model"]


def test_an_updated_endpoint_that_somebody_deleted_stays_deleted(nested: Json) -> None:
    walk = _cleaned_up(nested, inspected=[MISSING], created={"endpoint": False})
    assert _undone(walk) == ["Delete New Endpoint Config", "Delete New Model"]


def test_one_that_cannot_be_created_again_is_told_of(nested: Json) -> None:
    refused = Failed("SageMaker.ResourceLimitExceededException", "no instance left")
    walk = _cleaned_up(nested, inspected=[MISSING], created={"endpoint": True}, **{"Recreate Endpoint": [refused]})
    assert walk.variables["failure"] == {
        "state": "Verify Predictions",
        "error": "PredictionMismatch",
        "cause": "off by 1 (clean-up, Recreate Endpoint: no instance left)",
    }
