"""Hyperparameters that are looked for: eight real trainings, two at a time, and the best of them is deployed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import QUICK, Cloud, Execution

pytestmark = pytest.mark.e2e

TUNED: dict[str, Any] = {
    **QUICK,
    "split": {"validation": 0.2},
    "tune": {
        "jobs": 8,
        "parallel": 2,
        "ranges": {"linear_lr": [1e-4, 0.1], "factors_lr": [1e-5, 0.05], "epochs": [1, 8]},
    },
}


@pytest.fixture(scope="module")
def done(live: Cloud) -> Execution:
    ended = live.execute(TUNED)
    assert ended.status == "SUCCEEDED", ended.cause
    return ended


def _trainings(cloud: Cloud, job: str) -> list[dict[str, Any]]:
    client = cloud.client("sagemaker")
    found = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=job, MaxResults=100)
    return list(found["TrainingJobSummaries"])


def test_the_best_is_the_best_by_the_objective(live: Cloud, done: Execution) -> None:
    tuning = done.output["training"]["tuning"]
    assert tuning["objective"] == {"Type": "Minimize", "MetricName": "test:binary_classification_cross_entropy"}
    trainings = _trainings(live, tuning["best"]["job"])
    assert len(trainings) == 8
    values = {row["TrainingJobName"]: row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in trainings}
    assert tuning["best"]["best"]["value"] == pytest.approx(min(values.values()))
    assert tuning["best"]["best"]["job"] == min(values, key=lambda name: values[name])


def test_no_more_than_two_ran_at_a_time(live: Cloud, done: Execution) -> None:
    trainings = _trainings(live, done.output["training"]["tuning"]["best"]["job"])
    spans = [(row["TrainingStartTime"], row["TrainingEndTime"]) for row in trainings]
    assert max(sum(start <= other < end for start, end in spans) for other, _ in spans) <= 2


def test_the_test_ratings_decided_nothing(live: Cloud, done: Execution) -> None:
    described = live.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=done.output["training"]["tuning"]["best"]["job"]
    )
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in described["TrainingJobDefinition"]["InputDataConfig"]
    }
    assert channels["test"].endswith(f"{done.run}prepared/validation/")
    assert channels["train"].endswith(f"{done.run}prepared/train/")


def test_the_winner_is_trained_and_deployed(live: Cloud, done: Execution) -> None:
    training = done.output["training"]
    found = training["tuning"]["best"]["best"]["hyperparameters"]
    assert found.keys() == {"linear_lr", "factors_lr", "epochs"}
    assert {name: training["hyperparameters"][name] for name in found} == found
    assert done.output["decision"] == "deployed"
    sagemaker = live.client("sagemaker")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=done.output["endpoint"]["config"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    trained = sagemaker.describe_training_job(TrainingJobName=training["job"])
    assert model["PrimaryContainer"]["ModelDataUrl"] == trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert live.live_config() == done.output["endpoint"]["config"]
