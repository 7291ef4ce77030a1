"""CreateHyperParameterTuningJob, and the actions that describe, list, stop and delete what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.sagemaker import listing, training_actions, tuning_algorithms, tuning_ranges
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ResourceInUse, ResourceNotFound, ValidationException
from local_aws.sagemaker.trust import check_trust
from local_aws.sagemaker.tuning_jobs import TuningJob
from local_aws.sagemaker.tuning_ranges import Choices, Space
from local_aws.sagemaker.tuning_run import TuningRun
from local_aws.sagemaker.tuning_strategies import strategy
from local_aws.sagemaker.tuning_training_jobs import FINAL_METRIC

MOST_HYPERPARAMETERS = 100
"""Of a training job, with the one the service adds ("Define Hyperparameter Ranges")."""

Request = dict[str, Any]


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateHyperParameterTuningJob. A name is taken until its job is deleted, whatever became of that."""
    name = request["HyperParameterTuningJobName"]
    arn = backend.arn("hyper-parameter-tuning-job", name)
    _check_unique(backend, name)
    _check_given(request)
    space = _space(request)
    definitions = training_actions.metric_definitions(request["TrainingJobDefinition"])
    job = TuningJob(request, arn=arn, metric_definitions=definitions)
    check_trust(request["TrainingJobDefinition"]["RoleArn"], source_arn=arn)
    training_actions.check(backend, job.training_request(1, {}))
    with backend.lock:
        _check_unique(backend, name)
        backend.tunings[name] = job
    search = strategy(job.config["Strategy"], space, seed=job.seed)
    TuningRun(backend, job, search, most=_most(job.config, space)).start()
    return {"HyperParameterTuningJobArn": arn}


def describe(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    return _found(backend, request).describe()


def list_jobs(backend: Backend, request: Request) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    with backend.lock:
        jobs = list(backend.tunings.values())
    return listing.page(
        [job.summary() for job in jobs],
        request,
        kind="HyperParameterTuningJob",
        key="HyperParameterTuningJobSummaries",
        order=("Name", "Ascending"),
    )


def list_training_jobs(backend: Backend, request: Request) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob. Sorted by the objective, those that brought none are left out."""
    summaries = [training.tuning_summary() for training in _found(backend, request).launched]
    if request.get("SortBy") == "FinalObjectiveMetricValue":
        summaries = [summary for summary in summaries if FINAL_METRIC in summary]
    return listing.page(
        summaries,
        request,
        kind="TrainingJob",
        key="TrainingJobSummaries",
        order=("Name", "Ascending"),
        sorts={"FinalObjectiveMetricValue": lambda summary: summary[FINAL_METRIC]["Value"]},
    )


def stop(backend: Backend, request: Request) -> None:
    """StopHyperParameterTuningJob: nothing more is launched, and what runs is stopped as StopTrainingJob does."""
    job = _found(backend, request)
    if not job.stop():
        status = job.describe()["HyperParameterTuningJobStatus"]
        raise ValidationException(f"The request was rejected because the tuning job is in status {status}.")


def delete(backend: Backend, request: Request) -> None:
    """DeleteHyperParameterTuningJob: of one that has ended. Its training jobs stay."""
    job = _found(backend, request)
    if (status := job.describe()["HyperParameterTuningJobStatus"]) in training_actions.RUNNING:
        raise ValidationException(f"The request was rejected because the tuning job is in status {status}.")
    with backend.lock:
        del backend.tunings[job.name]


def _found(backend: Backend, request: Request) -> TuningJob:
    name = request["HyperParameterTuningJobName"]
    job = backend.tunings.get(name)
    if job is None:
        raise ResourceNotFound(f"Amazon SageMaker can't find a tuning job called {name}. Type another name.")
    return job


def _check_unique(backend: Backend, name: str) -> None:
    if name in backend.tunings:
        raise ResourceInUse(
            f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
        )


def _check_given(request: Request) -> None:
    """What the service model leaves optional, because there are other ways to say it that are not here."""
    if request.get("TrainingJobDefinition") is None:
        raise ValidationException("TrainingJobDefinition is required for a tuning job")
    config = request["HyperParameterTuningJobConfig"]
    for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        if config.get(member) is None:
            raise ValidationException(f"HyperParameterTuningJobConfig.{member} is required for a tuning job")
    if config["Strategy"] != "Grid" and config["ResourceLimits"].get("MaxNumberOfTrainingJobs") is None:
        raise ValidationException(
            f"ResourceLimits.MaxNumberOfTrainingJobs is required for a tuning job of strategy {config['Strategy']}"
        )


def _space(request: Request) -> Space:
    """The ranges, fit for the algorithm, the strategy and the number of jobs."""
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    ranges = config["ParameterRanges"]
    space = tuning_ranges.parse(ranges)
    image = definition["AlgorithmSpecification"].get("TrainingImage") or ""
    tuning_algorithms.check(image, config["HyperParameterTuningJobObjective"], ranges)
    static = definition.get("StaticHyperParameters") or {}
    names = [each.name for each in space.ranges]
    if both := sorted(set(names) & set(static)):
        raise ValidationException(
            f"Hyperparameter {both[0]!r} is in StaticHyperParameters and has a range, expected one"
        )
    if len(static) + len(names) + 1 > MOST_HYPERPARAMETERS:
        raise ValidationException(
            f"{len(static)} static and {len(names)} tuned hyperparameters, and the one that is added, are more than "
            f"{MOST_HYPERPARAMETERS}"
        )
    if config["Strategy"] == "Grid":
        _check_grid(config, space)
    else:
        _check_enough(config, space)
    return space


def _check_grid(config: Request, space: Space) -> None:
    if numeric := [each.name for each in space.ranges if not isinstance(each, Choices)]:
        raise ValidationException(f"Strategy Grid takes categorical ranges only, {numeric[0]!r} is numeric")
    asked = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", space.combinations)
    if asked != space.combinations:
        raise ValidationException(
            f"MaxNumberOfTrainingJobs {asked} with strategy Grid, expected the number of combinations, "
            f"{space.combinations:.0f}, or none"
        )


def _check_enough(config: Request, space: Space) -> None:
    most = config["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if space.combinations < most:
        raise ValidationException(
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
            f"combinations for the provided ranges [{float(space.combinations)}] must be equal or greater than the "
            f"value of MaxNumberOfJobs, [{most}]. Provide additional ranges."
        )


def _most(config: Mapping[str, Any], space: Space) -> int:
    return int(config["ResourceLimits"].get("MaxNumberOfTrainingJobs") or space.combinations)
