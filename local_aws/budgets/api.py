"""The actions of AWS Budgets that moto lacks, and what it would get wrong of the others.

Source: AWS Billing and Cost Management API Reference, "AWS Budgets".
"""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget, Notification
from moto.budgets.responses import BudgetsResponse
from moto.core.exceptions import JsonRESTError

_SUBSCRIPTIONS = ("EMAIL", "SNS")
_OF_NOTIFICATION = {"NotificationState": "OK", "ThresholdType": "PERCENTAGE"}
"""What a notification has that does not say otherwise."""


class InvalidParameter(JsonRESTError):
    """A member of the request that Budgets does not take."""

    code = 400

    def __init__(self, said: str) -> None:
        super().__init__("InvalidParameterException", said)


class BudgetsApi(BudgetsResponse):
    """One method per action, named like it."""

    def create_budget(self) -> str:
        """CreateBudget, with its notifications."""
        _check_notifications(self._get_param("NotificationsWithSubscribers", []))
        created = super().create_budget()
        self._budget(self._get_param("Budget")["BudgetName"]).tags = _tag_map(self._get_param("ResourceTags", []))
        return created

    def update_budget(self) -> str:
        """UpdateBudget: everything but the notifications is replaced."""
        new = self._get_param("NewBudget")
        kept = self._budget(new["BudgetName"])
        kept.budget = Budget({"TimePeriod": kept.budget["TimePeriod"], **new}, []).budget
        return json.dumps({})

    def create_notification(self) -> str:
        """CreateNotification."""
        given = {"Notification": self._get_param("Notification"), "Subscribers": self._get_param("Subscribers")}
        _check_notifications([given])
        return super().create_notification()

    def describe_notifications_for_budget(self) -> str:
        """DescribeNotificationsForBudget."""
        kept = self._budget(self._get_param("BudgetName")).notifications
        return json.dumps({"Notifications": [_whole(item.details) for item in kept]})

    def describe_subscribers_for_notification(self) -> str:
        """DescribeSubscribersForNotification."""
        wanted = _whole(self._get_param("Notification"))
        return json.dumps({"Subscribers": self._notification(wanted).subscribers})

    def list_tags_for_resource(self) -> str:
        """ListTagsForResource."""
        tags = self._tags()
        return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})

    def tag_resource(self) -> str:
        """TagResource."""
        self._tags().update(_tag_map(self._get_param("ResourceTags")))
        return json.dumps({})

    def untag_resource(self) -> str:
        """UntagResource: a key that is not there is none to remove."""
        tags = self._tags()
        for key in self._get_param("ResourceTagKeys"):
            tags.pop(key, None)
        return json.dumps({})

    def _tags(self) -> dict[str, str]:
        """Those of the budget that the request names by its ARN, `arn:aws:budgets::<account>:budget/<name>`."""
        *_, account, resource = self._get_param("ResourceARN").split(":", 5)
        kind, _, name = resource.partition("/")
        if kind != "budget" or name not in self.backend.budgets[account]:
            raise NotFoundException(f"Unable to find resource: {self._get_param('ResourceARN')}")
        tags: dict[str, str] = self._budget(name, account).tags
        return tags

    def _notification(self, wanted: dict[str, Any]) -> Notification:
        notifications: list[Notification] = self._budget(self._get_param("BudgetName")).notifications
        for kept in notifications:
            if _whole(kept.details) == wanted:
                return kept
        raise NotFoundException("Unable to get subscribers - the notification doesn't exist.")

    def _budget(self, name: str, account: str | None = None) -> Any:
        """moto's `Budget`, which is given its `tags` here."""
        budgets = self.backend.budgets[account or self._get_param("AccountId")]
        if name not in budgets:
            raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
        return budgets[name]


def _tag_map(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _whole(details: dict[str, Any]) -> dict[str, Any]:
    return {**_OF_NOTIFICATION, **details, "Threshold": float(details["Threshold"])}


def _check_notifications(given: list[dict[str, Any]]) -> None:
    """Raises InvalidParameter: each needs from one to eleven subscribers, of a known kind."""
    for item in given:
        subscribers = item.get("Subscribers") or []
        if not 1 <= len(subscribers) <= 11:
            raise InvalidParameter(f"Subscribers: {len(subscribers)}, expected 1 to 11")
        for subscriber in subscribers:
            if subscriber["SubscriptionType"] not in _SUBSCRIPTIONS:
                raise InvalidParameter(
                    f"SubscriptionType {subscriber['SubscriptionType']!r}, expected {_SUBSCRIPTIONS}"
                )
