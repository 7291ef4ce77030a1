"""aws-sdk and Lambda tasks: results, errors, credentials."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from tests.local_aws.stepfunctions.workflows import Json, Workflows, allow, single, task

HANDLER = """
import os, time

class Unhappy(Exception):
    pass

def handler(event, context):
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("raise"):
        raise Unhappy(event["raise"])
    if event.get("exit"):
        os._exit(3)
    return event["answer"]
"""


@pytest.fixture(scope="module")
def function(workflows: Workflows) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("tasks.py", HANDLER)
    made = workflows.client("lambda").create_function(
        FunctionName=workflows.name("fn"),
        Runtime="python3.11",
        Role=workflows.role(service="lambda.amazonaws.com"),
        Handler="tasks.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=20,
    )
    return str(made["FunctionArn"])


def test_objects_are_sent_as_json_and_read_back_as_text(workflows: Workflows, bucket: str) -> None:
    body = {"a": [1, None, 'é"']}
    put = task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "k", "Body": body})
    assert "ETag" in workflows.run(single(put)).output
    stored = workflows.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read()
    assert json.loads(stored) == body
    got = workflows.run(single(task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "k"}))).output
    assert got["Body"] == stored.decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got["LastModified"])
    assert "ResponseMetadata" not in got


def test_members_are_pascal_case_both_ways(workflows: Workflows) -> None:
    started = task("aws-sdk:sfn:listExecutions", {"StateMachineArn": "{% $states.context.StateMachine.Id %}"})
    (listed,) = workflows.run(single(started)).output["Executions"]
    assert listed["Status"] == "RUNNING"
    assert listed["StartDate"].endswith("Z")


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        ("aws-sdk:s3:getObject", {"Bucket": "sfn-no-such-bucket", "Key": "k"}, "S3.NoSuchBucketException"),
        ("aws-sdk:ssm:getParameter", {"Name": "/sfn/none"}, "Ssm.ParameterNotFoundException"),
        ("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "sfn-none"}, "SageMaker.SageMakerException"),
        (
            "sagemaker:createEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "none"},
            "SageMaker.AmazonSageMakerException",
        ),
    ],
)
def test_error_names(workflows: Workflows, resource: str, arguments: Json, error: str) -> None:
    outcome = workflows.run(single(task(resource, arguments)))
    assert outcome.error == error
    (failed,) = outcome.details("TaskFailed")
    assert (failed["error"], failed["cause"]) == (error, outcome.cause)
    assert "Status Code: 4" in outcome.cause


@pytest.mark.parametrize(
    ("resource", "arguments", "error", "action"),
    [
        ("aws-sdk:ssm:getParameter", {"Name": "/sfn/x"}, "Ssm.AccessDeniedException", "ssm:GetParameter"),
        (
            "sagemaker:createModel",
            {"ModelName": "x", "ExecutionRoleArn": "r"},
            "SageMaker.AmazonSageMakerException",
            "sagemaker:CreateModel",
        ),
        ("lambda:invoke", {"FunctionName": "sfn-x"}, "Lambda.AWSLambdaException", "lambda:InvokeFunction"),
    ],
)
def test_tasks_act_as_the_machines_role(
    workflows: Workflows, resource: str, arguments: Json, error: str, action: str
) -> None:
    role = workflows.role([allow("sts:GetCallerIdentity")])
    outcome = workflows.run(single(task(resource, arguments)), role_arn=role)
    assert outcome.error == error
    assert f"assumed-role/{role.rpartition('/')[2]}/" in outcome.cause
    assert f"is not authorized to perform: {action}" in outcome.cause


@pytest.mark.parametrize("answer", [{"é": 'a"b\n'}, None, [], "text", 1, True])
def test_lambda_payload_in_and_out(workflows: Workflows, function: str, answer: Json) -> None:
    call = task("lambda:invoke", {"FunctionName": function, "Payload": {"answer": "{% $states.input.answer %}"}})
    output = workflows.run(single(call), {"answer": answer}).output
    assert output["Payload"] == answer
    assert (output["StatusCode"], output["ExecutedVersion"]) == (200, "$LATEST")
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    direct = workflows.run(single(task(function, {"answer": "{% $states.input.answer %}"})), {"answer": answer})
    assert direct.output == answer
    assert "LambdaFunctionSucceeded" in direct.types


@pytest.mark.parametrize("direct", [True, False])
def test_a_function_fails_with_its_own_error(workflows: Workflows, function: str, *, direct: bool) -> None:
    payload = {"raise": 'no "way"\n'}
    call = task(function, payload) if direct else task("lambda:invoke", {"FunctionName": function, "Payload": payload})
    outcome = workflows.run(single(call))
    assert outcome.error == "Unhappy"
    assert json.loads(outcome.cause)["errorMessage"] == 'no "way"\n'
    (failed,) = outcome.details("LambdaFunctionFailed" if direct else "TaskFailed")
    assert failed["error"] == "Unhappy"


@pytest.mark.parametrize("direct", [True, False])
def test_a_function_that_is_not_there(workflows: Workflows, direct: bool) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:sfn-none"
    outcome = workflows.run(single(task(arn) if direct else task("lambda:invoke", {"FunctionName": arn})))
    assert outcome.error == "Lambda.ResourceNotFoundException"


def test_a_task_times_out_and_reports_nothing_later(workflows: Workflows, function: str) -> None:
    slow = task("lambda:invoke", {"FunctionName": function, "Payload": {"sleep": 2, "answer": 1}}, TimeoutSeconds=1)
    quick = {"Type": "Wait", "Seconds": 2, "End": True}
    catch = [{"ErrorEquals": ["States.Timeout"], "Output": "{% $states.errorOutput.Error %}", "Next": "After"}]
    definition = single({**slow, "Catch": catch})
    definition["States"]["After"] = quick
    outcome = workflows.run(definition)
    assert outcome.output == "States.Timeout"
    assert outcome.types.count("TaskTimedOut") == 1
    assert "TaskSucceeded" not in outcome.types


def test_a_stopped_execution_does_not_wait_for_its_task(workflows: Workflows, function: str) -> None:
    slow = task("lambda:invoke", {"FunctionName": function, "Payload": {"sleep": 3, "answer": 1}})
    execution = workflows.start(workflows.create(single(slow)))
    history = workflows.states.get_execution_history
    workflows.until(lambda: history(executionArn=execution)["events"][-1]["type"] == "TaskStarted")
    workflows.states.stop_execution(executionArn=execution)
    assert workflows.states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    assert history(executionArn=execution)["events"][-1]["type"] == "ExecutionAborted"


def test_heartbeat_and_timeout_may_be_expressions(workflows: Workflows) -> None:
    times = {"TimeoutSeconds": "{% $states.input.t %}", "HeartbeatSeconds": "{% $states.input.t - 1 %}"}
    outcome = workflows.run(single(task("aws-sdk:ssm:describeParameters", **times)), {"t": 9})
    assert outcome.status == "SUCCEEDED"
    assert outcome.details("TaskScheduled")[0]["timeoutInSeconds"] == 9
    assert outcome.details("TaskScheduled")[0]["heartbeatInSeconds"] == 8


@pytest.fixture(scope="module")
def queue(workflows: Workflows) -> str:
    return str(workflows.client("sqs").create_queue(QueueName=workflows.name())["QueueUrl"])


def test_a_task_waits_for_its_token(workflows: Workflows, queue: str) -> None:
    body = {"token": "{% $states.context.Task.Token %}"}
    send = task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": body})
    execution = workflows.start(workflows.create(single(send)))
    (message,) = workflows.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    token = json.loads(message["Body"])["token"]
    workflows.states.send_task_success(taskToken=token, output='{"said": "é"}')
    assert workflows.ended(execution).output == {"said": "é"}


def test_a_token_without_a_heartbeat_times_out(workflows: Workflows, queue: str) -> None:
    send = task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": "{% $states.context.Task %}"})
    outcome = workflows.run(single({**send, "TimeoutSeconds": 20, "HeartbeatSeconds": 1}))
    assert outcome.error == "States.Timeout"
