"""AWS::Budgets::Budget: a budget and whom it would notify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types.base import Job, Members, ResourceType, tag_changes, tag_list

_FIXED = ("BudgetName", "BudgetType", "TimeUnit")
"""What of a budget's data takes another budget; the rest is changed in place."""


class Budget(ResourceType):
    """`Ref` is the budget's name."""

    type_name = "AWS::Budgets::Budget"
    properties = frozenset({"Budget", "NotificationsWithSubscribers", "ResourceTags"})
    required = frozenset({"Budget"})
    required_members: ClassVar[Members] = {
        "Budget": frozenset({"BudgetType", "TimeUnit"}),
        "NotificationsWithSubscribers[]": frozenset({"Notification", "Subscribers"}),
    }
    immutable = frozenset({"NotificationsWithSubscribers"})

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Also when the budget gets another name, type or period."""
        old, new = before["Budget"], after["Budget"]
        return super().replaces(before, after) or any(old.get(name) != new.get(name) for name in _FIXED)

    def create(self, job: Job) -> str:
        budget = dict(job.properties["Budget"])
        name = budget.get("BudgetName") or job.name("", limit=100)
        job.call(
            "budgets",
            "create_budget",
            AccountId=job.account,
            Budget=budget | {"BudgetName": name},
            **job.given("NotificationsWithSubscribers", "ResourceTags"),
        )
        return str(name)

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        new = dict(job.properties["Budget"]) | {"BudgetName": job.physical_id}
        job.call("budgets", "update_budget", AccountId=job.account, NewBudget=new)
        arn = f"arn:{job.partition}:budgets::{job.account}:budget/{job.physical_id}"
        tags, removed = tag_changes(job, before, of="ResourceTags")
        if tags:
            job.call("budgets", "tag_resource", ResourceARN=arn, ResourceTags=tag_list(tags))
        if removed:
            job.call("budgets", "untag_resource", ResourceARN=arn, ResourceTagKeys=removed)

    def delete(self, job: Job) -> None:
        of = {"AccountId": job.account, "BudgetName": job.physical_id}
        job.remove("budgets", "delete_budget", gone={"NotFoundException"}, **of)
