"""A model that waits for its approval, and the execution that an approval starts, by walking through the machine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json, resources
from tests.infra.test_publication import LOST, PACKAGE, PUBLISHED, REMEMBERED, RESULT, WRITTEN
from tests.infra.test_restoration import NAME, RELEASE
from tests.infra.walk import Walk

PENDING = {**PACKAGE, "status": "PendingManualApproval"}
VERIFY, BUNDLE, BATCH, REPORT = "Verify Predictions", "Write Serving Bundle", "Write Batch", "Report Result"
SWITCH, RETIRE, FINISH = "Switch Version", "Retire Old Versions", "Finish Execution"
ENDPOINT = {"name": None, "config": None, "status": None, "previous_config": None, "reason": ""}


def test_an_approval_starts_the_machine_and_a_registration_does_not(pipeline: Json) -> None:
    (rule,) = resources(pipeline, "AWS::Events::Rule").values()
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [NAME],
            "ModelApprovalStatus": ["Approved"],
            "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        },
    }
    (target,) = rule["Targets"]
    assert target["InputTransformer"] == {
        "InputPathsMap": {"package": "$.detail.ModelPackageArn"},
        "InputTemplate": '{"restore": {"package": <package>}}',
    }
    assert target["Arn"].startswith("${RecommenderMachine")
    assert target["RoleArn"].startswith("${ApprovalsRole")


@pytest.mark.parametrize("mode", ["realtime", "serverless", "none"])
def test_a_model_that_waits_is_published_and_reported_and_that_is_all(nested: Json, pipeline: Json, mode: str) -> None:
    job = job_of(pipeline, approval="manual", deploy={"mode": mode}, batch={"n": 5})
    arn, evaluated = PACKAGE["arn"], {**REMEMBERED["evaluation"], "metrics": {}, "key": "s3://bucket/evaluation.json"}
    answers: dict[str, list[Any]] = {
        "Register Model": [{"ModelPackageArn": arn}],
        BUNDLE: [{"Payload": PUBLISHED}],
        REPORT: [{"Payload": RESULT}],
    }
    walk = Walk(nested, answers)
    known = {**REMEMBERED, "evaluation": evaluated, "endpoint": ENDPOINT, "predictions": None, "batch": None}
    end = walk.go("Register Model", until=(FINISH,), job=job, **known, published=None, package=None)
    assert end == FINISH
    assert list(walk.asked) == ["Register Model", BUNDLE, REPORT], "no endpoint, no batch, no switch"
    assert walk.asked["Register Model"][0]["ModelApprovalStatus"] == "PendingManualApproval"
    assert walk.asked[BUNDLE][0]["Payload"]["package"] == arn
    assert walk.asked[REPORT][0]["Payload"]["package"] == PENDING


def _approved(nested: Json, pipeline: Json, *, over: Json | None = None, **given: Any) -> Walk:
    """The execution that an approval starts; `given` is the input of the one that made the version."""
    job = job_of(pipeline, restore={"package": PACKAGE["arn"]})
    original = {**job_of(pipeline, approval="manual", **given), "run": "runs/nightly/", "name": "of-old"}
    serving = {"EndpointName": NAME, "EndpointStatus": "InService", "ProductionVariants": [{"VariantName": "main"}]}
    read = {**REMEMBERED, "job": original, "endpoint": None, "version": "nightly", "package": PACKAGE["arn"]}
    answers = {
        "Validate Input": [{"Payload": job}],
        "Take Turn": [{}],
        "Read Version": [{"Payload": read}],
        "Describe Scaling": [{"ScalableTargets": []}],
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": [{**serving, "EndpointConfigName": "before"}],
        "Update Endpoint": [{}],
        "Update Expiry": [{}],
        "Describe Release": [{**serving, "EndpointConfigName": job["name"]}],
        VERIFY: [{"Payload": {"rows": 3}}],
        BATCH: [{"Payload": WRITTEN}],
        REPORT: [{"Payload": RESULT}],
        SWITCH: [{"Version": 3}],
        RETIRE: [{"Payload": {}}],
        **(over or {}),
    }
    walk = Walk(nested, answers)
    walk.go("Begin Execution", until=(FINISH, CLEAN_UP))
    return walk


def test_an_approved_model_is_released_verified_reported_and_switched_to(nested: Json, pipeline: Json) -> None:
    walk = _approved(nested, pipeline)
    read = ["Validate Input", "Take Turn", "Read Version"]
    assert list(walk.asked) == [*read, *RELEASE, VERIFY, REPORT, SWITCH, RETIRE]
    read_payload = walk.asked["Read Version"][0]["Payload"]
    assert read_payload.items() >= {"version": None, "package": PACKAGE["arn"]}.items()
    verified, reported = walk.asked[VERIFY][0]["Payload"], walk.asked[REPORT][0]["Payload"]
    assert verified["run"] == reported["job"]["run"] == "runs/nightly/", "it goes on where its execution ended"
    assert verified["preparation"] == walk.variables["job"]["preparation"]
    assert reported["package"] == PACKAGE
    assert walk.asked[SWITCH][0]["Value"] == "nightly"
    (config,) = walk.asked["Create Endpoint Config"]
    assert config["EndpointConfigName"] == walk.variables["job"]["name"] != "of-old"
    assert walk.variables["result"] == RESULT


def test_its_batch_is_written_now(nested: Json, pipeline: Json) -> None:
    (asked,) = _approved(nested, pipeline, batch={"n": 5}).asked[BATCH]
    expected = {"version": "nightly", "run": "runs/nightly/", "n": 5, "exclude_seen": True}
    assert asked["Payload"].items() >= expected.items()


def test_without_an_endpoint_it_is_switched_to(nested: Json, pipeline: Json) -> None:
    walk = _approved(nested, pipeline, deploy={"mode": "none"})
    assert list(walk.asked)[3:] == [REPORT, SWITCH, RETIRE]
    assert walk.asked[REPORT][0]["Payload"]["predictions"] is None


@pytest.mark.parametrize("state", ["Create Endpoint Config", VERIFY, REPORT, SWITCH])
def test_a_failure_is_cleaned_up_after_with_the_package(nested: Json, pipeline: Json, state: str) -> None:
    walk = _approved(nested, pipeline, over={state: [LOST]})
    assert walk.variables["failure"]["state"] == state
    assert walk.variables["package"] == PACKAGE, "the clean-up rejects it"
