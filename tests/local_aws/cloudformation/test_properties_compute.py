"""Every property of functions and state machines that can change in place: set, changed and taken out again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import Deployer, trusting
from tests.local_aws.cloudformation.following import Properties, follow, statement, tags, told
from tests.local_aws.cloudformation.test_functions import WRITES_TRACES, archive
from tests.local_aws.networks import LAMBDA_ASKS, Network, role
from tests.local_aws.networks import statement as on_ec2

QUEUES = "arn:aws:sqs:eu-west-1:123456789012:dead-letters-"


@pytest.fixture
def function(deployer: Deployer) -> Properties:
    """What a function cannot do without."""
    letters = statement(Action="sqs:SendMessage", Resource=f"{QUEUES}*")["Statement"]
    source = "def handler(event, context):\n    return event\n"
    return {
        "Code": {"ZipFile": source},
        "Role": role(deployer.client("iam"), "lambda", WRITES_TRACES, on_ec2(*LAMBDA_ASKS), *letters),
        "Runtime": "python3.13",
        "Handler": "index.handler",
    }


@pytest.fixture
def layers(deployer: Deployer) -> list[str]:
    """The ARNs of two layers."""
    publish, content = deployer.client("lambda").publish_layer_version, {"ZipFile": archive(python__greeting="")}
    return [publish(LayerName=deployer.name("layer"), Content=content)["LayerVersionArn"] for _ in range(2)]


def test_functions(deployer: Deployer, function: Properties, layers: list[str], network: Network) -> None:
    def properties(number: int, mode: str, log: dict[str, str], *pairs: str) -> Properties:
        return {
            "Architectures": ["x86_64"] if number == 1 else ["arm64"],
            "DeadLetterConfig": {"TargetArn": f"{QUEUES}{number}"},
            "Description": f"function {number}",
            "Environment": {"Variables": {f"V{number}": "v"}},
            "EphemeralStorage": {"Size": 1024 * number},
            "Layers": [layers[number - 1]],
            "LoggingConfig": log,
            "MemorySize": 256 * number,
            "ReservedConcurrentExecutions": number,
            "Tags": tags(*pairs),
            "Timeout": 10 * number,
            "TracingConfig": {"Mode": mode},
            "VpcConfig": {**network.of_lambda(), "SubnetIds": list(network.subnets[:number])},
        }

    def read(held: str) -> Properties:
        answer = functions.get_function(FunctionName=held)
        settings = answer["Configuration"]
        log = settings["LoggingConfig"]
        own = {"LogGroup": "its own"} if log["LogGroup"] == f"/aws/lambda/{held}" else {}
        same = ("Architectures", "Description", "EphemeralStorage", "MemorySize", "Timeout", "TracingConfig")
        return {
            **{name: settings[name] for name in same},
            "DeadLetterConfig": settings.get("DeadLetterConfig"),
            "Environment": settings.get("Environment"),
            "Layers": [layer["Arn"] for layer in settings["Layers"]],
            "LoggingConfig": log | own,
            "ReservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "Tags": tags(*(f"{key}={value}" for key, value in answer.get("Tags", {}).items())),
            "VpcConfig": place(settings.get("VpcConfig")),
        }

    def place(config: Properties | None) -> Properties | None:
        within = config if config and config["VpcId"] else None
        return {name: within[name] for name in ("SubnetIds", "SecurityGroupIds")} if within else None

    functions = deployer.client("lambda")
    json_log = {"LogFormat": "JSON", "LogGroup": "/one", "ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}
    follow(
        deployer,
        "AWS::Lambda::Function",
        read,
        first=properties(1, "PassThrough", json_log, "k=v", "old=v"),
        second=properties(2, "Active", {"LogFormat": "Text", "LogGroup": "/two"}, "k=w"),
        required=function,
        elsewhere=frozenset({"Handler", "Runtime"}),
    )


def test_a_function_cannot_lose_its_runtime(deployer: Deployer, function: Properties) -> None:
    def resource(properties: Properties) -> dict[str, Any]:
        return {"R": {"Type": "AWS::Lambda::Function", "Properties": properties}}

    name = deployer.create(resource(function))
    deployer.update(name, resource({key: value for key, value in function.items() if key != "Runtime"}))
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Runtime: mandatory" in deployer.reasons(name)["R"]


def test_state_machines(deployer: Deployer) -> None:
    def properties(level: str, *pairs: str, with_data: bool) -> Properties:
        destinations = [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]
        return {
            "LoggingConfiguration": {
                "Level": level,
                "IncludeExecutionData": with_data,
                "Destinations": destinations,
            },
            "TracingConfiguration": {"Enabled": with_data},
            "EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"},  # the only kind there is here
            "Tags": tags(*pairs),
        }

    def read(held: str) -> Properties:
        described = told(states.describe_state_machine(stateMachineArn=held))
        names = ("LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration")
        return {
            **{name: described[name] for name in names},
            "Tags": told(states.list_tags_for_resource(resourceArn=held)["tags"]),
        }

    states, iam, log = deployer.client("stepfunctions"), deployer.client("iam"), deployer.name("/log")
    deployer.client("logs").create_log_group(logGroupName=log)
    group, role = f"arn:aws:logs:eu-west-1:123456789012:log-group:{log}:*", deployer.name("role")
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trusting("states")))["Role"]["Arn"]
    writing = json.dumps(statement(Action="logs:*", Resource="*"))
    iam.put_role_policy(RoleName=role, PolicyName="logs", PolicyDocument=writing)
    machine = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    follow(
        deployer,
        "AWS::StepFunctions::StateMachine",
        read,
        first=properties("ERROR", "k=v", "old=v", with_data=False),
        second=properties("ALL", "k=w", with_data=True),
        required={"RoleArn": made, "Definition": machine},
        elsewhere=frozenset({"Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions"}),
    )
