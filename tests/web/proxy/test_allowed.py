"""The allow-list: which calls, on what, and what it says of others."""

from __future__ import annotations

import dataclasses
from typing import Any

import botocore.session
import pytest

from infra.settings import STAGES
from web.proxy.allowed import AllowList, execution_of
from web.proxy.errors import Refused
from web.proxy.pipeline import TRAINING_LOGS, Pipeline

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:movie-recommender-dev"
EXECUTION = MACHINE.replace("stateMachine", "execution") + ":run-1"
PIPELINE = Pipeline(
    region="eu-west-1",
    is_local=True,
    state_machine=MACHINE,
    bucket="the-bucket",
    endpoint="movie-recommender-dev",
    api_url="http://localhost:1",
    version_parameter="/movie-recommender-dev/model",
    functions={"validate": "validate-log"},
    log_groups=frozenset({"validate-log", "machine-log"}),
)
JOB = "movie-recommender-dev-run-1"

ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("stepfunctions:ListExecutions", {"stateMachineArn": MACHINE, "maxResults": 20, "statusFilter": "RUNNING"}),
    ("stepfunctions:DescribeStateMachine", {"stateMachineArn": MACHINE}),
    ("stepfunctions:StartExecution", {"stateMachineArn": MACHINE, "name": "run-2", "input": "{}"}),
    ("stepfunctions:DescribeExecution", {"executionArn": EXECUTION}),
    ("stepfunctions:DescribeStateMachineForExecution", {"executionArn": EXECUTION}),
    ("stepfunctions:GetExecutionHistory", {"executionArn": EXECUTION, "nextToken": "t", "reverseOrder": True}),
    ("stepfunctions:StopExecution", {"executionArn": EXECUTION, "cause": "asked to"}),
    ("logs:DescribeLogStreams", {"logGroupName": "validate-log", "orderBy": "LastEventTime", "descending": True}),
    ("logs:DescribeLogStreams", {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": f"{JOB}/"}),
    ("logs:GetLogEvents", {"logGroupName": "machine-log", "logStreamName": "2026/01/01/[$LATEST]a"}),
    ("logs:GetLogEvents", {"logGroupName": TRAINING_LOGS, "logStreamName": f"{JOB}/algo-1-1", "startFromHead": True}),
    ("logs:GetLogEvents", {"logGroupName": TRAINING_LOGS, "logStreamName": "mr-dev-tune-001-a/algo-1-1"}),
    ("logs:FilterLogEvents", {"logGroupName": "validate-log", "filterPattern": "ERROR", "startTime": 1}),
    ("logs:FilterLogEvents", {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": f"{JOB}/"}),
    ("sagemaker:DescribeTrainingJob", {"TrainingJobName": JOB}),
    ("sagemaker:DescribeEndpoint", {"EndpointName": "movie-recommender-dev"}),
    ("sagemaker:DescribeEndpointConfig", {"EndpointConfigName": "movie-recommender-dev-run-1"}),
    ("ssm:GetParameter", {"Name": "/movie-recommender-dev/model"}),
    ("s3:ListObjectsV2", {"Bucket": "the-bucket", "Prefix": "models/", "Delimiter": "/"}),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("stepfunctions:DeleteStateMachine", {"stateMachineArn": MACHINE}, "stepfunctions:StartExecution"),
    ("iam:CreateUser", {"UserName": "x"}, "expected one of"),
    ("s3:GetObject", {"Bucket": "the-bucket", "Key": "models/x"}, "expected one of"),
    (":", {}, "expected one of"),
    ("stepfunctions:ListExecutions", {}, MACHINE),
    ("stepfunctions:ListExecutions", {"stateMachineArn": f"{MACHINE}-2"}, MACHINE),
    ("stepfunctions:ListExecutions", {"stateMachineArn": MACHINE, "mapRunArn": "a"}, "mapRunArn cannot be given"),
    ("stepfunctions:ListExecutions", {"stateMachineArn": [MACHINE]}, MACHINE),
    ("stepfunctions:StartExecution", {"stateMachineArn": MACHINE.replace("dev", "prod")}, MACHINE),
    ("stepfunctions:StartExecution", {"stateMachineArn": MACHINE, "traceHeader": "x"}, "name, stateMachineArn"),
    ("stepfunctions:DescribeExecution", {"executionArn": MACHINE}, "<name>"),
    ("stepfunctions:StopExecution", {"executionArn": EXECUTION.replace("dev:", "dev-2:")}, "<name>"),
    ("logs:DescribeLogStreams", {"logGroupName": "other"}, "machine-log, validate-log"),
    ("logs:DescribeLogStreams", {"logGroupName": TRAINING_LOGS}, "logStreamNamePrefix"),
    ("logs:DescribeLogStreams", {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": "m"}, "mr-dev-..."),
    ("logs:GetLogEvents", {"logGroupName": TRAINING_LOGS, "logStreamName": "other/algo-1-1"}, "mr-dev-..."),
    ("logs:GetLogEvents", {"logGroupIdentifier": "x", "logGroupName": "validate-log", "logStreamName": "a"}, "only"),
    ("logs:FilterLogEvents", {"logGroupName": TRAINING_LOGS, "logStreamNames": ["other/a"]}, "mr-dev-..."),
    ("sagemaker:DescribeTrainingJob", {"TrainingJobName": "movie-recommender-prod-run"}, "movie-recommender-dev-"),
    ("sagemaker:DescribeEndpoint", {"EndpointName": "movie-recommender-prod"}, "movie-recommender-dev"),
    ("ssm:GetParameter", {"Name": "/movie-recommender-dev/model", "WithDecryption": True}, "WithDecryption"),
    ("ssm:GetParameter", {"Name": "/other"}, "/movie-recommender-dev/model"),
    ("s3:ListObjectsV2", {"Bucket": "the-bucket"}, "models/"),
    ("s3:ListObjectsV2", {"Bucket": "the-bucket", "Prefix": "runs/"}, "models/"),
    ("s3:ListObjectsV2", {"Bucket": "other", "Prefix": "models/"}, "the-bucket"),
]


def check(call: str, parameters: dict[str, Any]) -> None:
    service, _, operation = call.partition(":")
    AllowList(PIPELINE).check(service, operation, parameters)


@pytest.mark.parametrize(("call", "parameters"), ALLOWED, ids=[f"{i}-{call}" for i, (call, _) in enumerate(ALLOWED)])
def test_calls_of_the_page_are_allowed(call: str, parameters: dict[str, Any]) -> None:
    check(call, parameters)


@pytest.mark.parametrize(
    ("call", "parameters", "expected"), REFUSED, ids=[f"{i}-{call}" for i, (call, _, _) in enumerate(REFUSED)]
)
def test_other_calls_are_refused_with_what_is_allowed(call: str, parameters: dict[str, Any], expected: str) -> None:
    with pytest.raises(Refused) as raised:
        check(call, parameters)
    assert (raised.value.status, raised.value.code) == (403, "NotAllowed")
    assert expected in raised.value.message


def test_every_form_is_one_of_the_services_own() -> None:
    """Operations and parameters as AWS names them, and no parameter that AWS needs is left out."""
    session = botocore.session.Session()
    for call, forms in AllowList(PIPELINE)._forms.items():
        service, _, operation = call.partition(":")
        shape = session.get_service_model(service).operation_model(operation).input_shape
        assert shape is not None
        for form in forms:
            assert {*form.named, *form.free} <= set(shape.members), call
            assert set(shape.required_members) <= {*form.named, *form.free}, call


@pytest.mark.parametrize("tail", ["", ":", ":a:b", "x:a"])
def test_names_of_executions_have_no_colon(tail: str) -> None:
    prefix = MACHINE.replace("stateMachine", "execution")
    assert not execution_of(MACHINE).holds(f"{prefix}{tail}")


@pytest.mark.parametrize("stage", STAGES)
def test_jobs_begin_as_the_infrastructure_names_them(stage: str) -> None:
    declared = STAGES[stage]
    pipeline = dataclasses.replace(PIPELINE, endpoint=declared.name)
    assert pipeline.job_prefixes == (f"{declared.name}-", f"{declared.tuning_name}-")
    assert pipeline.stage == stage
