"""What the services publish of what they do, with AWS's names and dimensions; and what functions say in their logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.apigateway.laboratory import Laboratory, api_resources, permission
from tests.local_aws.awslambda.conftest import zipped
from tests.local_aws.cloudwatch.laboratory import Lab, eventually, name
from tests.local_aws.conftest import LocalAws
from tests.local_aws.sagemaker.endpoint_laboratory import create, delete_and_wait, invoke, put_artifact, random_model
from tests.local_aws.sagemaker.laboratory import Lab as Models
from tests.local_server import OPERATOR

SOURCE = """
import json, time

def handler(event, context):
    if event.get("fail"):
        raise ValueError("no")
    if "metric" in event:
        print(json.dumps({
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [{
                    "Namespace": event["metric"], "Dimensions": [["Stage"]], "Metrics": [{"Name": "Drift"}],
                }],
            },
            "Stage": "dev",
            "Drift": 0.25,
        }))
"""


@pytest.fixture
def role(aws: Callable[[str], Any]) -> str:
    """A role for functions and machines that may do everything."""
    iam, made = aws("iam"), name("role")
    services = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    trust = {"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=made, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=made, PolicyName="p", PolicyDocument=json.dumps(everything))
    return str(arn)


@pytest.fixture
def function(lab: Lab, role: str) -> str:
    made = name("function")
    code = {"ZipFile": zipped({"app.py": SOURCE})}
    lab.aws("lambda").create_function(
        FunctionName=made, Runtime="python3.11", Role=role, Handler="app.handler", Timeout=20, Code=code
    )
    return made


def test_lambda(lab: Lab, local_aws: LocalAws, function: str) -> None:
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client(
        "lambda", region_name=local_aws.region, endpoint_url=local_aws.endpoint_url, config=once, **OPERATOR
    )
    dimensions = {"FunctionName": function}

    def call(event: Mapping[str, Any]) -> None:
        client.invoke(FunctionName=function, Payload=json.dumps(event))

    call({})
    call({"fail": True})
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequests"):
        call({})
    measured = {metric: lab.sums("AWS/Lambda", metric, dimensions) for metric in ("Invocations", "Errors", "Throttles")}
    assert measured == {"Invocations": [2.0], "Errors": [1.0], "Throttles": [1.0]}
    assert lab.sums("AWS/Lambda", "Invocations", {**dimensions, "Resource": function}) == [2.0]
    (longest,) = lab.sums("AWS/Lambda", "Duration", dimensions, stat="Maximum")
    assert 0 < longest < 20_000
    assert lab.sums("AWS/Lambda", "Invocations", {})[0] >= 2


def test_metrics_in_the_log_of_a_function(lab: Lab, function: str) -> None:
    namespace = name()
    lab.aws("lambda").invoke(FunctionName=function, Payload=json.dumps({"metric": namespace}))
    eventually(lambda: lab.sums(namespace, "Drift", {"Stage": "dev"}))
    assert lab.sums(namespace, "Drift", {"Stage": "dev"}) == [0.25]


def test_metrics_in_any_log(lab: Lab) -> None:
    logs, group, namespace = lab.aws("logs"), name("group"), name()
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(time.time() * 1000)
    directive = {"Namespace": namespace, "Dimensions": [[]], "Metrics": [{"Name": "m"}]}
    document = {"_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]}, "m": [1, 2]}
    events = [{"timestamp": now, "message": text} for text in ("plain", json.dumps(document), json.dumps({"m": 5}))]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)
    assert lab.sums(namespace, "m", {}) == [3.0]


def test_step_functions(lab: Lab, role: str) -> None:
    states = lab.aws("stepfunctions")
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.do", "StringEquals": "fail", "Next": "Fail"},
            {"Variable": "$.do", "StringEquals": "wait", "Next": "Wait"},
        ],
        "Default": "Done",
    }
    definition = {
        "StartAt": "What",
        "TimeoutSeconds": 1,
        "States": {
            "What": choice,
            "Fail": {"Type": "Fail"},
            "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
            "Done": {"Type": "Succeed"},
        },
    }
    made = states.create_state_machine(name=name("machine"), definition=json.dumps(definition), roleArn=role)
    arn = made["stateMachineArn"]
    runs = [
        states.start_execution(stateMachineArn=arn, input=json.dumps({"do": do}))["executionArn"]
        for do in ("succeed", "succeed", "fail", "wait", "wait")
    ]
    states.stop_execution(executionArn=runs[-1])
    for run in runs:
        eventually(lambda run=run: states.describe_execution(executionArn=run)["status"] != "RUNNING")  # type: ignore[misc]
    ends = ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
    dimensions = {"StateMachineArn": arn}
    measured = {end: lab.sums("AWS/States", f"Executions{end}", dimensions) for end in ends}
    assert measured == {"Started": [5.0], "Succeeded": [2.0], "Failed": [1.0], "TimedOut": [1.0], "Aborted": [1.0]}
    assert lab.sums("AWS/States", "ExecutionTime", dimensions, stat="SampleCount") == [5.0]
    (longest,) = lab.sums("AWS/States", "ExecutionTime", dimensions, stat="Maximum")
    assert 1000 <= longest < 20_000


def test_http_apis(local_aws: LocalAws) -> None:
    apis = Laboratory(local_aws)
    lab = Lab(apis.deployer.client)
    try:
        routes = {"Open": ("GET /open", "NONE"), "Closed": ("GET /closed", "AWS_IAM")}
        _, outputs = apis.deploy({**api_resources(routes), "Permission": permission("/*/*/open")})
        for path in ("/open", "/open?do=wrong", "/closed", "/nowhere"):
            requests.get(outputs["Url"] + path, timeout=30)
        dimensions = {"ApiId": outputs["Api"]}
        metrics = ("Count", "4xx", "5xx")
        measured = {metric: lab.sums("AWS/ApiGateway", metric, dimensions) for metric in metrics}
        assert measured == {"Count": [4.0], "4xx": [2.0], "5xx": [1.0]}
        of_stage = {**dimensions, "Stage": "$default"}
        assert lab.sums("AWS/ApiGateway", "Latency", of_stage, stat="SampleCount") == [4.0]
        assert lab.sums("AWS/ApiGateway", "IntegrationLatency", of_stage, stat="SampleCount") == [2.0]
    finally:
        apis.clean_up()


def test_sagemaker(lab: Lab) -> None:
    bucket = name("models")
    lab.aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    models = Models(lab.aws, bucket, "")
    role = models.role(actions=["s3:GetObject", "s3:ListBucket", "logs:*"])
    models = Models(lab.aws, bucket, role)
    endpoint = create(models, models.config(models.model(put_artifact(models, random_model(1)))))
    assert models.settled(endpoint)["EndpointStatus"] == "InService"
    invoke(models, endpoint)
    with pytest.raises(ClientError) as refused:
        invoke(models, endpoint, b"{")
    assert refused.value.response["OriginalStatusCode"] < 500
    (variant,) = models.aws("sagemaker").describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    dimensions = {"EndpointName": endpoint, "VariantName": variant["VariantName"]}
    names = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
    measured = {metric: lab.sums("AWS/SageMaker", metric, dimensions) for metric in names}
    assert measured == {
        "Invocations": [2.0],
        "Invocation4XXErrors": [1.0],
        "Invocation5XXErrors": [0.0],
        "InvocationModelErrors": [1.0],
    }
    for metric in ("ModelLatency", "OverheadLatency"):
        (slowest,) = lab.sums("AWS/SageMaker", metric, dimensions, stat="Maximum")
        assert 10 < slowest < 20e6, "microseconds"
    delete_and_wait(models, endpoint)


def test_queues_are_measured_while_nothing_happens(lab: Lab) -> None:
    sqs, queue = lab.aws("sqs"), name("queue")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    alarm = lab.alarm(
        "AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": queue}],
        Statistic="Maximum",
        TreatMissingData="missing",
    )
    lab.await_state(alarm, "OK")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    lab.await_state(alarm, "ALARM")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    lab.await_state(alarm, "OK")
    of_queue = {"QueueName": queue}
    assert lab.sums("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", of_queue, stat="Maximum") == [1]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=600)
    eventually(lambda: lab.sums("AWS/SQS", "ApproximateNumberOfMessagesDelayed", of_queue, stat="Maximum") == [1])
    sqs.delete_queue(QueueUrl=url)
