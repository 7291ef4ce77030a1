"""AWS Budgets: its page in the Service Authorization Reference. Most of the API is two actions there."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.services.base import Call, Check, Rule, Service, on, same


def _budget(action: str) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        name = call.get("BudgetName") or call.get("Budget.BudgetName") or call.get("NewBudget.BudgetName") or "*"
        account = call.get("AccountId") or call.account
        yield Check(f"budgets:{action}", f"arn:{call.partition}:budgets::{account}:budget/{name}")

    return rule


BUDGETS = Service(
    prefix="budgets",
    models=("budgets",),
    operations={
        **same(
            _budget("ModifyBudget"),
            "CreateBudget",
            "UpdateBudget",
            "DeleteBudget",
            "CreateNotification",
            "DeleteNotification",
        ),
        **same(
            _budget("ViewBudget"),
            "DescribeBudget",
            "DescribeBudgets",
            "DescribeNotificationsForBudget",
            "DescribeSubscribersForNotification",
        ),
        **same(on("{ResourceARN}"), "ListTagsForResource", "TagResource", "UntagResource"),
    },
)
