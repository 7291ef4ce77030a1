"""DynamoDB: "Actions, resources, and condition keys for Amazon DynamoDB" in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, on, same

_WRITES = {"ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Put": "PutItem", "Update": "UpdateItem"}


def _table(call: Call, name: str) -> str:
    """Requests name tables or give their ARNs."""
    return name if name.startswith("arn:") else call.arn(f"table/{name}")


def _on_table(action: str | None = None) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        name = call.get("TableName")
        yield Check(f"dynamodb:{action or call.operation}", _table(call, name) if name else "*")

    return rule


def _reading(call: Call) -> Iterator[Check]:
    """A query of an index is an action on the index."""
    table, index = _table(call, call.get("TableName") or "*"), call.get("IndexName")
    yield Check(f"dynamodb:{call.operation}", f"{table}/index/{index}" if index else table)


def _batch(call: Call) -> Iterator[Check]:
    for name in sorted(call.get("RequestItems") or ["*"]):
        yield Check(f"dynamodb:{call.operation}", _table(call, name))


def _transaction(actions: Mapping[str, str]) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        for item in call.get("TransactItems") or ():
            for kind, given in item.items():
                if given:
                    yield Check(f"dynamodb:{actions[kind]}", _table(call, given.get("TableName") or "*"))

    return rule


DYNAMODB = Service(
    prefix="dynamodb",
    models=("dynamodb",),
    operations={
        **same(
            _on_table(),
            "CreateTable",
            "DeleteItem",
            "DeleteTable",
            "DescribeContinuousBackups",
            "DescribeTable",
            "DescribeTimeToLive",
            "GetItem",
            "PutItem",
            "UpdateContinuousBackups",
            "UpdateItem",
            "UpdateTable",
            "UpdateTimeToLive",
        ),
        **same(_reading, "Query", "Scan"),
        **same(_batch, "BatchGetItem", "BatchWriteItem"),
        "TransactGetItems": _transaction({"Get": "GetItem"}),
        "TransactWriteItems": _transaction(_WRITES),
        **same(on("{ResourceArn}"), "TagResource", "UntagResource", "ListTagsOfResource"),
        **same(anywhere, "DescribeEndpoints", "DescribeLimits", "ListTables"),
    },
)
