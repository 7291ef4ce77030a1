"""`sagemaker:createHyperParameterTuningJob.sync` under a role with just the permissions it needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local_aws.stepfunctions.test_sagemaker_tasks import IMAGE, records
from tests.local_aws.stepfunctions.workflows import Workflows, allow, machine, single, task

RESOURCE = "sagemaker:createHyperParameterTuningJob.sync"
PERMISSIONS = (
    "CreateHyperParameterTuningJob",
    "DescribeHyperParameterTuningJob",
    "StopHyperParameterTuningJob",
    "AddTags",
)
RULE = "StepFunctionsGetEventsForSageMakerTuningJobsRule"
STARTED_BY = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}


@pytest.fixture(scope="module")
def request_of(workflows: Workflows, bucket: str) -> Any:
    """A request for two trainings, at once, on a channel of this module's bucket."""
    s3 = workflows.client("s3")
    s3.put_object(Bucket=bucket, Key="tune-good/part.protobuf", Body=records())
    s3.put_object(Bucket=bucket, Key="tune-bad/part.protobuf", Body=b"not a record")
    role = workflows.role([allow("s3:*", "logs:*", "cloudwatch:*")], service="sagemaker.amazonaws.com")

    def channel(name: str, folder: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/tune-{folder}/"}
        content_type = "application/x-recordio-protobuf"
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": content_type}

    def request(folder: str, **hyperparameters: str) -> dict[str, Any]:
        settings = {"feature_dim": "16", "num_factors": "2", "predictor_type": "binary_classifier"}
        ranges = {"Name": "factors_lr", "MinValue": "0.001", "MaxValue": "0.1", "ScalingType": "Logarithmic"}
        metric = "test:binary_classification_cross_entropy"
        return {
            "HyperParameterTuningJobName": "{% $states.input.name & '-' & $states.context.State.RetryCount %}",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": metric},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": {"ContinuousParameterRanges": [ranges]},
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": {**settings, "epochs": "1", "mini_batch_size": "8", **hyperparameters},
                "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
                "RoleArn": role,
                "InputDataConfig": [channel("train", folder), channel("test", folder)],
                "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models/"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            },
        }

    return request


@pytest.fixture(scope="module")
def role_without(workflows: Workflows) -> Any:
    """A machine's role with the documented statements, less one SageMaker action; none for training jobs."""

    def role(missing: str | None = None) -> str:
        jobs = [f"sagemaker:{action}" for action in PERMISSIONS if action != missing]
        events = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
        return workflows.role(
            [
                allow(*jobs, resource="arn:aws:sagemaker:*:*:hyper-parameter-tuning-job/sfn-*"),
                allow("iam:PassRole"),
                allow(*events, resource=f"arn:aws:events:*:*:rule/{RULE}"),
            ]
        )

    return role


def test_the_result_is_the_described_job(workflows: Workflows, request_of: Any, role_without: Any) -> None:
    name = workflows.name()
    job = single(task(RESOURCE, request_of("good")))
    outcome = workflows.ended(workflows.start(workflows.create(job, role_arn=role_without()), {"name": name}))
    output = outcome.output
    assert (output["HyperParameterTuningJobName"], output["HyperParameterTuningJobStatus"]) == (
        f"{name}-0",
        "Completed",
    )
    assert output["TrainingJobStatusCounters"]["Completed"] == 2
    best = output["BestTrainingJob"]
    assert best["TrainingJobName"].startswith(f"{name}-0-00")
    assert 0.001 <= float(best["TunedHyperParameters"]["factors_lr"]) <= 0.1
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0
    assert output["HyperParameterTuningEndTime"].endswith("Z")
    tags = workflows.client("sagemaker").list_tags
    assert tags(ResourceArn=output["HyperParameterTuningJobArn"])["Tags"] == [STARTED_BY]
    assert tags(ResourceArn=best["TrainingJobArn"])["Tags"] == [STARTED_BY]
    assert outcome.types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    (scheduled,) = outcome.details("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("sagemaker", "createHyperParameterTuningJob.sync")
    described = workflows.client("events").describe_rule(Name=RULE)
    assert json.loads(described["EventPattern"])["detail-type"] == ["SageMaker HyperParameter Tuning Job State Change"]


def test_a_job_that_fails_fails_the_task_with_its_description(workflows: Workflows, request_of: Any) -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Output": "{% $parse($states.errorOutput.Cause) %}", "Next": "B"}]
    job = task(RESOURCE, request_of("bad"), Catch=catch, Next="B")
    outcome = workflows.run(machine({"A": job, "B": {"Type": "Succeed"}}), {"name": workflows.name()})
    assert outcome.output["HyperParameterTuningJobStatus"] == "Failed"
    assert outcome.output["FailureReason"].startswith("No training job succeeded after 2 attempts.")
    assert outcome.output["TrainingJobStatusCounters"]["NonRetryableError"] == 2


def test_a_name_that_is_taken(workflows: Workflows, request_of: Any) -> None:
    name = workflows.name()
    job = workflows.create(single(task(RESOURCE.removesuffix(".sync"), request_of("bad"))))
    assert "HyperParameterTuningJobArn" in workflows.ended(workflows.start(job, {"name": name})).output
    again = workflows.ended(workflows.start(job, {"name": name}))
    assert again.error == "SageMaker.ResourceInUseException"
    assert "already exists" in again.cause


def test_a_request_that_is_refused(workflows: Workflows, request_of: Any) -> None:
    request = request_of("bad")
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Hyperband"
    refused = workflows.run(single(task(RESOURCE, request)), {"name": workflows.name()})
    assert refused.error == "SageMaker.AmazonSageMakerException"
    assert "Strategy 'Hyperband' is not supported locally" in refused.cause


@pytest.mark.parametrize("missing", ["CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob", "AddTags"])
def test_each_permission_is_needed(workflows: Workflows, request_of: Any, role_without: Any, missing: str) -> None:
    job = single(task(RESOURCE, request_of("bad")))
    outcome = workflows.ended(
        workflows.start(workflows.create(job, role_arn=role_without(missing)), {"name": workflows.name()})
    )
    assert outcome.error == "SageMaker.AmazonSageMakerException"
    assert f"is not authorized to perform: sagemaker:{missing}" in outcome.cause


def test_the_rule_is_needed_when_the_machine_is_made(workflows: Workflows, request_of: Any) -> None:
    role = workflows.role([allow("sagemaker:*", "iam:PassRole")])
    with pytest.raises(workflows.states.exceptions.ClientError, match="is not authorized to create managed-rule"):
        workflows.create(single(task(RESOURCE, request_of("bad"))), role_arn=role)


def test_an_abandoned_job_is_stopped_with_its_trainings(
    workflows: Workflows, request_of: Any, role_without: Any
) -> None:
    name = workflows.name()
    job = single(task(RESOURCE, request_of("good", epochs="1000000")))
    execution = workflows.start(workflows.create(job, role_arn=role_without()), {"name": name})
    sagemaker = workflows.client("sagemaker")

    def described() -> Any:
        return sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=f"{name}-0")

    history = workflows.states.get_execution_history
    workflows.until(lambda: "TaskSubmitted" in {event["type"] for event in history(executionArn=execution)["events"]})
    workflows.until(lambda: described()["TrainingJobStatusCounters"]["InProgress"] == 2)
    workflows.states.stop_execution(executionArn=execution)
    workflows.until(lambda: described()["HyperParameterTuningJobStatus"] == "Stopped")
    assert described()["TrainingJobStatusCounters"]["Stopped"] == 2
    assert workflows.ended(execution).status == "ABORTED"
