"""Conditions hold while many ask at once, and what fails changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

THREADS = 20
KEY = {"id": {"S": "the one"}}


def at_once(call: Callable[[int], Any]) -> list[str]:
    """What each of twenty calls came to: "" or an error code."""

    def outcome(number: int) -> str:
        try:
            call(number)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    with ThreadPoolExecutor(THREADS) as threads:
        return sorted(threads.map(outcome, range(THREADS)))


def one_of_them() -> list[str]:
    return ["", *["ConditionalCheckFailedException"] * (THREADS - 1)]


def test_one_of_many_puts_what_must_not_be_there(dynamodb: Any, table: str) -> None:
    outcomes = at_once(
        lambda number: dynamodb.put_item(
            TableName=table,
            Item={**KEY, "by": {"N": str(number)}},
            ConditionExpression="attribute_not_exists(id)",
        )
    )
    assert outcomes == one_of_them()


def test_one_of_many_takes_what_is_free(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**KEY, "state": {"S": "free"}})
    outcomes = at_once(
        lambda number: dynamodb.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression="SET #s = :taken, #b = :by",
            ConditionExpression="#s = :free",
            ExpressionAttributeNames={"#s": "state", "#b": "by"},
            ExpressionAttributeValues={":taken": {"S": "taken"}, ":free": {"S": "free"}, ":by": {"N": str(number)}},
        )
    )
    assert outcomes == one_of_them()


def test_one_of_many_deletes_what_is_there(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=KEY)
    outcomes = at_once(
        lambda _: dynamodb.delete_item(TableName=table, Key=KEY, ConditionExpression="attribute_exists(id)")
    )
    assert outcomes == one_of_them()


def test_every_addition_counts(dynamodb: Any, table: str) -> None:
    def add(_: int) -> None:
        for _again in range(5):
            dynamodb.update_item(
                TableName=table,
                Key=KEY,
                UpdateExpression="ADD #n :one",
                ExpressionAttributeNames={"#n": "n"},
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    assert at_once(add) == [""] * THREADS
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": str(5 * THREADS)}


@pytest.mark.parametrize("is_there", [True, False])
def test_an_update_that_fails_leaves_nothing(dynamodb: Any, table: str, *, is_there: bool) -> None:
    item = {**KEY, "text": {"S": "x"}}
    if is_there:
        dynamodb.put_item(TableName=table, Item=item)
    values = {":one": {"N": "1"}, ":two": {"S": "2"}}
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression="SET a = :one, b = a_missing + :two",
            ExpressionAttributeValues=values,
        )
    found = dynamodb.get_item(TableName=table, Key=KEY)
    assert found.get("Item") == (item if is_there else None)


def test_a_transaction_that_fails_leaves_nothing(dynamodb: Any, table: str) -> None:
    other = {"id": {"S": "the other"}}
    put = {"TableName": table, "Item": other}
    check = {"TableName": table, "Key": KEY, "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
    assert "Item" not in dynamodb.get_item(TableName=table, Key=other)
