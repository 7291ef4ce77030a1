"""An earlier version made the live one again, by walking through the machine from its start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import trained
from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json
from tests.infra.test_publication import LOST, REMEMBERED
from tests.infra.walk import SENT, Walk

START, TURN = "Begin Execution", "Take Turn"
READ, SWITCH, FINISH = "Read Version", "Switch Version", "Finish Restoration"
RELEASE = (
    "Describe Scaling",
    "Create Model",
    "Create Endpoint Config",
    "Find Endpoint",
    "Update Endpoint",
    "Describe Release",
    "Update Expiry",
)
NAME = "movie-recommender-dev"
BUCKET = "s3://${import movie-recommender-dev-bucket}"
ORIGINAL_JOB: dict[str, Any] = {
    "run": "runs/nightly/",
    "deploy": {
        "mode": "realtime",
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        "serverless": {"memory_mb": 2048, "max_concurrency": 5},
    },
}


def _walked(
    nested: Json, pipeline: Json, *, deploy: Json | None = None, was: str = "realtime", over: Json | None = None
) -> Walk:
    given = {"restore": {"version": "nightly"}, **({"deploy": deploy} if deploy else {})}
    job = job_of(pipeline, **given)
    original = {**ORIGINAL_JOB, "deploy": {**ORIGINAL_JOB["deploy"], "mode": was}}
    serving = {"EndpointName": NAME, "EndpointStatus": "InService", "ProductionVariants": [{"VariantName": "main"}]}
    answers = {
        "Validate Input": [{"Payload": job}],
        TURN: [{}],
        READ: [{"Payload": {**REMEMBERED, "job": original, "endpoint": None, "version": "nightly", "package": "arn"}}],
        "Describe Scaling": [{"ScalableTargets": []}],
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": [{**serving, "EndpointConfigName": "before"}],
        "Update Endpoint": [{}],
        "Update Expiry": [{}],
        "Delete Expiry": [{}],
        "Describe Release": [{**serving, "EndpointConfigName": job["name"]}],
        SWITCH: [{"Version": 3}],
        **(over or {}),
    }
    walk = Walk(nested, answers)
    walk.go(START, until=(FINISH, CLEAN_UP, "Fetch Ratings"))
    return walk


def test_its_model_is_released_and_then_it_is_switched_to(nested: Json, pipeline: Json) -> None:
    walk = _walked(nested, pipeline)
    assert list(walk.asked) == ["Validate Input", TURN, READ, *RELEASE, SWITCH]
    assert walk.asked[READ][0]["Payload"] == {"version": "nightly", "package": None, "mode": None, **SENT}
    assert walk.variables["package"] is None, "whatever comes of it, the package stays approved"
    job = walk.variables["job"]
    (model,), (config,) = walk.asked["Create Model"], walk.asked["Create Endpoint Config"]
    assert model["PrimaryContainer"]["ModelDataUrl"] == trained("like")["model_data"]
    assert model["ModelName"] == config["EndpointConfigName"] == job["name"], "new ones: those of old may be gone"
    (variant,) = config["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.large", 2), "as it was deployed"
    assert walk.asked[SWITCH][0]["Value"] == "nightly"


def test_it_is_released_at_once_whatever_the_alarms_say(nested: Json, pipeline: Json) -> None:
    """Also where the version was released otherwise, and where it is from before there were releases."""
    walk = _walked(nested, pipeline)
    (update,) = walk.asked["Update Endpoint"]
    assert update["DeploymentConfig"] == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            "TerminationWaitInSeconds": 0,
        }
    }


def test_what_the_input_says_of_the_endpoint_comes_first(nested: Json, pipeline: Json) -> None:
    walk = _walked(nested, pipeline, deploy={"instance_count": 1})
    (variant,) = walk.asked["Create Endpoint Config"][0]["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.large", 1)


@pytest.mark.parametrize(
    ("was", "asked", "is_released"),
    [("realtime", None, True), ("none", None, False), ("realtime", "none", False), ("none", "realtime", True)],
)
def test_the_endpoint_is_touched_as_the_version_did_or_the_input_says(
    nested: Json, pipeline: Json, was: str, asked: str | None, is_released: bool
) -> None:
    walk = _walked(nested, pipeline, was=was, deploy={"mode": asked} if asked else None)
    assert (set(RELEASE) <= walk.asked.keys()) is is_released
    assert bool(set(RELEASE) & walk.asked.keys()) is is_released
    assert SWITCH in walk.asked


def test_its_output_says_what_is_live(nested: Json, pipeline: Json) -> None:
    walk = _walked(nested, pipeline)
    expires = walk.variables["endpoint"]["expires"]
    assert expires
    assert walk.output(FINISH) == {
        "decision": "restored",
        "version": "nightly",
        "endpoint": {
            "name": NAME,
            "config": walk.variables["job"]["name"],
            "status": "InService",
            "expires": expires,
        },
        "artifacts": {"bundle": f"{BUCKET}/models/nightly/", "report": f"{BUCKET}/runs/nightly/report.html"},
    }
    assert _walked(nested, pipeline, deploy={"mode": "none"}).output(FINISH)["endpoint"] is None


@pytest.mark.parametrize("state", [READ, "Create Endpoint Config", SWITCH])
def test_a_failure_is_cleaned_up_after(nested: Json, pipeline: Json, state: str) -> None:
    walk = _walked(nested, pipeline, over={state: [LOST]})
    assert walk.variables["failure"]["state"] == state
    assert walk.variables["created"]["model"] == (None if state == READ else walk.variables["job"]["name"])


def test_an_execution_that_trains_reads_no_version(nested: Json, pipeline: Json) -> None:
    walk = Walk(nested, {"Validate Input": [{"Payload": job_of(pipeline)}], TURN: [{}]})
    assert walk.go(START, until=(READ, "Fetch Ratings")) == "Fetch Ratings"
