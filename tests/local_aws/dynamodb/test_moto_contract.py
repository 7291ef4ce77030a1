"""What this package relies on in moto. Each test fails by name when a release of moto changes it."""

from __future__ import annotations

import inspect

from moto.core.responses import BaseResponse
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


def test_every_call_passes_one_method_to_its_last_byte() -> None:
    # `amz_crc32` hides the signature, not the name.
    assert "call_action" in DynamoHandler.__dict__
    assert "self.serialized(response)" in inspect.getsource(BaseResponse.call_action)


def test_tables_are_made_and_changed_by_methods_that_read_the_body() -> None:
    for name in ("create_table", "update_table"):
        assert list(inspect.signature(DynamoHandler.__dict__[name]).parameters) == ["self"]
    assert "self.body" in inspect.getsource(DynamoHandler.call_action)


def test_encryption_and_expiry_are_kept_with_the_table() -> None:
    source = inspect.getsource(Table)
    assert "self.sse_specification" in source
    assert '"KMSMasterKeyArn": self.sse_specification.get("KMSMasterKeyId")' in source
    assert list(inspect.signature(Table._get_default_encryption_key).parameters) == ["self", "account_id", "region"]
    assert '"TimeToLiveStatus": "DISABLED"' in source
    assert list(inspect.signature(Table.delete_item).parameters) == ["self", "hash_key", "range_key"]
    assert list(inspect.signature(Item.__init__).parameters)[:4] == ["self", "hash_key", "range_key", "attrs"]


def test_updates_pass_one_method_by_names() -> None:
    parameters = list(inspect.signature(DynamoDBBackend.update_item).parameters)
    assert parameters[:3] == ["self", "table_name", "key"]
    assert list(inspect.signature(DynamoDBBackend.get_keys_value).parameters) == ["self", "table", "keys"]


def test_tags_are_set_by_one_method_and_removed_by_another() -> None:
    assert list(inspect.signature(DynamoDBBackend.tag_resource).parameters) == ["self", "arn", "tags"]
    assert list(inspect.signature(DynamoDBBackend.untag_resource).parameters) == ["self", "arn", "tag_keys"]


def test_moto_still_drops_what_is_put_right_here() -> None:
    assert "sse_specification" not in inspect.signature(DynamoDBBackend.update_table).parameters
