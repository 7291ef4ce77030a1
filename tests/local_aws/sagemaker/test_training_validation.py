"""What CreateTrainingJob refuses before anything runs, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local_aws.sagemaker import supported
from tests.local_aws.sagemaker.laboratory import IMAGE, Lab


def refusal(lab: Lab, **changes: Any) -> tuple[str, str]:
    """Code and message of the answer to a request changed so."""
    request = lab.job_request(changes.pop("TrainingJobName", lab.name("refused")), **changes)
    with pytest.raises(ClientError) as caught:
        lab.aws("sagemaker").create_training_job(**request)
    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Code"], error["Message"]


@pytest.mark.parametrize("name", ["a_b", "-a", "a-", "ä"])
def test_names_follow_the_pattern(lab: Lab, name: str) -> None:
    assert refusal(lab, TrainingJobName=name) == (
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    )


def test_names_have_at_most_63_characters(lab: Lab) -> None:
    _, message = refusal(lab, TrainingJobName="a" * 64)
    assert "Member must have length less than or equal to 63" in message


def test_every_broken_constraint_is_named_at_once(lab: Lab) -> None:
    resources = {"InstanceType": "m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    _, message = refusal(lab, ResourceConfig=resources, RoleArn="arn:aws:iam::123456789012:user/not-a-role")
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'm5.large' at 'resourceConfig.instanceType'" in message
    assert "at 'roleArn' failed to satisfy constraint" in message


def test_a_role_must_trust_sagemaker(lab: Lab) -> None:
    role = lab.role(actions=["s3:*"], trusted="lambda.amazonaws.com")
    code, message = refusal(lab, RoleArn=role)
    assert code == "ValidationException"
    assert message.startswith(f"Could not assume role {role}.")


def test_a_role_must_exist(lab: Lab) -> None:
    role = "arn:aws:iam::123456789012:role/nobody"
    assert role in refusal(lab, RoleArn=role)[1]


def test_a_prefix_without_objects_is_refused(lab: Lab) -> None:
    code, message = refusal(lab, InputDataConfig=[lab.channel("train", prefix="nothing/here/")])
    assert code == "ValidationException"
    assert message.startswith(f'No S3 objects found under S3 URL "s3://{lab.bucket}/nothing/here/"')
    assert f'the role "{lab.role_arn}" has "s3:ListBucket" permissions' in message


def test_a_prefix_that_the_role_may_not_list_is_refused_with_the_action(lab: Lab) -> None:
    role = lab.role(actions=["s3:GetObject", "s3:PutObject", "logs:*"])
    code, message = refusal(lab, RoleArn=role)
    assert code == "ValidationException"
    assert "AccessDenied" in message
    assert "not authorized to perform: s3:ListBucket" in message


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 17, "VolumeSizeInGB": 1}},
            "ResourceConfig.InstanceCount 17",
        ),
        ({"ExperimentConfig": {"ExperimentName": "e"}}, "ExperimentConfig"),
        ({"AlgorithmSpecification": {"AlgorithmName": "mine", "TrainingInputMode": "File"}}, "AlgorithmName"),
        ({"DebugHookConfig": {"S3OutputPath": "s3://b/k"}}, "DebugHookConfig"),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": IMAGE,
                    "TrainingInputMode": "File",
                    "EnableSageMakerMetricsTimeSeries": True,
                }
            },
            "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
        ),
    ],
)
def test_what_would_have_no_effect_is_refused_by_name(lab: Lab, changes: dict[str, Any], named: str) -> None:
    code, message = refusal(lab, **changes)
    assert code == "ValidationException"
    assert named in message
    assert "not supported locally" in message


@pytest.mark.parametrize(
    ("member", "value"), [("InputMode", "Pipe"), ("CompressionType", "Gzip"), ("RecordWrapperType", "RecordIO")]
)
def test_channel_settings_that_are_not_honoured_are_refused(lab: Lab, member: str, value: str) -> None:
    _, message = refusal(lab, InputDataConfig=[lab.channel("train", **{member: value})])
    assert f"InputDataConfig.{member} {value!r} is not supported locally" in message


def test_manifest_files_are_refused(lab: Lab) -> None:
    channel = lab.channel("train")
    channel["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    _, message = refusal(lab, InputDataConfig=[channel])
    assert "S3DataType 'ManifestFile' is not supported locally, expected 'S3Prefix'" in message


def test_spot_training_needs_a_longer_wait_than_run(lab: Lab) -> None:
    stopping = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 60}
    _, message = refusal(lab, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    assert "MaxWaitTimeInSeconds 60" in message


def test_channels_have_names_of_their_own(lab: Lab) -> None:
    _, message = refusal(lab, InputDataConfig=[lab.channel("train"), lab.channel("train")])
    assert "'train' is there twice" in message


def test_a_job_that_does_not_exist_is_not_found(lab: Lab) -> None:
    for action in ("describe_training_job", "stop_training_job"):
        with pytest.raises(ClientError, match="Requested resource not found"):
            getattr(lab.aws("sagemaker"), action)(TrainingJobName="sm-nobody")


def test_filters_that_are_not_applied_are_refused(lab: Lab) -> None:
    with pytest.raises(ClientError, match="ListTrainingJobs: WarmPoolStatusEquals is not supported locally"):
        lab.aws("sagemaker").list_training_jobs(WarmPoolStatusEquals="Available")


@pytest.mark.parametrize("action", ["ListTrainingJobs", "ListModels", "ListEndpointConfigs", "ListEndpoints"])
def test_what_a_list_may_be_asked_exists(action: str) -> None:
    """The other way round than most: everything that is said to be applied is a member of the request."""
    members = get_service_model("sagemaker").operation_model(action).input_shape.members
    assert set(supported.SUPPORTED[action]) <= set(members)


def test_work_that_is_not_done_is_not_pretended(lab: Lab) -> None:
    with pytest.raises(ClientError, match="CreateProcessingJob is not emulated"):
        lab.aws("sagemaker").create_processing_job(
            ProcessingJobName="p",
            ProcessingResources={
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            AppSpecification={"ImageUri": "image"},
            RoleArn=lab.role_arn,
        )
