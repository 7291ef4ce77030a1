"""Functions, layers, permissions and log groups, read back from Lambda and CloudWatch Logs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer

Trust = Callable[[str], dict[str, Any]]


def archive(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("__", "/") + ".py", text)
    return data.getvalue()


@pytest.fixture
def code(deployer: Deployer) -> str:
    """A bucket with a function's and a layer's zip."""
    s3, name = deployer.client("s3"), deployer.name("code")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    one = "import greeting, os\ndef handler(event, context):\n    return greeting.TEXT + os.environ.get('WHO', '')\n"
    s3.put_object(Bucket=name, Key="one.zip", Body=archive(main=one))
    s3.put_object(Bucket=name, Key="two.zip", Body=archive(main="def handler(event, context):\n    return 'two'\n"))
    s3.put_object(Bucket=name, Key="layer.zip", Body=archive(python__greeting="TEXT = 'hello '"))
    return name


WRITES_TRACES = {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}
TRACES = {
    "Policies": [{"PolicyName": "traces", "PolicyDocument": {"Version": "2012-10-17", "Statement": [WRITES_TRACES]}}],
}
"""Without it Lambda makes no function that is traced."""


def resources(trust: Trust, bucket: str, **properties: Any) -> dict[str, Any]:
    function = {
        "Code": {"S3Bucket": bucket, "S3Key": "one.zip"},
        "Runtime": "python3.11",
        "Handler": "main.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Layers": [{"Ref": "Layer"}],
        "Environment": {"Variables": {"WHO": "you"}},
        "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
        "TracingConfig": {"Mode": "Active"},
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 1024},
        "Timeout": "20",
        "MemorySize": "512",
        "Tags": [{"Key": "k", "Value": "v"}],
        **properties,
    }
    layer = {"Content": {"S3Bucket": bucket, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["python3.11"]}
    return {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {**TRACES, "AssumeRolePolicyDocument": trust("lambda")}},
    }


def test_a_function_from_s3_with_its_layer_and_log_group(deployer: Deployer, trust: Trust, code: str) -> None:
    name = deployer.create(resources(trust, code))
    functions, made = deployer.client("lambda"), deployer.physical(name)
    at = {"FunctionName": made["Function"]}
    settings = functions.get_function_configuration(**at)
    assert (settings["Timeout"], settings["MemorySize"]) == (20, 512)
    assert settings["Environment"]["Variables"] == {"WHO": "you"}
    assert [layer["Arn"] for layer in settings["Layers"]] == [made["Layer"]]
    assert settings["LoggingConfig"]["LogGroup"] == made["Log"]
    assert (settings["TracingConfig"]["Mode"], settings["EphemeralStorage"]["Size"]) == ("Active", 1024)
    assert functions.list_tags(Resource=settings["FunctionArn"])["Tags"] == {"k": "v"}
    assert json.loads(functions.invoke(**at)["Payload"].read()) == "hello you"


def test_code_and_configuration_follow_the_template(deployer: Deployer, trust: Trust, code: str) -> None:
    name = deployer.create(resources(trust, code))
    functions, at = deployer.client("lambda"), {"FunctionName": deployer.physical(name)["Function"]}
    changed = resources(trust, code, Code={"S3Bucket": code, "S3Key": "two.zip"}, Timeout=9)
    del changed["Function"]["Properties"]["Environment"]
    deployer.update(name, changed)
    assert deployer.status(name) == "UPDATE_COMPLETE"
    assert deployer.physical(name)["Function"] == at["FunctionName"]
    settings = functions.get_function_configuration(**at)
    assert settings["Timeout"] == 9
    assert not settings.get("Environment", {}).get("Variables")
    assert json.loads(functions.invoke(**at)["Payload"].read()) == "two"


def test_a_function_from_source_text_and_who_may_call_it(deployer: Deployer, trust: Trust) -> None:
    source = "def handler(event, context):\n    return {'got': event}\n"
    function = {
        "Code": {"ZipFile": source},
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
        "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/r",
    }
    parts = {
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust("lambda")}},
    }
    name = deployer.create(parts)
    functions, at = deployer.client("lambda"), {"FunctionName": deployer.physical(name)["Function"]}
    assert json.loads(functions.invoke(**at, Payload=b'"x"')["Payload"].read()) == {"got": "x"}
    (statement,) = json.loads(functions.get_policy(**at)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == permission["SourceArn"]
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        functions.get_function(**at)


def test_log_groups_keep_their_retention(deployer: Deployer) -> None:
    def group(**properties: Any) -> dict[str, Any]:
        return {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}

    def retention() -> int | None:
        (found,) = logs.describe_log_groups(logGroupNamePrefix=made)["logGroups"]
        days: int | None = found.get("retentionInDays")
        return days

    name = deployer.create(group(RetentionInDays="7", Tags=[{"Key": "k", "Value": "v"}]))
    logs, made = deployer.client("logs"), deployer.physical(name)["Log"]
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{made}"
    assert (retention(), logs.list_tags_for_resource(resourceArn=arn)["tags"]) == (7, {"k": "v"})
    deployer.update(name, group(RetentionInDays=14))
    assert (retention(), logs.list_tags_for_resource(resourceArn=arn)["tags"]) == (14, {})
    deployer.update(name, group(Tags=[{"Key": "k", "Value": "w"}]))
    assert (retention(), logs.list_tags_for_resource(resourceArn=arn)["tags"]) == (None, {"k": "w"})


def test_log_resource_policies(deployer: Deployer) -> None:
    def policy(action: str) -> dict[str, Any]:
        properties = {"PolicyName": held, "PolicyDocument": json.dumps({"Statement": [{"Action": action}]})}
        return {"Policy": {"Type": "AWS::Logs::ResourcePolicy", "Properties": properties}}

    def kept() -> list[str]:
        policies = deployer.client("logs").describe_resource_policies()["resourcePolicies"]
        return [item["policyDocument"] for item in policies if item["policyName"] == held]

    held = deployer.name("policy")
    name = deployer.create(policy("logs:PutLogEvents"))
    assert kept() == [json.dumps({"Statement": [{"Action": "logs:PutLogEvents"}]})]
    deployer.update(name, policy("logs:*"))
    assert kept() == [json.dumps({"Statement": [{"Action": "logs:*"}]})]
    deployer.api.delete_stack(StackName=name)
    assert kept() == []
