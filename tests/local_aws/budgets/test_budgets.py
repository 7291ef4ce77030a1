"""Budgets and whom they would notify: kept, changed, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OVER: dict[str, Any] = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80}
PERSON = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}
Aws = Callable[[str], Any]


def budget(name: str, amount: str = "10") -> dict[str, Any]:
    limit = {"Amount": amount, "Unit": "USD"}
    return {"BudgetName": name, "BudgetLimit": limit, "TimeUnit": "MONTHLY", "BudgetType": "COST"}


@pytest.fixture
def name() -> str:
    return f"budget-{uuid.uuid4().hex[:12]}"


def test_a_budget_s_life(aws: Aws, name: str) -> None:
    client, of = aws("budgets"), {"AccountId": ACCOUNT, "BudgetName": name}
    notifications = [{"Notification": OVER, "Subscribers": [PERSON]}]
    client.create_budget(AccountId=ACCOUNT, Budget=budget(name), NotificationsWithSubscribers=notifications)
    made = client.describe_budget(**of)["Budget"]
    assert (made["BudgetLimit"]["Amount"], made["CalculatedSpend"]["ActualSpend"]["Amount"]) == ("10", "0")
    assert client.describe_subscribers_for_notification(**of, Notification=OVER)["Subscribers"] == [PERSON]

    client.update_budget(AccountId=ACCOUNT, NewBudget=budget(name, "25"))
    changed = client.describe_budget(**of)["Budget"]
    assert (changed["BudgetLimit"]["Amount"], changed["TimePeriod"]) == ("25", made["TimePeriod"])
    (kept,) = client.describe_notifications_for_budget(**of)["Notifications"]
    assert kept == {**OVER, "ThresholdType": "PERCENTAGE", "NotificationState": "OK"}

    client.delete_budget(**of)
    for ask in (client.describe_budget, client.describe_notifications_for_budget, client.delete_budget):
        with pytest.raises(ClientError, match="NotFoundException"):
            ask(**of)


def test_what_budgets_does_not_take(aws: Aws, name: str) -> None:
    client = aws("budgets")
    too_many = [{"Notification": OVER, "Subscribers": [PERSON] * 12}]
    with pytest.raises(ClientError, match="Subscribers: 12, expected 1 to 11"):
        client.create_budget(AccountId=ACCOUNT, Budget=budget(name), NotificationsWithSubscribers=too_many)
    with pytest.raises(ClientError, match="NotFoundException"):
        client.update_budget(AccountId=ACCOUNT, NewBudget=budget(name))
    client.create_budget(AccountId=ACCOUNT, Budget=budget(name))
    with pytest.raises(ClientError, match="DuplicateRecordException"):
        client.create_budget(AccountId=ACCOUNT, Budget=budget(name))
    client.delete_budget(AccountId=ACCOUNT, BudgetName=name)
    with pytest.raises(ClientError, match="DescribeBudgetAction is not emulated"):
        client.describe_budget_action(AccountId=ACCOUNT, BudgetName=name, ActionId="0" * 36)


def test_tags_of_a_budget(aws: Aws, name: str) -> None:
    client, arn = aws("budgets"), f"arn:aws:budgets::{ACCOUNT}:budget/{name}"
    of = {"AccountId": ACCOUNT, "BudgetName": name}
    tags = [{"Key": "project", "Value": "p"}, {"Key": "stage", "Value": "dev"}]
    client.create_budget(AccountId=ACCOUNT, Budget=budget(name), ResourceTags=tags)
    assert client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == tags
    client.untag_resource(ResourceARN=arn, ResourceTagKeys=["stage", "never-was"])
    client.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "project", "Value": "q"}])
    client.update_budget(AccountId=ACCOUNT, NewBudget=budget(name, "25"))
    assert client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "project", "Value": "q"}]
    client.delete_budget(**of)
    with pytest.raises(ClientError, match="NotFoundException"):
        client.list_tags_for_resource(ResourceARN=arn)
