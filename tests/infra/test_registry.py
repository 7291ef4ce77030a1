"""What the model registry is told of a model: when it was accepted, and when its execution failed after all."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.infra.answers import FETCHED, PREPARED, trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json, resources
from tests.infra.service_model import problems
from tests.infra.test_publication import PACKAGE, RANKING
from tests.infra.walk import EXECUTION, Failed, Walk

REGISTER, REJECT, FAIL = "Register Model", "Reject Package", "Fail Execution"
RELEASE, PUBLISH = "Choose Place", "Write Serving Bundle"
NAME = "movie-recommender-dev"
EVALUATION: dict[str, Any] = {
    "metrics": {"accuracy": 0.7, "cross_entropy": 0.58, "f1": 0.75, "auc": 0.754, "threshold": 0.5},
    "key": "s3://bucket/runs/one/evaluation.json",
    "gate": {"decision": "accepted", "reasons": []},
}
FINGERPRINT = "0" * 64


def _registered(nested: Json, job: Any, *, name: str = "one", ranking: Any = RANKING) -> Walk:
    walk = Walk(nested, {REGISTER: [{"ModelPackageArn": PACKAGE["arn"]}]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EXECUTION, "Name", name)
        walk.go(
            REGISTER,
            until=("Choose Serving",),
            job=job,
            fetched={**FETCHED, "fingerprint": FINGERPRINT},
            prepared={**PREPARED["like"], "synthetic": False, "task": "binary_classifier"},
            training=trained("like"),
            evaluation=EVALUATION,
            ranking=ranking,
            package=None,
        )
    return walk


def test_the_stage_has_a_group(pipeline: Json) -> None:
    (group,) = resources(pipeline, "AWS::SageMaker::ModelPackageGroup").values()
    assert group["ModelPackageGroupName"] == NAME


def test_a_package_says_what_it_is_made_of_what_it_scored_and_who_made_it(nested: Json, pipeline: Json) -> None:
    job = job_of(pipeline)
    walk = _registered(nested, job)
    (asked,) = walk.asked[REGISTER]
    assert problems("CreateModelPackage", asked) == []
    assert (asked["ModelPackageGroupName"], asked["ModelApprovalStatus"]) == (NAME, "Approved")
    (container,) = asked["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == trained("like")["model_data"]
    assert "factorization-machines" in container["Image"]
    assert asked["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == EVALUATION["key"]
    assert asked["MetadataProperties"] == {"GeneratedBy": EXECUTION["Id"]}
    properties = asked["CustomerMetadataProperties"]
    assert re.fullmatch("[0-9a-f]{64}", properties.pop("code"))
    assert properties == {
        "execution": EXECUTION["Id"],
        "version": "one",
        "dataset": "ml-100k",
        "synthetic": "false",
        "data": FINGERPRINT,
        "preset": "blog",
        "approval": "automatic",
        "task": "binary_classifier",
        "training_job": "like",
        "ranking_model": trained("ranking")["model_data"],
        "accuracy": "0.7",
        "cross_entropy": "0.58",
        "f1": "0.75",
        "auc": "0.754",
    }
    assert walk.variables["package"] == PACKAGE


def test_properties_have_only_characters_that_the_registry_takes(nested: Json, pipeline: Json) -> None:
    (asked,) = _registered(nested, job_of(pipeline), name="run(1)!'x'" + "é" * 250, ranking=None).asked[REGISTER]
    assert problems("CreateModelPackage", asked) == []
    properties = asked["CustomerMetadataProperties"]
    assert properties["version"] == "run_1___x_" + "_" * 246
    assert "ranking_model" not in properties


def test_asking_again_makes_no_second_package(nested: Json, pipeline: Json) -> None:
    job = job_of(pipeline)
    tokens = [_registered(nested, job).asked[REGISTER][0]["ClientToken"] for _ in range(2)]
    assert tokens == [job["name"][-36:]] * 2


@pytest.mark.parametrize(("mode", "expected"), [("realtime", RELEASE), ("serverless", RELEASE), ("none", PUBLISH)])
def test_what_is_registered_is_served_as_the_input_says(nested: Json, pipeline: Json, mode: str, expected: str) -> None:
    walk = Walk(nested, {})
    job = job_of(pipeline, deploy={"mode": mode})
    assert walk.go("Choose Serving", until=(RELEASE, PUBLISH), job=job, package=PACKAGE) == expected


def _cleaned_up(nested: Json, *, package: Any, cause: str = "off by 1", answer: Any = None) -> tuple[Walk, Failed]:
    walk = Walk(nested, {REJECT: [answer or {"ModelPackageArn": PACKAGE["arn"]}]})
    with pytest.raises(Failed) as ended:
        walk.go(
            "Clean Up",
            until=(),
            package=package,
            created={"model": None, "config": None, "endpoint": False},
            endpoint={"previous_config": None},
            failure={"state": "Verify Predictions", "error": "PredictionMismatch", "cause": cause},
            polls=0,
        )
    return walk, ended.value


def test_the_package_of_an_execution_that_failed_is_rejected_and_says_why(nested: Json) -> None:
    walk, _ = _cleaned_up(nested, package=PACKAGE, cause="two\nlines " + "x" * 2000)
    (asked,) = walk.asked[REJECT]
    assert problems("UpdateModelPackage", asked) == []
    assert (asked["ModelPackageArn"], asked["ModelApprovalStatus"]) == (PACKAGE["arn"], "Rejected")
    assert asked["ApprovalDescription"].startswith("Verify Predictions: two lines xxx")
    assert walk.variables["package"]["status"] == "Rejected"


def test_one_that_failed_before_it_had_a_package_asks_nothing_of_the_registry(nested: Json) -> None:
    walk, _ = _cleaned_up(nested, package=None)
    assert not walk.asked


def test_a_registry_that_cannot_be_told_is_trouble_on_the_way(nested: Json) -> None:
    _, failed = _cleaned_up(nested, package=PACKAGE, answer=Failed("SageMaker.SageMakerException", "not authorized"))
    assert failed.error == "PredictionMismatch"
    assert failed.cause == "Verify Predictions: off by 1 (clean-up, Reject Package: not authorized)"
