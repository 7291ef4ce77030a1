"""What SageMaker tells EventBridge of training jobs and endpoints."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from local_aws.sagemaker import notices
from local_aws.sagemaker.endpoints import Endpoint
from local_aws.sagemaker.launch import HostingFailedError
from local_aws.sagemaker.training_jobs import TrainingJob
from local_aws.world import World

REGION, TAGS = "eu-west-1", [{"Key": "team", "Value": "movies"}]
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/j"
REQUEST = {
    "TrainingJobName": "j",
    "AlgorithmSpecification": {"TrainingImage": "fm", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://b/p"},
    "Tags": TAGS,
}


class Heard(SimpleQueue[tuple[str, str, dict[str, Any], tuple[str, ...]]]):
    """Takes the place of EventBridge."""

    def emit(self, source: str, detail_type: str, detail: Any, *, region: str, resources: tuple[str, ...]) -> None:
        assert region == REGION
        self.put((source, detail_type, dict(detail), resources))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def world(tmp_path: Path, heard: Heard) -> World:
    return World(folder=tmp_path, port=1, emitters=[heard.emit])


def test_a_training_job_at_each_status(world: World, heard: Heard) -> None:
    job = TrainingJob(REQUEST, arn=ARN, metric_definitions={})
    job.watch(partial(notices.training_job, world, REGION))
    job.enter("Downloading")
    job.started()
    job.finish("Failed", reason="AlgorithmError: no")
    told = [heard.get_nowait() for _ in range(heard.qsize())]
    assert {(source, kind) for source, kind, _, _ in told} == {("aws.sagemaker", "SageMaker Training Job State Change")}
    assert {resources for *_, resources in told} == {(ARN,)}
    details = [detail for _, _, detail, _ in told]
    statuses = [(detail["TrainingJobStatus"], detail["SecondaryStatus"]) for detail in details]
    assert statuses == [("InProgress", "Starting"), ("InProgress", "Downloading"), ("Failed", "Failed")]
    last = details[-1]
    assert (last["FailureReason"], last["Tags"]) == ("AlgorithmError: no", {"team": "movies"})
    assert last["TrainingEndTime"] >= last["TrainingStartTime"] >= last["CreationTime"] > 1_700_000_000_000


def test_an_endpoint_at_each_status(world: World, heard: Heard) -> None:
    def fail() -> Any:
        raise HostingFailedError("no image")

    endpoint = Endpoint({"EndpointName": "e", "EndpointConfigName": "c", "Tags": TAGS}, arn="arn:endpoint")
    endpoint.watch(partial(notices.endpoint, world, REGION))
    endpoint.create(fail)
    told = [heard.get(timeout=60) for _ in range(2)]
    notices.endpoint(world, REGION, endpoint, "InService")
    told.append(heard.get_nowait())
    assert [detail["EndpointStatus"] for _, _, detail, _ in told] == ["CREATING", "FAILED", "IN_SERVICE"]
    source, kind, detail, resources = told[1]
    assert (source, kind, resources) == ("aws.sagemaker", "SageMaker Endpoint State Change", ("arn:endpoint",))
    assert (detail["EndpointConfigName"], detail["FailureReason"]) == ("c", "no image")
    assert isinstance(detail["CreationTime"], int)
