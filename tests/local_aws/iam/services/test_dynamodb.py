"""What the calls of DynamoDB and Budgets need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import ACCOUNT, TAGS, Call, arn, assert_needs_exactly, calls

TABLE, OTHER = arn("dynamodb", "table/iam-t"), arn("dynamodb", "table/iam-u")
KEY = {"id": {"S": "x"}}
BUDGET = f"arn:aws:budgets::{ACCOUNT}:budget/iam-b"
DATA = {"BudgetName": "iam-b", "TimeUnit": "MONTHLY", "BudgetType": "COST"}


CALLS: list[Call] = [
    ("dynamodb", "get_item", {"TableName": "iam-t", "Key": KEY}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "get_item", {"TableName": TABLE, "Key": KEY}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "put_item", {"TableName": "iam-t", "Item": KEY}, [("dynamodb:PutItem", TABLE)]),
    ("dynamodb", "delete_item", {"TableName": "iam-t", "Key": KEY}, [("dynamodb:DeleteItem", TABLE)]),
    ("dynamodb", "update_item", {"TableName": "iam-t", "Key": KEY}, [("dynamodb:UpdateItem", TABLE)]),
    ("dynamodb", "scan", {"TableName": "iam-t"}, [("dynamodb:Scan", TABLE)]),
    ("dynamodb", "query", {"TableName": "iam-t", "IndexName": "iam-i"}, [("dynamodb:Query", f"{TABLE}/index/iam-i")]),
    (
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {"iam-t": {"Keys": [KEY]}, "iam-u": {"Keys": [KEY]}}},
        [("dynamodb:BatchGetItem", TABLE), ("dynamodb:BatchGetItem", OTHER)],
    ),
    (
        "dynamodb",
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "iam-t", "Item": KEY}},
                {"ConditionCheck": {"TableName": "iam-u", "Key": KEY, "ConditionExpression": "attribute_exists(id)"}},
            ]
        },
        [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", OTHER)],
    ),
    (
        "dynamodb",
        "transact_get_items",
        {"TransactItems": [{"Get": {"TableName": "iam-t", "Key": KEY}}]},
        [("dynamodb:GetItem", TABLE)],
    ),
    ("dynamodb", "describe_table", {"TableName": "iam-t"}, [("dynamodb:DescribeTable", TABLE)]),
    ("dynamodb", "delete_table", {"TableName": "iam-t"}, [("dynamodb:DeleteTable", TABLE)]),
    ("dynamodb", "tag_resource", {"ResourceArn": TABLE, "Tags": TAGS}, [("dynamodb:TagResource", TABLE)]),
    ("dynamodb", "list_tables", {}, [("dynamodb:ListTables", "*")]),
    (
        "budgets",
        "describe_budget",
        {"AccountId": ACCOUNT, "BudgetName": "iam-b"},
        [("budgets:ViewBudget", BUDGET)],
    ),
    (
        "budgets",
        "update_budget",
        {"AccountId": ACCOUNT, "NewBudget": DATA},
        [("budgets:ModifyBudget", BUDGET)],
    ),
    (
        "budgets",
        "create_budget",
        {"AccountId": ACCOUNT, "Budget": DATA},
        [("budgets:ModifyBudget", BUDGET)],
    ),
    (
        "budgets",
        "describe_budgets",
        {"AccountId": ACCOUNT},
        [("budgets:ViewBudget", f"arn:aws:budgets::{ACCOUNT}:budget/*")],
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
