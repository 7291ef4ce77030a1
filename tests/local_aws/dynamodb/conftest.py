"""A table for each test that asks for one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config

from tests.local_aws.conftest import LocalAws
from tests.local_server import OPERATOR


@pytest.fixture(scope="session")
def dynamodb(local_aws: LocalAws) -> Any:
    """A client for many threads, which tries nothing twice."""
    import boto3

    config = Config(max_pool_connections=20, retries={"total_max_attempts": 1})
    where = {"region_name": local_aws.region, "endpoint_url": local_aws.endpoint_url}
    return boto3.client("dynamodb", config=config, **where, **OPERATOR)


@pytest.fixture
def table(dynamodb: Any) -> Iterator[str]:
    """Its key is `id`, a string."""
    name = f"table-{uuid.uuid4().hex[:12]}"
    create(dynamodb, name)
    yield name
    dynamodb.delete_table(TableName=name)


def create(client: Any, name: str, **more: Any) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
