"""What tasks asked of SageMaker, as the events of GetExecutionHistory say it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from runner.jobs import TrainingJob, TuningJob, asked_for
from runner.visits import Visit

START = datetime(2026, 1, 1, tzinfo=UTC)
VISIT = Visit(name="Train Model", kind="Task", entered=START, number=4)


def scheduled(resource: str, parameters: dict[str, Any], resource_type: str = "sagemaker") -> dict[str, Any]:
    details = {"resourceType": resource_type, "resource": resource, "parameters": json.dumps(parameters)}
    return {"type": "TaskScheduled", "timestamp": START, "taskScheduledEventDetails": details}


def test_training_job_has_the_state_that_asked() -> None:
    asked = scheduled("createTrainingJob.sync", {"TrainingJobName": "job-0", "HyperParameters": {"epochs": "50"}})
    assert asked_for(asked, VISIT) == TrainingJob(name="job-0", state="Train Model", visit=4, epochs=50)


def test_epochs_left_to_the_default_are_not_known() -> None:
    asked = scheduled("createTrainingJob", {"TrainingJobName": "job"}, "aws-sdk:sagemaker")
    assert asked_for(asked, VISIT) == TrainingJob(name="job", state="Train Model", visit=4, is_awaited=False)


def test_tuning_job_says_how_many_trainings() -> None:
    limits = {"ResourceLimits": {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 2}}
    request = {"HyperParameterTuningJobName": "tune", "HyperParameterTuningJobConfig": limits}
    asked = scheduled("createHyperParameterTuningJob.sync", request)
    assert asked_for(asked, VISIT) == TuningJob(name="tune", state="Train Model", visit=4, trainings=8)


def test_nothing_else_is_a_job() -> None:
    invoked = scheduled("invoke", {"FunctionName": "f"}, "lambda")
    others = [invoked, scheduled("createModel", {"ModelName": "m"}), {"type": "TaskStarted", "timestamp": START}]
    assert [asked_for(event, VISIT) for event in others] == [None, None, None]
