"""What CreateStateMachine refuses, and that it says what and where."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.stepfunctions import services
from local_aws.stepfunctions.definition import Refused, check
from tests.local_aws.stepfunctions.workflows import Json, Workflows, machine, single, task

END = {"Type": "Pass", "End": True}

CASES: list[tuple[Json, str]] = [
    ("{", "INVALID_JSON_DESCRIPTION"),
    ([1], "expected an object"),
    ({"StartAt": "A", "States": {}}, "at least one state at /States"),
    (machine({"A": {"Type": "Pass", "End": True}}, StartAt="B"), "Missing 'Next' target: B at /StartAt"),
    (single({"Type": "Pass"}, Foo=1), 'The field "Foo" is not supported at /'),
    (single({"Type": "Pass", "Foo": 1}), 'The field "Foo" is not supported at /States/Only'),
    (single({"Type": "Sleep"}), "Unknown state type 'Sleep'"),
    (single({"Type": "Pass", "Parameters": {}}), 'The field "Parameters" is not supported at /States/Only'),
    ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": 1, "End": True}}}, 'The field "Output"'),
    (machine({"A": {"Type": "Pass"}}), "exactly one of Next and End at /States/A"),
    (machine({"A": {"Type": "Pass", "Next": "B"}}), "Missing 'Next' target: B at /States/A/Next"),
    (single({"Type": "Choice", "Choices": [], "Default": "Z"}), "target: Z at /States/Only/Default"),
    (single({**task("aws-sdk:ssm:getParameter"), "Credentials": {}}), 'The field "Credentials"'),
    (single({"Type": "Pass", "Output": {"a": ["{% 1 + %}"]}}), "INVALID_JSONATA_EXPRESSION"),
    (single(task("nonsense")), "The resource provided arn:aws:states:::nonsense is not recognized"),
    (single(task("arn:aws:states:eu-west-1:123456789012:activity:a")), "is not recognized"),
    (single(task("athena:startQueryExecution.sync")), "The service athena is not emulated"),
    (single(task("states:startExecution.sync:2")), "The service states is not emulated"),
    (single(task("sns:publish.sync")), "sns:publish with pattern sync does not exist"),
    (single(task("sns:subscribe")), "sns:subscribe with pattern None does not exist"),
    (single(task("dynamodb:putItem.waitForTaskToken")), "dynamodb:putItem with pattern waitForTaskToken does not"),
    (single(task("dynamodb:query")), "dynamodb:query with pattern None does not exist"),
    (single(task("dynamodb:getItem", {"TableName": "t"})), "The field 'Key' is required but was missing"),
    (single(task("lambda:list")), "lambda:list"),
    (single(task("lambda:invoke.sync")), "with pattern sync does not exist"),
    (single(task("lambda:invoke", {"Function": "f"})), 'The field "Function" is not supported by Step Functions'),
    (
        single(task("lambda:invoke", {"Payload": 1})),
        "The field 'FunctionName' is required but was missing at /States/Only/Arguments",
    ),
    (single(task("sqs:sendMessage", {"QueueUrl": "q"})), "The field 'MessageBody' is required but was missing"),
    (single(task("sns:publish", {"Massage": "m"})), 'The field "Massage" is not supported by Step Functions'),
    (single(task("events:putEvents", {"Entries": [{"Sauce": "s"}]})), "/States/Only/Arguments/Entries[0]"),
    (single(task("sagemaker:createNotebook")), "sagemaker:createNotebook"),
    (single(task("sagemaker:createModel.sync")), "sagemaker:createModel with pattern sync"),
    (
        single(task("sagemaker:createModel", {"PrimaryContainer": {"Img": "x"}})),
        "/States/Only/Arguments/PrimaryContainer",
    ),
    (single(task("aws-sdk:sagemakerx:describeModel")), "no AWS service is called 'sagemakerx'"),
    (single(task("aws-sdk:s3:fetchObject")), "s3 has no action 'fetchObject'"),
    (single(task("aws-sdk:s3:GetObject")), "s3 has no action 'GetObject'"),
    (single(task("aws-sdk:s3:getObject")), "The field 'Bucket' is required but was missing"),
    (single(task("aws-sdk:secretsmanager:getSecretValue")), "The local IAM does not know the service secretsmanager"),
    (single(task("aws-sdk:athena:startQueryExecution")), "The local IAM does not know the service athena"),
    (single(task("aws-sdk:ssm:getInventory")), "The local IAM does not know the action ssm:GetInventory"),
    (single(task("aws-sdk:glue:getTables")), "The local IAM does not know the action glue:GetTables"),
    (single(task("aws-sdk:sfn:createActivity")), "The action states:CreateActivity is not emulated"),
    (single(task("aws-sdk:s3:getObject.sync")), "do not support .sync"),
    (single(task("aws-sdk:s3:getObject", {"Bukket": "b"})), 'The field "Bukket"'),
    (
        single({"Type": "Parallel", "Branches": [single({"Type": "Pass", "Bar": 1})]}),
        'The field "Bar" is not supported at /States/Only/Branches[0]/States/Only',
    ),
]


@pytest.mark.parametrize(("definition", "words"), CASES)
def test_refused_by_name(workflows: Workflows, definition: Json, words: str) -> None:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    with pytest.raises(ClientError) as error:
        workflows.create(text)
    assert error.value.response["Error"]["Code"] == "InvalidDefinition"
    assert words in error.value.response["Error"]["Message"]


def leading(*names: str, **last: Json) -> dict[str, Json]:
    """Pass states that follow each other; `last` is what the last one has."""
    chain = {name: {"Type": "Pass", "Next": follower} for name, follower in pairwise(names)}
    return {**chain, names[-1]: {"Type": "Pass", **last}}


MISSING, UNREACHABLE = (
    "MISSING_TRANSITION_TARGET: Missing 'Next' target: ",
    'MISSING_TRANSITION_TARGET: State "{}" is not reachable. at {}',
)
NO_END = "MISSING_END_STATE: Workflow has no terminal state at null"
# What CreateStateMachine and ValidateStateMachineDefinition were seen to answer (the validation pull requests and bug
# reports of floci, localstack and cfn-lint quote AWS), but for the closed loop, of which nothing is known.
TRANSITIONS: dict[str, tuple[dict[str, Json], list[str]]] = {
    "a state beside the way": (
        machine({**leading("A", "B", End=True), "C": {"Type": "Pass", "Next": "B"}}),
        [UNREACHABLE.format("C", "/States/C")],
    ),
    "a missing target, so a state without a way to it": (
        machine({"A": {"Type": "Pass", "Next": "C"}, "B": END}),
        [f"{MISSING}C at /States/A/Next", UNREACHABLE.format("B", "/States/B")],
    ),
    "no such start": (
        machine(leading("A", "B", End=True), StartAt="X"),
        [f"{MISSING}X at /StartAt", UNREACHABLE.format("A", "/States/A")],
    ),
    "a closed loop apart": (
        machine({"A": END, **leading("B", "C", Next="B")}),
        [UNREACHABLE.format("B", "/States/B"), UNREACHABLE.format("C", "/States/C")],
    ),
    "no end": (machine(leading("A", "B", Next="A")), [NO_END]),
    "no end, and then not what is beside": (
        machine({**leading("A", "B", Next="A"), "C": leading("C", Next="A")["C"]}),
        [NO_END],
    ),
    "an end beside the way": (
        machine({**leading("A", "B", Next="A"), "C": END}),
        [UNREACHABLE.format("C", "/States/C")],
    ),
    "a missing target and no end": (machine(leading("A", Next="X")), [f"{MISSING}X at /States/A/Next", NO_END]),
    "in a branch": (
        single({"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": END, "B": END}}]}),
        [UNREACHABLE.format("B", "/States/Only/Branches[0]/States/B")],
    ),
    "a name in two branches": (
        single({"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": END}}] * 2}),
        ["DUPLICATE_STATE_NAME: Duplicate State name: A at /States/Only/Branches[1]/States/A"],
    ),
    "the name of the state around": (
        single({"Type": "Map", "Items": [], "ItemProcessor": {"StartAt": "Only", "States": {"Only": END}}}),
        ["DUPLICATE_STATE_NAME: Duplicate State name: Only at /States/Only/ItemProcessor/States/Only"],
    ),
}


@pytest.mark.parametrize("case", TRANSITIONS)
def test_transitions_are_checked_in_awss_words(case: str) -> None:
    definition, problems = TRANSITIONS[case]
    with pytest.raises(Refused) as refused:
        check(json.dumps(definition))
    assert str(refused.value).split("; ") == problems


def test_every_kind_of_transition_leads_on() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "B"}], "Default": "C"}
    caught = {**task("lambda:invoke", {"FunctionName": "f"}), "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]}
    check(json.dumps(machine({"A": choice, "B": {**caught, "End": True}, "C": END, "D": {"Type": "Fail"}})))


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("lambda:invoke", {"FunctionName.$": "$.name"}),
        ("aws-sdk:s3:getObject", {"Bucket.$": "$.bucket", "Key": "k"}),
        ("events:putEvents.waitForTaskToken", {"Entries": [{"Detail.$": "$"}]}),
    ],
)
def test_arguments_may_come_from_paths(resource: str, arguments: Json) -> None:
    only = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments, "End": True}
    check(json.dumps({"StartAt": "Only", "States": {"Only": only}}))


def test_an_inner_machine_needs_no_end() -> None:
    """As measured on AWS: MISSING_END_STATE is of the whole machine."""
    endless = {"StartAt": "A", "States": leading("A", "B", Next="A")}
    check(json.dumps(single({"Type": "Map", "Items": [], "ItemProcessor": endless})))


def test_a_refused_definition_does_not_change_the_next_one(workflows: Workflows) -> None:
    with pytest.raises(ClientError):
        workflows.create(single({"Type": "Pass", "Output": "{% 1 + %}"}))
    jsonpath = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
    assert workflows.run(jsonpath).output == {"a": 1}


def test_names_in_any_alphabet(workflows: Workflows) -> None:
    state = {"Type": "Pass", "Output": "{% $states.context.State.Name %}", "End": True}
    assert workflows.run(machine({'Prüfe "é" \\ 😀': state})).output == 'Prüfe "é" \\ 😀'


# Names that public Step Functions definitions and AWS's documentation use.
@pytest.mark.parametrize(
    ("service_id", "expected"),
    [
        ("DynamoDB", "DynamoDb"),
        ("SageMaker", "SageMaker"),
        ("SageMaker Runtime", "SageMakerRuntime"),
        ("S3", "S3"),
        ("SSM", "Ssm"),
        ("SFN", "Sfn"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("ECS", "Ecs"),
        ("EC2", "Ec2"),
    ],
)
def test_error_prefixes_are_the_java_sdks(service_id: str, expected: str) -> None:
    assert services.java_name(service_id) == expected


# The form of causes that executions on AWS show for the two optimized integrations.
@pytest.mark.parametrize(
    ("service", "client", "code", "expected"),
    [
        ("lambda", "AWSLambda", "TooManyRequestsException", "Lambda.TooManyRequestsException"),
        ("lambda", "AWSLambda", "AccessDeniedException", "Lambda.AWSLambdaException"),
        ("sagemaker", "AmazonSageMaker", "ResourceInUse", "SageMaker.ResourceInUseException"),
        ("sagemaker", "AmazonSageMaker", "ValidationException", "SageMaker.AmazonSageMakerException"),
    ],
)
def test_errors_of_optimized_integrations(service: str, client: str, code: str, expected: str) -> None:
    response: Any = {
        "Error": {"Code": code, "Message": "No."},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "r-1"},
    }
    error, cause = services.error_and_cause(service, client, ClientError(response, "Operation"))
    assert error == expected
    assert cause == f"No. (Service: {client}; Status Code: 400; Error Code: {code}; Request ID: r-1; Proxy: null)"


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("sagemakerruntime", "sagemaker-runtime"),
        ("cloudwatchlogs", "logs"),
        ("eventbridge", "events"),
        ("sfn", "stepfunctions"),
        ("s3", "s3"),
    ],
)
def test_services_by_their_sdk_names(name: str, service: str) -> None:
    assert services.service_model(name).service_name == service


@pytest.mark.parametrize("name", ["logs", "events", "stepfunctions", "sagemaker-runtime", "nope"])
def test_names_that_are_not_the_sdks(name: str) -> None:
    with pytest.raises(services.UnknownAction, match=name):
        services.service_model(name)
