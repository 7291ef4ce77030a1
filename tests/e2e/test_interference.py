"""Executions that meet each other, and requests that SageMaker got although their answers were lost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import DEADLINE_S, PREFIX, QUICK, Cloud
from tests.e2e.roles import actions, without

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("is_first", [False, True], ids=["an endpoint is there", "none is there"])
def test_two_executions_at_once_both_end(live: Cloud, is_first: bool) -> None:
    if is_first:
        live.client("sagemaker").delete_endpoint(EndpointName=PREFIX)
    before = live.sagemaker_resources()
    ends = [live.finish(arn) for arn in [live.start(QUICK), live.start(QUICK)]]
    # The second to come waits for the first's release; the first may then find its config replaced, and says so.
    good = [end for end in ends if end.status == "SUCCEEDED"]
    assert good
    replaced = [end for end in ends if end not in good]
    assert {end.error for end in replaced} <= {"EndpointNotInService"}
    configs = {end.output["endpoint"]["config"] for end in good}
    assert live.live_config() in configs
    left = live.sagemaker_resources()["configs"] - before["configs"] - configs
    assert len(left) == sum("are left" in end.cause for end in replaced)


def test_a_config_that_another_execution_may_go_back_to_is_left(live: Cloud) -> None:
    sagemaker = live.client("sagemaker")
    other = _copy_of_live_config(live, "movie-recommender-dev-other")
    with without(live, "FunctionsVerifyRole", lambda entry: "sagemaker:InvokeEndpoint" in actions(entry)):
        with _held_back(live, "verify"):
            arn = live.start(QUICK)
            _await_state(live, arn, "Verify Predictions")
            released = live.live_config()
            sagemaker.update_endpoint(EndpointName=PREFIX, EndpointConfigName=other)  # as another execution would
            sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=PREFIX, WaiterConfig={"Delay": 1})
        done = live.finish(arn)
    assert done.status == "FAILED"
    assert f"endpoint is InService on {other}" in done.cause
    assert live.live_config() == other
    kept = live.sagemaker_resources()
    assert released in kept["configs"] & kept["models"]


def test_what_was_created_although_the_answer_was_lost_is_used(live: Cloud) -> None:
    sagemaker = live.client("sagemaker")
    with _held_back(live, "evaluate"):
        arn = live.start(QUICK)
        _await_state(live, arn, "Evaluate Model")
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


@contextlib.contextmanager
def _held_back(cloud: Cloud, module: str) -> Iterator[None]:
    """The function is throttled for a while, which the machine retries."""
    functions = cloud.client("lambda")
    (name,) = [
        entry["FunctionName"]
        for entry in functions.list_functions(MaxItems=50)["Functions"]
        if entry["Handler"] == f"lambdas.{module}.handler"
    ]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


def _await_state(cloud: Cloud, arn: str, name: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while name not in (states := cloud.states(arn)):
        assert time.monotonic() < deadline, f"{arn} is in {states}"
        assert cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING"
        time.sleep(0.05)
