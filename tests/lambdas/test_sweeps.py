"""Each kind of thing that executions make is found by its name, goes, and others' stay."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.common.sweeps.hosting import EndpointItself, ModelPackages, Named, ScalingTargets
from lambdas.common.sweeps.logs import LogGroup, LogStreams
from lambdas.common.sweeps.objects import Objects
from lambdas.common.sweeps.runs import Executions, GlueRuns, Jobs
from tests.lambdas import hosting

Aws = Callable[[str], Any]
_numbers = itertools.count()

pytestmark = pytest.mark.usefixtures("in_lambda")


@pytest.fixture
def stage() -> str:
    """The name of a stage that nobody else has."""
    return f"sweep{next(_numbers)}-dev"


@pytest.fixture(scope="module")
def role(aws: Aws) -> str:
    return hosting.role(aws, "sweeps", "s3:GetObject", "s3:ListBucket")


def test_models_and_configs_by_the_beginning_of_their_names(aws: Aws, stage: str, role: str, bucket: str) -> None:
    client, theirs = aws("sagemaker"), f"not-{stage}-1"
    for name in (f"{stage}-1", f"{stage}-2", theirs):
        hosting.model_and_config(aws, name, bucket=bucket, role_arn=role)
    for noun, method in (("EndpointConfig", "endpoint_config"), ("Model", "model")):
        sweep = Named(noun, method, f"{stage}-")
        assert sorted(sweep()) == [f"{noun} {stage}-1", f"{noun} {stage}-2"]
        assert sweep() == []
    assert [model["ModelName"] for model in client.list_models(NameContains=stage)["Models"]] == [theirs]
    configs = client.list_endpoint_configs(NameContains=stage)["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in configs] == [theirs]


def test_versions_of_a_group_which_then_may_go(aws: Aws, stage: str) -> None:
    client = aws("sagemaker")
    assert ModelPackages(stage)() == [], "there is no group"
    client.create_model_package_group(ModelPackageGroupName=stage)
    types = {"SupportedContentTypes": ["application/json"], "SupportedResponseMIMETypes": ["application/json"]}
    for _ in range(2):
        specification = {"Containers": [hosting.container("theirs")], **types}
        client.create_model_package(ModelPackageGroupName=stage, InferenceSpecification=specification)
    assert sorted(ModelPackages(stage)()) == [f"model package 1 of {stage}", f"model package 2 of {stage}"]
    client.delete_model_package_group(ModelPackageGroupName=stage)


def test_what_is_not_there_is_no_trouble(aws: Aws, stage: str) -> None:
    machine = f"arn:aws:states:eu-west-1:123456789012:stateMachine:{stage}"
    assert [GlueRuns(stage)(), ScalingTargets(stage)(), EndpointItself(stage)(), LogGroup(stage)()] == [[], [], [], []]
    assert LogStreams(stage, "any")() == Objects(stage)() == []
    with pytest.raises(aws("stepfunctions").exceptions.StateMachineDoesNotExist):
        Executions(machine)()  # it is there until this has answered


def test_executions_are_stopped(aws: Aws, stage: str, role: str) -> None:
    states = aws("stepfunctions")
    definition = '{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}'
    machine = states.create_state_machine(name=stage, definition=definition, roleArn=role)["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, name="one")["executionArn"]
    assert Executions(machine)() == ["execution one"]
    assert states.describe_execution(executionArn=arn)["status"] == "ABORTED"
    assert Executions(machine)() == []
    states.delete_state_machine(stateMachineArn=machine)


def test_streams_by_the_beginning_of_their_names(aws: Aws, stage: str) -> None:
    logs, group = aws("logs"), f"/shared/{stage}"
    logs.create_log_group(logGroupName=group)
    for stream in (f"{stage}-a/algo-1", "tuned-b/algo-1", "theirs/algo-1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    sweep = LogStreams(group, f"{stage}-", "tuned-")
    assert sweep() == [f"log stream {stage}-a/algo-1", "log stream tuned-b/algo-1"]
    assert sweep() == []
    assert [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group)["logStreams"]] == [
        "theirs/algo-1"
    ]
    assert LogGroup(group)() == [f"log group {group}"]
    assert LogGroup(group)() == []


def test_every_version_and_every_unfinished_upload(aws: Aws, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="twice", Body=body)
    s3.put_object(Bucket=bucket, Key="hidden", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="hidden")
    s3.create_multipart_upload(Bucket=bucket, Key="half")
    assert Objects(bucket)() == [f"4 versions of objects of {bucket}", f"1 uploads of {bucket}"]
    s3.delete_bucket(Bucket=bucket)


def test_jobs_are_stopped_and_their_records_go(aws: Aws, stage: str, bucket: str, role: str) -> None:
    """One that fails at once, for there is nothing to train on: its record is what is left of it."""
    client, s3 = aws("sagemaker"), aws("s3")
    s3.put_object(Bucket=bucket, Key="train/a", Body=b"")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}
    for name in (f"{stage}-1", f"not-{stage}-1"):
        client.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": hosting.IMAGE, "TrainingInputMode": "File"},
            RoleArn=role,
            InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{bucket}/model"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
    sweep = Jobs("TrainingJob", "training_job", f"{stage}-")
    found = sweep()
    assert found[0].startswith(f"TrainingJob {stage}-1 (")
    while sweep():
        time.sleep(0.05)
    left = client.list_training_jobs(NameContains=stage)["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in left] == [f"not-{stage}-1"]
