"""What a failed execution leaves: a cause in one line, the endpoint as it was, nothing else of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.e2e.calling import live_version
from tests.e2e.conftest import PREFIX, QUICK, Cloud, Execution
from tests.e2e.roles import actions, without

pytestmark = pytest.mark.e2e


@pytest.fixture
def untouched(live: Cloud) -> Iterator[Cloud]:
    """Whatever the test does, the resources and what serves are afterwards what they were, and it answers."""
    before = (live.live_config(), live.sagemaker_resources(), live_version(live))
    yield live
    assert (live.live_config(), live.sagemaker_resources(), live_version(live)) == before
    endpoint = live.client("sagemaker").describe_endpoint(EndpointName=PREFIX)
    assert endpoint["EndpointStatus"] == "InService"
    assert 0 < live.predict() < 1


def _failed(done: Execution, *, state: str, error: str) -> str:
    assert (done.status, done.error) == ("FAILED", error), done.cause
    assert done.cause.startswith(f"{state}: ")
    assert "\n" not in done.cause
    assert done.states[-1] == "Fail Execution"
    return done.cause


def test_a_training_job_that_fails(untouched: Cloud) -> None:
    more = {"mini_batch_size": 1_000_000}
    done = untouched.execute({**QUICK, "hyperparameters": {**QUICK["hyperparameters"], **more}})
    cause = _failed(done, state="Train Model", error="States.TaskFailed")
    assert "mini_batch_size" in cause


def test_more_bad_rows_than_may_be_rejected(untouched: Cloud) -> None:
    s3, bucket = untouched.client("s3"), untouched.bucket
    for name in ("u.item", "ua.test"):
        source = {"Bucket": bucket, "Key": f"datasets/sample/{name}"}
        s3.copy_object(Bucket=bucket, Key=f"datasets/broken/{name}", CopySource=source)
    s3.put_object(Bucket=bucket, Key="datasets/broken/ua.base", Body=b"1\t1\t5\t881250949\n1\t2\t9\t881250949\n")
    done = untouched.execute({**QUICK, "dataset": {"name": "broken"}})
    cause = _failed(done, state="Prepare Ratings", error="TooManyRejected")
    assert "out_of_range 1; the first: ua.base:2: rating '9', expected a number from 0.5 to 5" in cause


def test_a_dataset_nobody_knows(untouched: Cloud) -> None:
    done = untouched.execute({**QUICK, "dataset": {"name": "nobody-knows"}})
    assert "nobody-knows" in _failed(done, state="Fetch Ratings", error="UnknownDataset")


def test_a_model_that_cannot_be_loaded_rolls_the_update_back(untouched: Cloud) -> None:
    done = _with_damaged_model(untouched)
    _failed(done, state="Describe Release", error="EndpointNotInService")
    assert "Restore Endpoint" not in done.states, "SageMaker goes back by itself"


def test_a_verification_that_fails_restores_the_previous_config(untouched: Cloud) -> None:
    with without(untouched, "FunctionsVerifyRole", lambda entry: "sagemaker:InvokeEndpoint" in actions(entry)):
        done = untouched.execute(QUICK)
    assert "sagemaker:InvokeEndpoint" in _failed(done, state="Verify Predictions", error="ClientError")
    assert "Restore Endpoint" in done.states


def test_a_bundle_that_cannot_be_written_restores_the_previous_config(untouched: Cloud) -> None:
    with without(untouched, "FunctionsPublishRole", lambda entry: "s3:PutObject" in actions(entry)):
        done = untouched.execute(QUICK)
    assert "s3:PutObject" in _failed(done, state="Write Serving Bundle", error="AccessDenied")
    assert "Restore Endpoint" in done.states


def test_a_version_that_cannot_be_switched_to_restores_the_previous_config(untouched: Cloud) -> None:
    with without(untouched, "RecommenderMachineRole", lambda entry: "ssm:PutParameter" in actions(entry)):
        done = untouched.execute(QUICK)
    assert "ssm:PutParameter" in _failed(done, state="Switch Version", error="Ssm.AccessDeniedException")
    assert "Restore Endpoint" in done.states


def test_a_first_endpoint_that_fails_is_removed(live: Cloud) -> None:
    sagemaker, before = live.client("sagemaker"), live.sagemaker_resources()
    sagemaker.delete_endpoint(EndpointName=PREFIX)
    done = _with_damaged_model(live)
    _failed(done, state="Describe Release", error="EndpointNotInService")
    assert live.sagemaker_resources() == {**before, "endpoints": set()}
    again = live.execute(QUICK)
    assert (again.status, "Create Endpoint" in again.states) == ("SUCCEEDED", True)


def _with_damaged_model(cloud: Cloud) -> Execution:
    """An execution whose model is overwritten once it has been evaluated, before a container loads it."""
    arn, s3 = cloud.start(QUICK), cloud.client("s3")
    run = f"runs/{arn.rpartition(':')[2]}/"
    while not s3.list_objects_v2(Bucket=cloud.bucket, Prefix=f"{run}evaluation.json")["KeyCount"]:
        assert cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING"
        time.sleep(0.02)
    (model,) = s3.list_objects_v2(Bucket=cloud.bucket, Prefix=f"{run}model/")["Contents"]
    s3.put_object(Bucket=cloud.bucket, Key=model["Key"], Body=b"not a model")
    return cloud.finish(arn)
