"""State machines: definitions from text, object and S3, and what the service says of them afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer

Trust = Callable[[str], dict[str, Any]]


def passing(result: str) -> dict[str, Any]:
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}}


def machine(trust: Trust, **properties: Any) -> dict[str, Any]:
    group = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Log", "Arn"]}}}
    settings = {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": True, "Destinations": [group]},
        "TracingConfiguration": {"Enabled": "true"},
        "Tags": [{"Key": "k", "Value": "v"}],
        **properties,
    }
    write = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    role = {
        "AssumeRolePolicyDocument": trust("states"),
        "Policies": [{"PolicyName": "logs", "PolicyDocument": write}],
    }
    return {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": settings},
        "Log": {"Type": "AWS::Logs::LogGroup"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
    }


def output_of(deployer: Deployer, arn: str) -> Any:
    states = deployer.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    for _ in range(500):
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return json.loads(described["output"])
    raise AssertionError(f"{execution} does not end")


def test_a_machine_runs_and_keeps_its_settings(deployer: Deployer, trust: Trust) -> None:
    text = json.dumps(passing("${Greeting} ${other}"))
    substituted = {"DefinitionString": text, "DefinitionSubstitutions": {"Greeting": {"Ref": "Log"}}}
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["Machine", "Name"]}}}
    name = deployer.create(machine(trust, **substituted), Outputs=outputs)
    states, made = deployer.client("stepfunctions"), deployer.physical(name)
    described = states.describe_state_machine(stateMachineArn=made["Machine"])
    assert described["name"] == deployer.outputs(name)["Name"]
    assert described["type"] == "STANDARD"
    assert described["roleArn"].endswith(f":role/{made['Role']}")
    assert described["loggingConfiguration"]["level"] == "ALL"
    assert described["tracingConfiguration"] == {"enabled": True}
    assert states.list_tags_for_resource(resourceArn=made["Machine"])["tags"] == [{"key": "k", "value": "v"}]
    # A name that no substitution gives is left for the definition.
    assert output_of(deployer, made["Machine"]) == f"{made['Log']} ${{other}}"


def test_the_definition_follows_the_template(deployer: Deployer, trust: Trust) -> None:
    name = deployer.create(machine(trust, Definition=passing("one")))
    arn = deployer.physical(name)["Machine"]
    assert output_of(deployer, arn) == "one"
    deployer.update(name, machine(trust, Definition=passing("two"), TracingConfiguration={"Enabled": False}))
    assert deployer.physical(name)["Machine"] == arn
    assert output_of(deployer, arn) == "two"
    described = deployer.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert described["tracingConfiguration"] == {"enabled": False}
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        deployer.client("stepfunctions").describe_state_machine(stateMachineArn=arn)


def test_a_definition_from_s3(deployer: Deployer, trust: Trust) -> None:
    s3, bucket = deployer.client("s3"), deployer.name("asl")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="asl.json", Body=json.dumps(passing("from s3")).encode())
    name = deployer.create(machine(trust, DefinitionS3Location={"Bucket": bucket, "Key": "asl.json"}))
    assert output_of(deployer, deployer.physical(name)["Machine"]) == "from s3"


@pytest.mark.parametrize(
    ("definition", "named"),
    [
        (
            {"DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Dance", "End": true}}}'},
            "InvalidDefinition",
        ),
        ({}, "Exactly one of Definition, DefinitionString, DefinitionS3Location"),
    ],
)
def test_a_definition_the_service_rejects_fails_the_stack(
    deployer: Deployer, trust: Trust, definition: dict[str, str], named: str
) -> None:
    name = deployer.attempt(machine(trust, **definition))
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert named in deployer.reasons(name)["Machine"]
    assert deployer.physical(name) == {}
