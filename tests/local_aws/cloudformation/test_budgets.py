"""Budgets of stacks."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer

ACCOUNT = "123456789012"


def budget(amount: int, threshold: int = 80, **more: Any) -> dict[str, Any]:
    data = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": amount, "Unit": "USD"}, **more}
    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": threshold}
    subscriber = {"SubscriptionType": "SNS", "Address": f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"}
    told = [{"Notification": notification, "Subscribers": [subscriber]}]
    return {"B": {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": data, "NotificationsWithSubscribers": told}}}


def test_a_budget_is_changed_replaced_and_deleted(deployer: Deployer) -> None:
    client = deployer.client("budgets")

    def limit(name: str) -> float:
        return float(client.describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]["BudgetLimit"]["Amount"])

    name = deployer.create(budget(10))
    first = deployer.physical(name)["B"]
    assert limit(first) == 10
    deployer.update(name, budget(20))
    assert (deployer.physical(name)["B"], limit(first)) == (first, 20)
    deployer.update(name, budget(20, threshold=90))
    second = deployer.physical(name)["B"]
    assert second != first
    (told,) = client.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=second)["Notifications"]
    assert told["Threshold"] == 90
    deployer.update(name, budget(20, threshold=90, TimeUnit="ANNUALLY"))
    third = deployer.physical(name)["B"]
    assert third not in (first, second)
    deployer.api.delete_stack(StackName=name)
    for gone in (first, second, third):
        with pytest.raises(ClientError, match="NotFoundException"):
            limit(gone)


def test_a_budget_without_a_limit_fails_by_aws_s_words(deployer: Deployer) -> None:
    wrong = budget(1)
    del wrong["B"]["Properties"]["Budget"]["BudgetLimit"]
    name = deployer.attempt(wrong)
    assert "please provide one of the followings" in deployer.reasons(name)["B"]


def test_tags_of_a_budget_follow_the_template(deployer: Deployer) -> None:
    client = deployer.client("budgets")

    def tagged(**tags: str) -> dict[str, Any]:
        made = budget(10)
        made["B"]["Properties"]["ResourceTags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return made

    def tags() -> dict[str, str]:
        arn = f"arn:aws:budgets::{ACCOUNT}:budget/{deployer.physical(name)['B']}"
        listed = client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    name = deployer.create(tagged(project="p", stage="dev"))
    first = deployer.physical(name)["B"]
    assert {"project": "p", "stage": "dev"}.items() <= tags().items()
    deployer.update(name, tagged(project="q"))
    assert deployer.physical(name)["B"] == first
    assert tags()["project"] == "q"
    assert "stage" not in tags()
    deployer.api.delete_stack(StackName=name)
