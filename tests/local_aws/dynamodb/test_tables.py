"""Items that expire, and settings that are refused because they would do nothing."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.dynamodb.conftest import create

DEADLINE_S = 60.0
FIVE_YEARS_S = 5 * 365 * 24 * 3600


def test_items_expire(dynamodb: Any, table: str) -> None:
    now = int(time.time())
    ends = {
        "over": {"N": str(now - 1)},
        "soon": {"N": str(now + 3600)},
        "text": {"S": str(now - 1)},
        "long ago": {"N": str(now - FIVE_YEARS_S - 3600)},
    }
    for name, value in ends.items():
        dynamodb.put_item(TableName=table, Item={"id": {"S": name}, "ends": value})
    dynamodb.put_item(TableName=table, Item={"id": {"S": "without"}})
    specification = {"Enabled": True, "AttributeName": "ends"}
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    deadline = time.monotonic() + DEADLINE_S
    while "Item" in dynamodb.get_item(TableName=table, Key={"id": {"S": "over"}}):
        assert time.monotonic() < deadline, "nothing expires"
        time.sleep(0.05)
    left = {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}
    assert left == {"soon", "text", "long ago", "without"}


def test_pairs_of_keys_expire(dynamodb: Any) -> None:
    name = f"table-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    for number, ends in ((1, time.time() - 5), (2, time.time() + 3600)):
        item = {"id": {"S": "a"}, "n": {"N": str(number)}, "ends": {"N": str(int(ends))}}
        dynamodb.put_item(TableName=name, Item=item)
    deadline = time.monotonic() + DEADLINE_S
    while len(items := dynamodb.scan(TableName=name)["Items"]) > 1:
        assert time.monotonic() < deadline, "nothing expires"
        time.sleep(0.05)
    assert [item["n"] for item in items] == [{"N": "2"}]
    dynamodb.delete_table(TableName=name)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, "TableClass 'STANDARD_INFREQUENT_ACCESS' is not emulated"),
        ({"StreamSpecification": {"StreamEnabled": True}}, "StreamSpecification is not emulated"),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 1}}, "OnDemandThroughput is not emulated"),
        ({"ResourcePolicy": "{}"}, "ResourcePolicy is not emulated"),
    ],
)
def test_what_would_do_nothing_is_refused(dynamodb: Any, given: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named) as refused:
        create(dynamodb, "refused", **given)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"


def test_encryption_is_changed(dynamodb: Any, table: str) -> None:
    def key() -> str | None:
        found: str | None = (
            dynamodb.describe_table(TableName=table)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn")
        )
        return found

    assert key() is None
    dynamodb.update_table(TableName=table, SSESpecification={"Enabled": True})
    assert "alias/aws/dynamodb" in str(key()) or ":key/" in str(key())
    dynamodb.update_table(TableName=table, SSESpecification={"Enabled": True, "KMSMasterKeyId": "mine"})
    assert key() == "mine"
    dynamodb.update_table(TableName=table, SSESpecification={"Enabled": False})
    assert key() is None
