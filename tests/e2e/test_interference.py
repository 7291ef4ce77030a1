"""What others do to the endpoint meanwhile, and requests that SageMaker got although their answers were lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import PREFIX, QUICK, Cloud
from tests.e2e.meeting import await_state, held_back
from tests.e2e.roles import actions, without

pytestmark = pytest.mark.e2e


def test_a_config_that_others_may_go_back_to_is_left(live: Cloud) -> None:
    sagemaker = live.client("sagemaker")
    other = _copy_of_live_config(live, "movie-recommender-dev-other")
    with without(live, "FunctionsVerifyRole", lambda entry: "sagemaker:InvokeEndpoint" in actions(entry)):
        with held_back(live, "verify"):
            arn = live.start(QUICK)
            await_state(live, arn, "Verify Predictions")
            released = live.live_config()
            sagemaker.update_endpoint(EndpointName=PREFIX, EndpointConfigName=other)  # as somebody may by hand
            sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=PREFIX, WaiterConfig={"Delay": 1})
        done = live.finish(arn)
    assert done.status == "FAILED"
    assert f"endpoint is InService on {other}" in done.cause
    assert live.live_config() == other
    kept = live.sagemaker_resources()
    assert released in kept["configs"] & kept["models"]


def test_what_was_created_although_the_answer_was_lost_is_used(live: Cloud) -> None:
    sagemaker = live.client("sagemaker")
    with held_back(live, "evaluate"):
        arn = live.start(QUICK)
        await_state(live, arn, "Evaluate Model")
        job = sagemaker.list_training_jobs(SortBy="CreationTime", SortOrder="Descending")["TrainingJobSummaries"][0]
        trained = sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
        name = job["TrainingJobName"].removesuffix("-0-0")
        live_model = sagemaker.describe_model(ModelName=_live_variants(live)[0]["ModelName"])
        container = {
            "Image": live_model["PrimaryContainer"]["Image"],
            "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
        }
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=live_model["ExecutionRoleArn"], PrimaryContainer=container
        )
        _copy_of_live_config(live, name, model=name)
    done = live.finish(arn)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause
    assert {"Check Whether Model Exists", "Check Whether Endpoint Config Exists"} <= set(done.states)
    assert live.live_config() == name


def _copy_of_live_config(cloud: Cloud, name: str, **changes: str) -> str:
    changed = {f"{key.capitalize()}Name": value for key, value in changes.items()}
    variants = [{**variant, **changed} for variant in _live_variants(cloud)]
    cloud.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    return name


def _live_variants(cloud: Cloud) -> list[dict[str, Any]]:
    described = cloud.client("sagemaker").describe_endpoint_config(EndpointConfigName=cloud.live_config())
    return list(described["ProductionVariants"])
