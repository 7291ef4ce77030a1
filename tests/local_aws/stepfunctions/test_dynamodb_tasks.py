"""`dynamodb:` tasks: the four actions, what they answer, and by which names they fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local_aws.stepfunctions.workflows import Json, Workflows, allow, machine, single, task

KEY = {"id": {"S": "{% $states.input.id %}"}}


@pytest.fixture(scope="module")
def table(workflows: Workflows) -> Iterator[str]:
    name = workflows.name("table")
    client = workflows.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    client.delete_table(TableName=name)


def test_an_item_s_life(workflows: Workflows, table: str) -> None:
    of = {"TableName": table, "Key": KEY}
    change = {"UpdateExpression": "SET n = n + :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    definition = machine(
        {
            "Put": {
                **task("dynamodb:putItem", {"TableName": table, "Item": {**KEY, "n": {"N": "1"}}}),
                "Output": "{% $states.input %}",
                "Next": "Update",
            },
            "Update": {
                **task("dynamodb:updateItem", {**of, **change, "ReturnValues": "ALL_NEW"}),
                "Assign": {"updated": "{% $states.result %}"},
                "Output": "{% $states.input %}",
                "Next": "Get",
            },
            "Get": {
                **task("dynamodb:getItem", of),
                "Assign": {"got": "{% $states.result %}"},
                "Output": "{% $states.input %}",
                "Next": "Delete",
            },
            "Delete": {
                **task("dynamodb:deleteItem", {**of, "ReturnValues": "ALL_OLD"}),
                "Output": {"updated": "{% $updated %}", "got": "{% $got %}", "old": "{% $states.result.Attributes %}"},
                "End": True,
            },
        }
    )
    output = workflows.run(definition, {"id": "é"}).output
    item = {"id": {"S": "é"}, "n": {"N": "2"}}
    assert (output["updated"]["Attributes"], output["got"]["Item"], output["old"]) == (item, item, item)
    assert output["got"]["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert "RequestId" in output["got"]["SdkResponseMetadata"]
    absent = workflows.run(single(task("dynamodb:getItem", of)), {"id": "é"}).output
    assert "Item" not in absent


def test_a_condition_that_does_not_hold_can_be_caught(workflows: Workflows, table: str) -> None:
    key = {"id": {"S": "taken"}}
    workflows.client("dynamodb").put_item(TableName=table, Item=key)
    put = task("dynamodb:putItem", {"TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(id)"})
    error = "DynamoDB.ConditionalCheckFailedException"
    outcome = workflows.run(single(put))
    assert outcome.error == error
    assert "The conditional request failed" in outcome.cause
    assert "Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException" in outcome.cause
    caught = {**put, "Catch": [{"ErrorEquals": [error], "Output": "{% $states.errorOutput.Error %}", "Next": "After"}]}
    definition = single(caught)
    definition["States"]["After"] = {"Type": "Pass", "End": True}
    assert workflows.run(definition).output == error


@pytest.mark.parametrize(
    ("prefix", "error"),
    [
        ("dynamodb:getItem", "DynamoDB.ResourceNotFoundException"),
        ("aws-sdk:dynamodb:getItem", "DynamoDb.ResourceNotFoundException"),
    ],
)
def test_a_table_that_is_not_there(workflows: Workflows, prefix: str, error: str) -> None:
    outcome = workflows.run(single(task(prefix, {"TableName": "sfn-none", "Key": {"id": {"S": "x"}}})))
    assert outcome.error == error


def test_an_error_without_a_class_is_the_client_s(workflows: Workflows, table: str) -> None:
    wrong = {"TableName": table, "Key": {"other": {"S": "x"}}}
    assert workflows.run(single(task("dynamodb:getItem", wrong))).error == "DynamoDB.AmazonDynamoDBException"


@pytest.mark.parametrize("resource", ["dynamodb:getItem", "aws-sdk:dynamodb:getItem"])
def test_tasks_act_as_the_machine_s_role_on_its_tables(workflows: Workflows, table: str, resource: str) -> None:
    arn = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{table}"
    ask: Json = single(task(resource, {"TableName": table, "Key": {"id": {"S": "x"}}}))
    allowed = workflows.role([allow("dynamodb:GetItem", resource=arn)])
    assert workflows.run(ask, role_arn=allowed).status == "SUCCEEDED"
    refused = workflows.run(ask, role_arn=workflows.role([allow("dynamodb:GetItem", resource=f"{arn}-2")]))
    assert f"is not authorized to perform: dynamodb:GetItem on resource: {arn}" in refused.cause
