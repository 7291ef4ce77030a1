"""`sagemaker:createTrainingJob.sync` against the local SageMaker, under a role with just the permissions it needs."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from prep.recordio import write_records
from tests.local_aws.stepfunctions.workflows import Workflows, allow, machine, single, task

IMAGE = "685385470294.dkr.ecr.eu-west-1.amazonaws.com/factorization-machines:1"
PERMISSIONS = ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags")


def records() -> bytes:
    stream = io.BytesIO()
    labels = np.array([0, 1] * 8, dtype=np.float32)
    write_records(stream, csr_array(np.eye(16, dtype=np.float32)), labels)
    return stream.getvalue()


@pytest.fixture(scope="module")
def request_of(workflows: Workflows, bucket: str) -> Any:
    """A job request for a channel of this module's bucket."""
    s3 = workflows.client("s3")
    s3.put_object(Bucket=bucket, Key="good/part.protobuf", Body=records())
    s3.put_object(Bucket=bucket, Key="bad/part.protobuf", Body=b"not a record")
    role = workflows.role([allow("s3:*", "logs:*")], service="sagemaker.amazonaws.com")

    def request(channel: str, **hyperparameters: str) -> dict[str, Any]:
        settings = {
            "epochs": "1",
            "feature_dim": "16",
            "num_factors": "2",
            "predictor_type": "binary_classifier",
            "mini_batch_size": "8",
        }
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{channel}/"}
        return {
            "TrainingJobName": "{% $states.input.name & '-' & $states.context.State.RetryCount %}",
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role,
            "HyperParameters": {**settings, **hyperparameters},
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": source},
                    "ContentType": "application/x-recordio-protobuf",
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models/"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    return request


@pytest.fixture(scope="module")
def role_without(workflows: Workflows) -> Any:
    """A machine's role with the documented statements, less one SageMaker action."""

    def role(missing: str | None = None) -> str:
        jobs = [f"sagemaker:{action}" for action in PERMISSIONS if action != missing]
        return workflows.role(
            [
                allow(*jobs, resource="arn:aws:sagemaker:*:*:training-job/sfn-*"),
                allow("iam:PassRole"),
                allow("events:PutTargets", "events:PutRule", "events:DescribeRule"),
            ]
        )

    return role


def test_the_result_is_the_described_job(workflows: Workflows, request_of: Any, role_without: Any) -> None:
    name = workflows.name()
    job = single(task("sagemaker:createTrainingJob.sync", request_of("good")))
    outcome = workflows.ended(workflows.start(workflows.create(job, role_arn=role_without()), {"name": name}))
    assert outcome.output["TrainingJobStatus"] == "Completed"
    assert outcome.output["TrainingJobName"] == f"{name}-0"
    assert outcome.output["ModelArtifacts"]["S3ModelArtifacts"].endswith("model.tar.gz")
    assert outcome.output["CreationTime"].endswith("Z")
    tagged = workflows.client("sagemaker").list_tags(ResourceArn=outcome.output["TrainingJobArn"])["Tags"]
    assert tagged == [{"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}]
    assert outcome.types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    (scheduled,) = outcome.details("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("sagemaker", "createTrainingJob.sync")


def test_a_job_that_fails_fails_the_task_with_its_description(workflows: Workflows, request_of: Any) -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Output": "{% $parse($states.errorOutput.Cause) %}", "Next": "B"}]
    job = task("sagemaker:createTrainingJob.sync", request_of("bad"), Catch=catch, Next="B")
    outcome = workflows.run(machine({"A": job, "B": {"Type": "Succeed"}}), {"name": workflows.name()})
    assert outcome.output["TrainingJobStatus"] == "Failed"
    assert outcome.output["FailureReason"]


def test_a_name_that_is_taken(workflows: Workflows, request_of: Any) -> None:
    name = workflows.name()
    job = workflows.create(single(task("sagemaker:createTrainingJob", request_of("bad"))))
    assert "TrainingJobArn" in workflows.ended(workflows.start(job, {"name": name})).output
    again = workflows.ended(workflows.start(job, {"name": name}))
    assert again.error == "SageMaker.ResourceInUseException"
    assert "Error Code: ResourceInUse" in again.cause


@pytest.mark.parametrize("missing", ["CreateTrainingJob", "DescribeTrainingJob", "AddTags"])
def test_each_permission_is_needed(workflows: Workflows, request_of: Any, role_without: Any, missing: str) -> None:
    job = single(task("sagemaker:createTrainingJob.sync", request_of("bad")))
    outcome = workflows.ended(
        workflows.start(workflows.create(job, role_arn=role_without(missing)), {"name": workflows.name()})
    )
    assert outcome.error == "SageMaker.AmazonSageMakerException"
    assert f"is not authorized to perform: sagemaker:{missing}" in outcome.cause


@pytest.mark.parametrize("end", ["stop", "timeout", "delete"])
def test_an_abandoned_job_is_stopped(workflows: Workflows, request_of: Any, role_without: Any, end: str) -> None:
    limit = {"TimeoutSeconds": 1} if end == "timeout" else {}
    job = task("sagemaker:createTrainingJob.sync", request_of("good", epochs="1000000"), **limit)
    name = workflows.name()
    role = role_without()
    machine_arn = workflows.create(single(job), role_arn=role)
    execution = workflows.start(machine_arn, {"name": name})
    history = workflows.states.get_execution_history
    workflows.until(lambda: "TaskSubmitted" in {event["type"] for event in history(executionArn=execution)["events"]})
    if end == "stop":
        workflows.states.stop_execution(executionArn=execution)
    elif end == "delete":
        workflows.states.delete_state_machine(stateMachineArn=machine_arn)
        workflows.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="tests")
    sagemaker = workflows.client("sagemaker")

    def status() -> str:
        return str(sagemaker.describe_training_job(TrainingJobName=f"{name}-0")["TrainingJobStatus"])

    workflows.until(lambda: status() == "Stopped")
    outcome = workflows.ended(execution)
    assert (outcome.status, outcome.error) == (("FAILED", "States.Timeout") if end == "timeout" else ("ABORTED", None))
    assert "TaskSucceeded" not in outcome.types


def test_causes_are_json(workflows: Workflows, request_of: Any) -> None:
    job = single(task("sagemaker:createTrainingJob.sync", request_of("bad")))
    outcome = workflows.ended(workflows.start(workflows.create(job), {"name": workflows.name()}))
    assert outcome.error == "States.TaskFailed"
    assert json.loads(outcome.cause)["SecondaryStatus"] == "Failed"
