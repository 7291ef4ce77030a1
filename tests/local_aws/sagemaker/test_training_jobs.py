"""Training jobs from the request to the artifact, and each way they can end otherwise."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from botocore.exceptions import ClientError

from fm import artifact
from fm.metrics import classifier_metrics
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, Lab, Trained, hyperparameters
from tests.local_server import LocalAws

NAMESPACE = "/aws/sagemaker/TrainingJobs"
MINUTE = timedelta(minutes=1)


def test_the_job_reports_what_its_artifact_scores(trained: Trained, artifact_folder: Path) -> None:
    content = artifact.read(artifact_folder / "model_algo-1")
    expected = classifier_metrics(trained.test.labels, content.model.probability(trained.test.rows))
    reported = {metric["MetricName"]: metric["Value"] for metric in trained.described["FinalMetricDataList"]}
    assert reported["test:binary_classification_accuracy"] == pytest.approx(expected.accuracy, abs=1e-6)
    assert reported["test:binary_classification_cross_entropy"] == pytest.approx(expected.cross_entropy, rel=1e-6)
    assert reported["test:binary_f_beta"] == pytest.approx(expected.f1, rel=1e-6)
    assert content.training_parameters["epochs"] == "12"
    assert content.training_parameters["bias_wd"] == "0.01"


def test_the_job_learns_what_was_planted(trained: Trained) -> None:
    reported = {metric["MetricName"]: metric["Value"] for metric in trained.described["FinalMetricDataList"]}
    majority = max(np.mean(trained.test.labels), 1 - np.mean(trained.test.labels))
    assert majority < 0.65
    assert reported["test:binary_classification_accuracy"] > 0.85


def test_what_was_asked_is_described_back(lab: Lab, trained: Trained) -> None:
    asked = lab.job_request(trained.name)
    described = trained.described
    for name in ("TrainingJobName", "RoleArn", "HyperParameters", "InputDataConfig", "ResourceConfig"):
        assert described[name] == asked[name], name
    assert described["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert described["OutputDataConfig"]["S3OutputPath"] == asked["OutputDataConfig"]["S3OutputPath"]
    assert described["TrainingJobArn"] == f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{trained.name}"
    assert trained.artifact == f"s3://{lab.bucket}/models/{trained.name}/output/model.tar.gz"
    names = {definition["Name"] for definition in described["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"test:rmse", "test:binary_classification_accuracy", "test:binary_f_beta"} <= names


def test_the_job_went_through_the_services_states(trained: Trained) -> None:
    transitions = trained.described["SecondaryStatusTransitions"]
    assert [one["Status"] for one in transitions] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    moments: list[datetime] = [moment for one in transitions for moment in (one["StartTime"], one["EndTime"])]
    assert moments == sorted(moments)
    assert trained.described["SecondaryStatus"] == "Completed"
    started, ended = trained.described["TrainingStartTime"], trained.described["TrainingEndTime"]
    assert transitions[0]["StartTime"] <= started <= ended
    seconds = trained.described["TrainingTimeInSeconds"]
    assert 0 <= seconds - (ended - started).total_seconds() < 1.01
    assert trained.described["BillableTimeInSeconds"] == seconds


def test_the_log_is_in_cloudwatch_in_the_services_place(lab: Lab, trained: Trained) -> None:
    logs, group = lab.aws("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{trained.name}/")["logStreams"]
    (stream,) = [stream["logStreamName"] for stream in streams]
    assert re.fullmatch(rf"{trained.name}/algo-1-\d+", stream)
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    lines = [event["message"] for event in events]
    epochs = [line for line in lines if re.search(r"epoch=\d+, train binary_classification_accuracy <score>=", line)]
    assert len(epochs) == 12
    assert any("#quality_metric: host=algo-1, test binary_classification_accuracy <score>=" in line for line in lines)


def test_the_metrics_are_in_cloudwatch_by_the_jobs_name(lab: Lab, trained: Trained) -> None:
    cloudwatch = lab.aws("cloudwatch")
    of_job = {"Namespace": NAMESPACE, "Dimensions": [{"Name": "TrainingJobName", "Value": trained.name}]}
    final = {metric["MetricName"]: metric for metric in trained.described["FinalMetricDataList"]}
    listed = cloudwatch.list_metrics(**of_job)["Metrics"]
    assert {metric["MetricName"] for metric in listed} == set(final)
    for name, metric in final.items():
        around = {"StartTime": metric["Timestamp"] - MINUTE, "EndTime": metric["Timestamp"] + MINUTE, "Period": 60}
        read = cloudwatch.get_metric_statistics(MetricName=name, Statistics=["Maximum"], **around, **of_job)
        assert [point["Maximum"] for point in read["Datapoints"]] == pytest.approx([metric["Value"]]), name


@pytest.mark.parametrize("namespace", [None, "Other"])
def test_a_role_that_may_not_publish_metrics_loses_them_and_no_more(
    lab: Lab, local_aws: LocalAws, namespace: str | None
) -> None:
    role = lab.role(actions=["s3:*", "logs:*"])
    if namespace is not None:
        lab.allow(role, "cloudwatch:PutMetricData", StringEquals={"cloudwatch:namespace": namespace})
    name = lab.name("unmeasured")
    lab.aws("sagemaker").create_training_job(**lab.job_request(name, RoleArn=role))
    assert lab.ended(name)["TrainingJobStatus"] == "Completed"
    assert {metric["MetricName"] for metric in lab.ended(name)["FinalMetricDataList"]} >= {"test:binary_f_beta"}
    of_job = [{"Name": "TrainingJobName", "Value": name}]
    assert not lab.aws("cloudwatch").list_metrics(Namespace=NAMESPACE, Dimensions=of_job)["Metrics"]
    assert denied(local_aws, role) == {"cloudwatch:PutMetricData"}


def test_metrics_need_no_more_than_their_namespace(lab: Lab, local_aws: LocalAws) -> None:
    role = lab.role(actions=["s3:*", "logs:*"])
    lab.allow(role, "cloudwatch:PutMetricData", StringEquals={"cloudwatch:namespace": NAMESPACE})
    name = lab.name("measured")
    lab.aws("sagemaker").create_training_job(**lab.job_request(name, RoleArn=role))
    assert lab.ended(name)["TrainingJobStatus"] == "Completed"
    of_job = [{"Name": "TrainingJobName", "Value": name}]
    assert lab.aws("cloudwatch").list_metrics(Namespace=NAMESPACE, Dimensions=of_job)["Metrics"]
    assert denied(local_aws, role) == set()


def test_a_log_can_be_followed_while_the_job_runs(lab: Lab) -> None:
    name = lab.name("long")
    lab.aws("sagemaker").create_training_job(**lab.job_request(name, HyperParameters=hyperparameters(epochs="1000000")))
    assert _first_epoch_in_log(lab, name)
    assert lab.aws("sagemaker").describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress"
    lab.aws("sagemaker").stop_training_job(TrainingJobName=name)
    stopped = lab.ended(name)
    assert (stopped["TrainingJobStatus"], stopped["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert [one["Status"] for one in stopped["SecondaryStatusTransitions"]][-2:] == ["Stopping", "Stopped"]
    assert "ModelArtifacts" not in stopped
    assert not _artifacts(lab, name)
    with pytest.raises(ClientError, match="is in status Stopped"):
        lab.aws("sagemaker").stop_training_job(TrainingJobName=name)


def test_the_time_limit_ends_a_job(lab: Lab) -> None:
    name = lab.name("overtime")
    request = lab.job_request(
        name, HyperParameters=hyperparameters(epochs="1000000"), StoppingCondition={"MaxRuntimeInSeconds": 1}
    )
    lab.aws("sagemaker").create_training_job(**request)
    ended = lab.ended(name)
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert not _artifacts(lab, name)


def test_a_name_is_taken_for_ever(lab: Lab, trained: Trained) -> None:
    with pytest.raises(
        ClientError, match="Training job names must be unique within an AWS account and region"
    ) as caught:
        lab.aws("sagemaker").create_training_job(**lab.job_request(trained.name))
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "hyperparameter": ({"HyperParameters": hyperparameters(num_factors="many")}, "'many'"),
    "image": (
        {
            "AlgorithmSpecification": {
                "TrainingImage": "438346466558.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1",
                "TrainingInputMode": "File",
            }
        },
        "438346466558.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_job_that_cannot_train_says_why(lab: Lab, case: str) -> None:
    changes, reason = FAILURES[case]
    assert reason in failure(lab, **changes)


def test_a_role_that_may_not_read_is_denied_in_the_reason(lab: Lab) -> None:
    role = lab.role(actions=["s3:ListBucket", "s3:PutObject", "logs:*"])
    reason = failure(lab, RoleArn=role)
    assert reason.startswith("ClientError: Data download failed:")
    assert "not authorized to perform: s3:GetObject" in reason


def test_a_role_that_may_not_write_is_denied_in_the_reason(lab: Lab) -> None:
    role = lab.role(actions=["s3:ListBucket", "s3:GetObject", "logs:*"])
    reason = failure(lab, RoleArn=role, HyperParameters=hyperparameters(epochs="1"))
    assert reason.startswith("ClientError: Artifact upload failed:")
    assert "not authorized to perform: s3:PutObject" in reason


def test_jobs_are_listed_and_tagged(lab: Lab, trained: Trained) -> None:
    sagemaker = lab.aws("sagemaker")
    listed = sagemaker.list_training_jobs(NameContains=trained.name, StatusEquals="Completed", SortBy="Name")
    (summary,) = [job for job in listed["TrainingJobSummaries"] if job["TrainingJobName"] == trained.name]
    assert summary["TrainingJobStatus"] == "Completed"
    arn = trained.described["TrainingJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "films"}])
    assert {"Key": "team", "Value": "films"} in sagemaker.list_tags(ResourceArn=arn)["Tags"]
    with pytest.raises(ClientError, match="Could not find resource"):
        sagemaker.add_tags(ResourceArn=f"{arn}-not", Tags=[{"Key": "team", "Value": "films"}])


def denied(local_aws: LocalAws, role_arn: str) -> set[str]:
    """Actions that the local AWS's own page says the role was refused."""
    with urlopen(f"{local_aws.endpoint_url}/_local_aws/iam") as page:  # noqa: S310 - the local AWS's own http address
        denials = json.load(page)["denials"]
    return {denial["action"] for denial in denials if denial["role"] == role_arn.rpartition("/")[2]}


def failure(lab: Lab, **changes: Any) -> str:
    """FailureReason of a job that must fail, and must leave nothing."""
    name = lab.name("failing")
    lab.aws("sagemaker").create_training_job(**lab.job_request(name, **changes))
    described = lab.ended(name)
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Failed", "Failed")
    assert "ModelArtifacts" not in described
    assert not _artifacts(lab, name)
    reason: str = described["FailureReason"]
    assert reason.startswith(("ClientError: ", "AlgorithmError: ")), reason
    return reason


def _artifacts(lab: Lab, job: str) -> list[Any]:
    listed = lab.aws("s3").list_objects_v2(Bucket=lab.bucket, Prefix=f"models/{job}/")
    return listed.get("Contents", [])  # type: ignore[no-any-return]


def _streams(logs: Any, group: str, *, prefix: str) -> list[dict[str, Any]]:
    """None as long as no job has written a line, for the first one makes the group."""
    try:
        return list(logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"])
    except logs.exceptions.ResourceNotFoundException:
        return []


def _first_epoch_in_log(lab: Lab, job: str) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    logs, group = lab.aws("logs"), "/aws/sagemaker/TrainingJobs"
    while time.monotonic() < deadline:
        for stream in _streams(logs, group, prefix=f"{job}/"):
            events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
            if "epoch=0, train" in json.dumps(events["events"]):
                return True
        time.sleep(0.05)
    return False
