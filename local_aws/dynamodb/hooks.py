"""What is put right in moto's DynamoDB.

A condition is read in one step and acted on in another, and items are changed in place while others read them: so calls
are answered one at a time, which also makes each of them atomic, and an update that fails half-way is undone. Settings
that moto would drop are refused by name.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.responses import DynamoHandler

from local_aws.members import ANY, Members, first_unsupported

LOCK = threading.RLock()
"""Held by whoever reads or changes tables."""

CREATION: Members = {
    "TableName": ANY,
    "AttributeDefinitions": ANY,
    "KeySchema": ANY,
    "BillingMode": ANY,
    "ProvisionedThroughput": ANY,
    "GlobalSecondaryIndexes.IndexName": ANY,
    "GlobalSecondaryIndexes.KeySchema": ANY,
    "GlobalSecondaryIndexes.Projection": ANY,
    "GlobalSecondaryIndexes.ProvisionedThroughput": ANY,
    "LocalSecondaryIndexes": ANY,
    "SSESpecification": ANY,
    "TableClass": ("STANDARD",),
    "DeletionProtectionEnabled": ANY,
    "Tags": ANY,
}
UPDATE: Members = {
    "TableName": ANY,
    "AttributeDefinitions": ANY,
    "BillingMode": ANY,
    "ProvisionedThroughput": ANY,
    "GlobalSecondaryIndexUpdates.Create": ANY,
    "GlobalSecondaryIndexUpdates.Delete": ANY,
    "SSESpecification": ANY,
    "TableClass": ("STANDARD",),
    "DeletionProtectionEnabled": ANY,
}


class NotEmulated(JsonRESTError):
    """A setting that would have no effect."""

    code = 400

    def __init__(self, what: object) -> None:
        super().__init__("NotEmulated", str(what))


def install_api() -> None:
    """Once per process."""
    _replace(DynamoHandler, "call_action", _one_at_a_time)
    _replace(DynamoHandler, "create_table", _created)
    _replace(DynamoHandler, "update_table", _updated)
    _replace(DynamoDBBackend, "update_item", _all_or_nothing)
    _replace(DynamoDBBackend, "tag_resource", _once)


def _replace(owner: type, name: str, changed: Callable[[Any], Any]) -> None:
    original = owner.__dict__[name]
    setattr(owner, name, wraps(original)(changed(original)))


def _one_at_a_time(original: Callable[[DynamoHandler], TYPE_RESPONSE]) -> Callable[[DynamoHandler], TYPE_RESPONSE]:
    def call_action(self: DynamoHandler) -> TYPE_RESPONSE:
        with LOCK:
            return original(self)

    return call_action


def _all_or_nothing(original: Callable[..., Item]) -> Callable[..., Item]:
    """moto makes a missing item and carries out an expression from left to right before it finds what is wrong."""

    def update_item(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        before = copy.deepcopy(self.get_item(table_name, key))
        try:
            return original(self, table_name, key, *args, **kwargs)
        except Exception:
            table = self.get_table(table_name)
            hash_key, range_key = self.get_keys_value(table, key)
            table.delete_item(hash_key, range_key)
            if before is not None and range_key is not None:
                table.items[hash_key][range_key] = before
            elif before is not None:
                table.items[hash_key] = before  # type: ignore[assignment]  # moto's own typing is of pairs of keys
            raise

    return update_item


def _once(original: Callable[..., None]) -> Callable[..., None]:
    """A tag has one value: moto keeps the old one beside the new."""

    def tag_resource(self: DynamoDBBackend, arn: str, tags: dict[str, str]) -> None:
        self.untag_resource(arn, list(tags))
        original(self, arn, tags)

    return tag_resource


def _created(original: Callable[[DynamoHandler], ActionResult]) -> Callable[[DynamoHandler], ActionResult]:
    def create_table(self: DynamoHandler) -> ActionResult:
        _check(CREATION, self.body)
        return original(self)

    return create_table


def _updated(original: Callable[[DynamoHandler], ActionResult]) -> Callable[[DynamoHandler], ActionResult]:
    """moto's leaves encryption out, and the throughput of a table that is no longer provisioned."""

    def update_table(self: DynamoHandler) -> ActionResult:
        _check(UPDATE, self.body)
        given = self.body
        table = self.dynamodb_backend.get_table(given["TableName"])
        if given.get("BillingMode") == "PAY_PER_REQUEST":
            given["ProvisionedThroughput"] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        if given.get("ProvisionedThroughput"):
            given["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, **given["ProvisionedThroughput"]}
        if "SSESpecification" in given:
            table.sse_specification = _encryption(table, given["SSESpecification"])
        return original(self)

    return update_table


def _encryption(table: Any, given: dict[str, Any]) -> dict[str, Any] | None:
    if not given.get("Enabled"):
        return None
    key = given.get("KMSMasterKeyId") or table._get_default_encryption_key(table.account_id, table.region_name)
    return {**given, "KMSMasterKeyId": key}


def _check(members: Members, request: dict[str, Any]) -> None:
    found = first_unsupported(members, request)
    if found is not None:
        raise NotEmulated(found)
