"""Tuning jobs from the request to the best model, and each way they can end otherwise. All trainings are real."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.local_aws.sagemaker.laboratory import Lab, planted
from tests.local_aws.sagemaker.tuning_laboratory import (
    CROSS_ENTROPY,
    FINAL_METRIC,
    categorical,
    config,
    continuous,
    create,
    definition,
    describe,
    ended,
    trainings,
    until,
)

JOBS, AT_ONCE = 5, 2
ENDLESS = "1000000"
"""Epochs of a training that is to run until it is stopped."""


@dataclass(frozen=True)
class Tuned:
    """A Bayesian search that ended well."""

    name: str
    described: dict[str, Any]
    trainings: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    """The same as DescribeTrainingJob has them."""


@pytest.fixture(scope="module")
def tuned(lab: Lab) -> Tuned:
    ranges = continuous("factors_lr", "0.00001", "0.1") | {
        "IntegerParameterRanges": [{"Name": "epochs", "MinValue": "2", "MaxValue": "12"}]
    }
    tuning = config(ranges, jobs=JOBS, at_once=AT_ONCE, Strategy="Bayesian")
    training = {**definition(lab, "factors_lr", "epochs"), "DefinitionName": "planted"}
    name = create(lab, tuning, training, Tags=[{"Key": "team", "Value": "films"}])
    described = ended(lab, name)
    assert described["HyperParameterTuningJobStatus"] == "Completed", described.get("FailureReason")
    found = trainings(lab, name)
    describe_training = lab.aws("sagemaker").describe_training_job
    jobs = [describe_training(TrainingJobName=summary["TrainingJobName"]) for summary in found]
    return Tuned(name, described, found, jobs)


def test_the_best_is_the_best_by_the_objective(tuned: Tuned) -> None:
    values = {}
    for job in tuned.jobs:
        metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
        values[job["TrainingJobName"]] = metrics[CROSS_ENTROPY["MetricName"]]
    best = tuned.described["BestTrainingJob"]
    assert best["TrainingJobName"] == min(values, key=values.__getitem__)
    assert best[FINAL_METRIC] == {**CROSS_ENTROPY, "Value": pytest.approx(min(values.values()), rel=1e-6)}
    assert best in tuned.trainings
    assert len(set(values.values())) == JOBS


def test_tuning_finds_a_model_that_learned_what_was_planted(tuned: Tuned) -> None:
    share = float(np.mean(planted(np.random.default_rng(2), 500).labels))
    knowing_nothing = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert tuned.described["BestTrainingJob"][FINAL_METRIC]["Value"] < knowing_nothing / 1.5


def test_the_trainings_are_training_jobs_like_any_other(lab: Lab, tuned: Tuned) -> None:
    assert [summary["TrainingJobName"][: -len("-0123abcd")] for summary in tuned.trainings] == [
        f"{tuned.name}-{number:03d}" for number in range(1, JOBS + 1)
    ]
    listed = lab.aws("sagemaker").list_training_jobs(NameContains=tuned.name, MaxResults=100)["TrainingJobSummaries"]
    assert {job["TrainingJobName"] for job in listed} == {job["TrainingJobName"] for job in tuned.jobs}
    for job in tuned.jobs:
        assert re.fullmatch(rf"{tuned.name}-\d{{3}}-[0-9a-f]{{8}}", job["TrainingJobName"])
        assert job["TuningJobArn"] == tuned.described["HyperParameterTuningJobArn"]
        assert job["TrainingJobStatus"] == "Completed"
        assert job["RoleArn"] == lab.role_arn
        assert lab.get(job["ModelArtifacts"]["S3ModelArtifacts"])
        assert job["TrainingJobName"] in job["ModelArtifacts"]["S3ModelArtifacts"]
        tags = lab.aws("sagemaker").list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        assert tags == [{"Key": "team", "Value": "films"}]


def test_what_was_chosen_is_what_was_trained_with(lab: Lab, tuned: Tuned) -> None:
    static = definition(lab, "factors_lr", "epochs")["StaticHyperParameters"]
    for summary, job in zip(tuned.trainings, tuned.jobs, strict=True):
        chosen = summary["TunedHyperParameters"]
        assert chosen.keys() == {"factors_lr", "epochs"}
        assert 1e-5 <= float(chosen["factors_lr"]) <= 0.1
        assert 2 <= int(chosen["epochs"]) <= 12
        objective = {"_tuning_objective_metric": CROSS_ENTROPY["MetricName"]}
        assert job["HyperParameters"] == {**static, **chosen, **objective}
        logs = lab.aws("logs")
        streams = logs.describe_log_streams(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job['TrainingJobName']}/"
        )["logStreams"]
        events = logs.get_log_events(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=streams[0]["logStreamName"], startFromHead=True
        )["events"]
        lines = "\n".join(event["message"] for event in events)
        assert len(re.findall(r"epoch=\d+, train binary_classification_accuracy", lines)) == int(chosen["epochs"])


def test_as_many_run_at_once_as_are_allowed_and_no_more(tuned: Tuned) -> None:
    moments = [(job["CreationTime"], 1) for job in tuned.jobs] + [(job["TrainingEndTime"], -1) for job in tuned.jobs]
    assert np.cumsum([step for _, step in sorted(moments)]).max() == AT_ONCE


def test_the_description_tells_what_was_asked_and_what_came_of_it(lab: Lab, tuned: Tuned) -> None:
    described = tuned.described
    assert described["HyperParameterTuningJobArn"] == (
        f"arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter-tuning-job/{tuned.name}"
    )
    asked = described["HyperParameterTuningJobConfig"]
    assert (asked["Strategy"], asked["RandomSeed"], asked["TrainingJobEarlyStoppingType"]) == ("Bayesian", 1, "Off")
    assert asked["ResourceLimits"] == {"MaxNumberOfTrainingJobs": JOBS, "MaxParallelTrainingJobs": AT_ONCE}
    training = described["TrainingJobDefinition"]
    # The SageMaker SDK's HyperparameterTuner.attach takes this one out of the static hyperparameters.
    assert training["StaticHyperParameters"].pop("_tuning_objective_metric") == CROSS_ENTROPY["MetricName"]
    wanted = definition(lab, "factors_lr", "epochs")
    for name in ("StaticHyperParameters", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "RoleArn"):
        assert training[name] == wanted[name], name
    assert {metric["Name"] for metric in training["AlgorithmSpecification"]["MetricDefinitions"]} >= {"test:rmse"}
    assert described["TrainingJobStatusCounters"] == counters(Completed=JOBS)
    assert described["ObjectiveStatusCounters"] == {"Succeeded": JOBS, "Pending": 0, "Failed": 0}
    assert "FailureReason" not in described


def test_times_are_in_order(tuned: Tuned) -> None:
    described = tuned.described
    ends: list[datetime] = [job["TrainingEndTime"] for job in tuned.jobs]
    assert described["CreationTime"] <= min(job["CreationTime"] for job in tuned.jobs)
    assert described["HyperParameterTuningEndTime"] >= max(ends)
    assert described["LastModifiedTime"] == described["HyperParameterTuningEndTime"]
    seconds = (described["HyperParameterTuningEndTime"] - described["CreationTime"]).total_seconds()
    assert 0 <= described["ConsumedResources"]["RuntimeInSeconds"] - seconds < 1.01


def test_summaries_tell_of_their_training(tuned: Tuned) -> None:
    for summary, job in zip(tuned.trainings, tuned.jobs, strict=True):
        for name in ("TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus"):
            assert summary[name] == job[name], name
        assert (summary["TuningJobName"], summary["TrainingJobDefinitionName"]) == (tuned.name, "planted")
        assert summary["ObjectiveStatus"] == "Succeeded"


def test_trainings_are_listed_in_the_asked_order_and_pages(lab: Lab, tuned: Tuned) -> None:
    values = [summary[FINAL_METRIC]["Value"] for summary in tuned.trainings]
    by_value = trainings(lab, tuned.name, SortBy="FinalObjectiveMetricValue", PaginationConfig={"PageSize": 2})
    assert [summary[FINAL_METRIC]["Value"] for summary in by_value] == sorted(values)
    newest_first = trainings(lab, tuned.name, SortBy="CreationTime", SortOrder="Descending")
    assert newest_first == tuned.trainings[::-1]
    assert trainings(lab, tuned.name, StatusEquals="Failed") == []


def test_tuning_jobs_are_listed_and_tagged(lab: Lab, tuned: Tuned) -> None:
    sagemaker = lab.aws("sagemaker")
    listed = sagemaker.list_hyper_parameter_tuning_jobs(NameContains=tuned.name, StatusEquals="Completed")
    (summary,) = [
        job for job in listed["HyperParameterTuningJobSummaries"] if job["HyperParameterTuningJobName"] == tuned.name
    ]
    for name in ("HyperParameterTuningJobArn", "HyperParameterTuningEndTime", "TrainingJobStatusCounters"):
        assert summary[name] == tuned.described[name], name
    assert summary["Strategy"] == "Bayesian"
    assert summary["ResourceLimits"]["MaxParallelTrainingJobs"] == AT_ONCE
    arn = tuned.described["HyperParameterTuningJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "more", "Value": "1"}])
    assert {tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]} == {"team", "more"}


def test_a_training_that_fails_is_counted_and_tuning_goes_on(lab: Lab) -> None:
    """Batches of a million do not fit 2,000 records."""
    ranges = categorical("mini_batch_size", "1000000", "50")
    name = create(lab, config(ranges, jobs=None, Strategy="Grid"), definition(lab, "mini_batch_size", epochs="1"))
    described = ended(lab, name)
    assert described["HyperParameterTuningJobStatus"] == "Completed", described.get("FailureReason")
    assert described["TrainingJobStatusCounters"] == counters(Completed=1, NonRetryableError=1)
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 1}
    failed, good = trainings(lab, name)
    assert (failed["TrainingJobStatus"], failed["ObjectiveStatus"]) == ("Failed", "Failed")
    assert failed["FailureReason"].startswith("ClientError: ")
    assert FINAL_METRIC not in failed
    assert described["BestTrainingJob"] == good
    assert trainings(lab, name, SortBy="FinalObjectiveMetricValue") == [good]


@pytest.mark.parametrize(("jobs", "attempts"), [(7, 5), (2, 2)])
def test_a_tuning_job_fails_when_no_training_succeeds(lab: Lab, jobs: int, attempts: int) -> None:
    tuning = config(continuous("factors_lr", "0.01", "0.1"), jobs=jobs)
    described = ended(lab, create(lab, tuning, definition(lab, "factors_lr", num_factors="many")))
    assert described["HyperParameterTuningJobStatus"] == "Failed"
    assert described["FailureReason"].startswith(f"No training job succeeded after {attempts} attempts.")
    assert described["TrainingJobStatusCounters"] == counters(NonRetryableError=attempts)
    assert "BestTrainingJob" not in described


def test_a_tuning_job_fails_when_no_training_brings_the_objective(lab: Lab) -> None:
    training = {**definition(lab, "factors_lr", epochs="1"), "InputDataConfig": [lab.channel("train")]}
    described = ended(lab, create(lab, config(continuous("factors_lr", "0.01", "0.1"), jobs=1), training))
    assert described["HyperParameterTuningJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("No objective metrics found after running 1 training jobs.")
    assert described["TrainingJobStatusCounters"] == counters(Completed=1)
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 1}


def test_stopping_a_tuning_job_stops_its_trainings(lab: Lab) -> None:
    tuning = config(continuous("factors_lr", "0.01", "0.1"), jobs=5, at_once=2)
    name = create(lab, tuning, definition(lab, "factors_lr", epochs=ENDLESS))
    running = until(lab, name, lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    assert running["HyperParameterTuningJobStatus"] == "InProgress"
    assert running["ObjectiveStatusCounters"]["Pending"] == 2
    assert "HyperParameterTuningEndTime" not in running
    stop = lab.aws("sagemaker").stop_hyper_parameter_tuning_job
    stop(HyperParameterTuningJobName=name)
    assert describe(lab, name)["HyperParameterTuningJobStatus"] in ("Stopping", "Stopped")
    described = ended(lab, name)
    assert described["HyperParameterTuningJobStatus"] == "Stopped"
    assert described["TrainingJobStatusCounters"] == counters(Stopped=2)
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 2}
    assert {summary["TrainingJobStatus"] for summary in trainings(lab, name)} == {"Stopped"}
    with pytest.raises(ClientError, match="the tuning job is in status Stopped"):
        stop(HyperParameterTuningJobName=name)


def test_a_training_that_is_stopped_by_hand_makes_room_for_the_next(lab: Lab) -> None:
    tuning = config(categorical("epochs", ENDLESS, "1"), jobs=None, Strategy="Grid")
    name = create(lab, tuning, definition(lab, "epochs"))
    until(lab, name, lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 1)
    (first,) = trainings(lab, name)
    lab.aws("sagemaker").stop_training_job(TrainingJobName=first["TrainingJobName"])
    described = ended(lab, name)
    assert described["HyperParameterTuningJobStatus"] == "Completed", described.get("FailureReason")
    assert described["TrainingJobStatusCounters"] == counters(Completed=1, Stopped=1)


def test_a_seed_gives_the_same_hyperparameters_again(lab: Lab) -> None:
    chosen = []
    for seed in (7, 7, 8):
        tuning = config(continuous("factors_lr", "0.001", "0.1"), jobs=2, at_once=2, RandomSeed=seed)
        name = create(lab, tuning, definition(lab, "factors_lr", num_factors="many"))
        ended(lab, name)
        chosen.append([summary["TunedHyperParameters"]["factors_lr"] for summary in trainings(lab, name)])
    assert chosen[0] == chosen[1]
    assert not set(chosen[0]) & set(chosen[2])


def counters(**counts: int) -> dict[str, int]:
    zeros = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    return zeros | counts
