"""What the tests of tuning jobs are made with: requests for the planted ratings, and the wait for a job's end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.local_aws.sagemaker.laboratory import DEADLINE_S, Lab, hyperparameters

CROSS_ENTROPY = {"Type": "Minimize", "MetricName": "test:binary_classification_cross_entropy"}
FINAL_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"


def continuous(name: str, low: str, high: str, scaling: str = "Logarithmic") -> dict[str, Any]:
    """Ranges of one continuous hyperparameter."""
    asked = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"ContinuousParameterRanges": [asked]}


def categorical(name: str, *values: str) -> dict[str, Any]:
    """Ranges of one categorical hyperparameter."""
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


def config(ranges: Mapping[str, Any], *, jobs: int | None, at_once: int = 1, **changes: Any) -> dict[str, Any]:
    """A HyperParameterTuningJobConfig: Random and seeded, for the cross-entropy, unless `changes` say otherwise."""
    most = {} if jobs is None else {"MaxNumberOfTrainingJobs": jobs}
    return {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": CROSS_ENTROPY,
        "ResourceLimits": {**most, "MaxParallelTrainingJobs": at_once},
        "ParameterRanges": dict(ranges),
        "RandomSeed": 1,
    } | changes


def definition(lab: Lab, *without: str, **changes: str) -> dict[str, Any]:
    """A TrainingJobDefinition for the planted ratings: its hyperparameters but `without`, `changes` among them."""
    static = {name: value for name, value in hyperparameters(**changes).items() if name not in without}
    request = lab.job_request("unnamed")
    del request["TrainingJobName"], request["HyperParameters"]
    return {**request, "StaticHyperParameters": static}


def create(lab: Lab, tuning: Mapping[str, Any], training: Mapping[str, Any], **others: Any) -> str:
    """Start a tuning job; its name."""
    name = lab.name("tune")
    lab.aws("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=tuning,
        TrainingJobDefinition=training,
        **others,
    )
    return name


def describe(lab: Lab, name: str) -> dict[str, Any]:
    described: dict[str, Any] = lab.aws("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )
    return described


def until(lab: Lab, name: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The job's description as soon as it is like that, asked for again and again: the API has no event to wait for."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition(described := describe(lab, name)):
        assert time.monotonic() < deadline, described
        time.sleep(0.05)
    return described


def ended(lab: Lab, name: str) -> dict[str, Any]:
    """The job's description when it has ended."""
    return until(lab, name, lambda job: job["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"))


def trainings(lab: Lab, name: str, **asked: Any) -> list[dict[str, Any]]:
    """Summaries of all its training jobs, by name."""
    pages = lab.aws("sagemaker").get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    return [
        summary
        for page in pages.paginate(HyperParameterTuningJobName=name, **asked)
        for summary in page["TrainingJobSummaries"]
    ]
