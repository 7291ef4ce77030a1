"""A small pipeline stack: all that the page reads of the real one, but for what would take minutes to deploy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.local_server import LocalAws

ENDPOINT = "movie-recommender-dev"
PARAMETER = "/movie-recommender-dev/model"


def _role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    }


def template(api_url: str, *, without: str = "") -> dict[str, Any]:
    """Its template, without one of the outputs."""
    function = {
        "Runtime": "python3.14",
        "Handler": "index.handler",
        "Code": {"ZipFile": "def handler(event, context): ..."},
        "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
        "LoggingConfig": {"LogGroup": {"Ref": "FunctionLog"}},
    }
    machine = {
        "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
        "DefinitionString": json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
    }
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "FunctionLog": {"Type": "AWS::Logs::LogGroup"},
        "MachineLog": {"Type": "AWS::Logs::LogGroup"},
        "FunctionRole": _role("lambda.amazonaws.com"),
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "MachineRole": _role("states.amazonaws.com"),
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
    }
    outputs = {
        "StateMachineArn": {"Ref": "Machine"},
        "BucketName": {"Ref": "Bucket"},
        "EndpointName": ENDPOINT,
        "ApiUrl": api_url,
        "VersionParameter": PARAMETER,
        "FunctionName": {"Ref": "Function"},
        "FunctionLogName": {"Ref": "FunctionLog"},
        "MachineLogName": {"Ref": "MachineLog"},
    }
    named = {name: {"Value": value} for name, value in outputs.items() if name != without}
    return {"Resources": resources, "Outputs": named}


def deploy(aws: LocalAws, name: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Create a stack; returns its outputs."""
    client = aws.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(document), Capabilities=["CAPABILITY_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
