"""What is told of a tuning job, from answers that fit the service's own model of them (botocore checks each)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from runner.jobs import TuningJob
from runner.tuning import Trainings, TuningLog

JOB = TuningJob(name="tune", state="Tune Model", visit=0, trainings=8)
OBJECTIVE = "test:binary_classification_cross_entropy"
ACTION = "describe_hyper_parameter_tuning_job"
AT = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter-tuning-job/tune"


@pytest.fixture
def sagemaker() -> Any:
    return boto3.client("sagemaker", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def described(*, best: float | None = None, **counts: int) -> dict[str, Any]:
    objective = {"Type": "Minimize", "MetricName": OBJECTIVE}
    answer: dict[str, Any] = {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobArn": ARN,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 2},
            "HyperParameterTuningJobObjective": objective,
        },
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": AT,
        "TrainingJobStatusCounters": counts,
        "ObjectiveStatusCounters": {},
    }
    if best is not None:
        answer["BestTrainingJob"] = {
            "TrainingJobName": "tune-001",
            "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/tune-001",
            "CreationTime": AT,
            "TrainingJobStatus": "Completed",
            "TunedHyperParameters": {"num_factors": "8"},
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": OBJECTIVE, "Value": best},
        }
    return answer


def test_what_has_changed_is_told_once(sagemaker: Any) -> None:
    log = TuningLog(sagemaker, JOB)
    asked = {"HyperParameterTuningJobName": "tune"}
    with Stubber(sagemaker) as stub:
        for answer in (
            described(InProgress=2),
            described(InProgress=2),
            described(Completed=1, InProgress=2, best=0.5),
            described(Completed=2, InProgress=1, Stopped=1, NonRetryableError=1, best=0.25),
        ):
            stub.add_response(ACTION, answer, asked)
        told = [log.fresh() for _ in range(4)]
        stub.assert_no_pending_responses()
    assert told == [
        Trainings(completed=0, without_result=0, objective=OBJECTIVE, best=None),
        None,
        Trainings(completed=1, without_result=0, objective=OBJECTIVE, best=0.5),
        Trainings(completed=2, without_result=2, objective=OBJECTIVE, best=0.25),
    ]


@pytest.mark.parametrize("code", ["ResourceNotFound", "UnknownOperationException", "NotImplemented"])
def test_sagemaker_that_does_not_know_the_job_tells_nothing(sagemaker: Any, code: str) -> None:
    log = TuningLog(sagemaker, JOB)
    with Stubber(sagemaker) as stub:
        stub.add_client_error(ACTION, code)
        stub.add_response(ACTION, described(Completed=1, best=0.5))
        assert log.fresh() is None
        assert log.fresh() == Trainings(completed=1, without_result=0, objective=OBJECTIVE, best=0.5)
