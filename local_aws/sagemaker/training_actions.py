"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob and DeleteTrainingJob."""

from __future__ import annotations

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from local_aws.sagemaker import images, listing, network, notices, storage
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ResourceInUse, ResourceNotFound, ValidationException
from local_aws.sagemaker.training_jobs import TrainingJob
from local_aws.sagemaker.training_run import TrainingRun
from local_aws.sagemaker.trust import check_trust

Request = dict[str, Any]

RUNNING = ("InProgress", "Stopping")
"""Statuses of jobs that have not ended."""


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateTrainingJob. A name is taken until its job is deleted, whatever became of that."""
    arn = check(backend, request)
    job = TrainingJob(request, arn=arn, metric_definitions=metric_definitions(request))
    start(backend, job)
    return {"TrainingJobArn": arn}


def check(backend: Backend, request: Request) -> str:
    """The ARN of the job that a request asks for. Raises ValidationException or ResourceInUse when it cannot be."""
    arn = backend.arn("training-job", request["TrainingJobName"])
    _check_unique(backend, request["TrainingJobName"], arn)
    _check(request)
    check_trust(request["RoleArn"], source_arn=arn)
    network.check(backend.account_id, backend.region_name, request)
    _check_inputs(backend, request)
    return arn


def start(backend: Backend, job: TrainingJob) -> None:
    """Run a job whose request was checked. Raises ResourceInUse when its name has been taken meanwhile."""
    with backend.lock:
        _check_unique(backend, job.name, job.arn)
        backend.jobs[job.name] = job
    job.watch(partial(notices.training_job, backend.world, backend.region_name))
    TrainingRun(backend.world, backend.region_name, job).start()


def metric_definitions(request: Request) -> dict[str, str]:
    """The algorithm's own metric definitions: name to pattern."""
    try:
        return dict(images.find(request["AlgorithmSpecification"]["TrainingImage"]).metrics)
    except images.UnknownImage:
        # The job starts and fails, with the image named, as it does on AWS where a pull fails.
        return {}


def describe(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return _found(backend, request["TrainingJobName"]).describe()


def list_jobs(backend: Backend, request: Request) -> dict[str, Any]:
    """ListTrainingJobs."""
    with backend.lock:
        jobs = list(backend.jobs.values())
    return listing.page([job.summary() for job in jobs], request, kind="TrainingJob", key="TrainingJobSummaries")


def stop(backend: Backend, request: Request) -> None:
    """StopTrainingJob: the container is asked to end, and made to after two minutes."""
    job = _found(backend, request["TrainingJobName"])
    if not job.stop():
        status = job.describe()["TrainingJobStatus"]
        raise ValidationException(f"The request was rejected because the training job is in status {status}.")


def delete(backend: Backend, request: Request) -> None:
    """DeleteTrainingJob: of one that has ended. Its name may be taken again."""
    name = request["TrainingJobName"]
    with backend.lock:
        job = backend.jobs.get(name)
        if job is None:
            raise ResourceNotFound(f"Training job {name} not found.")
        if (status := job.describe()["TrainingJobStatus"]) in RUNNING:
            raise ResourceInUse(f"Training job {name} is in status {status}, and cannot be deleted.")
        del backend.jobs[name]


def _found(backend: Backend, name: str) -> TrainingJob:
    job = backend.jobs.get(name)
    if job is None:
        raise ValidationException("Requested resource not found.")
    return job


def _check_unique(backend: Backend, name: str, arn: str) -> None:
    if name in backend.jobs:
        raise ResourceInUse(
            "Training job names must be unique within an AWS account and region, and a training job with this name "
            f"already exists ({arn})"
        )


def _check(request: Request) -> None:
    """What the service model cannot say of a request."""
    for member in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
        if request.get(member) is None:
            raise ValidationException(f"{member} is required for a training job")
    for member in ("TrainingImage", "TrainingInputMode"):
        if not request["AlgorithmSpecification"].get(member):
            raise ValidationException(f"AlgorithmSpecification.{member} is required for a training job")
    for member in ("InstanceType", "InstanceCount"):
        if not request["ResourceConfig"].get(member):
            raise ValidationException(f"ResourceConfig.{member} is required for a training job")
    _check_channels(request)
    storage.location(request["OutputDataConfig"]["S3OutputPath"])
    _check_waiting(request["StoppingCondition"], is_spot=request.get("EnableManagedSpotTraining", False))


def _check_channels(request: Request) -> None:
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig") or []]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationException(f"Channel names must be unique, {repeated[0]!r} is there twice")
    for channel in request.get("InputDataConfig") or []:
        if "S3DataSource" not in channel["DataSource"]:
            raise ValidationException(f"Channel {channel['ChannelName']!r} has no S3DataSource")


def _check_waiting(condition: Request, *, is_spot: bool) -> None:
    """MaxWaitTimeInSeconds is for spot alone, and "must be equal to or greater than MaxRuntimeInSeconds"."""
    if not is_spot:
        if condition.get("MaxWaitTimeInSeconds") is not None:
            raise ValidationException(
                "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
            )
        return
    wait_s, run_s = condition.get("MaxWaitTimeInSeconds"), condition.get("MaxRuntimeInSeconds", 86_400)
    if wait_s is None or wait_s < run_s:
        raise ValidationException(
            f"MaxWaitTimeInSeconds {wait_s} is invalid for spot training, expected at least MaxRuntimeInSeconds {run_s}"
        )


def _check_inputs(backend: Backend, request: Request) -> None:
    """As the service does, look under every channel's prefix, as the role, before accepting the job."""
    role, region = request["RoleArn"], backend.region_name
    s3 = backend.world.client("s3", region=region, role_arn=role, session="SageMaker")
    for channel in request.get("InputDataConfig") or []:
        prefix = storage.location(channel["DataSource"]["S3DataSource"]["S3Uri"])
        try:
            if next(storage.keys(s3, prefix), None) is not None:
                continue
            why = "."
        except ClientError as error:
            why = f": {storage.said(error)}"
        raise ValidationException(
            f'No S3 objects found under S3 URL "{prefix.uri}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
            f'role "{role}" has "s3:ListBucket" permissions on bucket "{prefix.bucket}"{why}'
        )
