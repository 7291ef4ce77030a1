"""A monthly budget: who is told of alarms is told before more is spent than was meant."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from infra.alarm_topic import AlarmTopic
from infra.settings import Stage

_ACTUAL_PERCENT = 80
_FORECAST_PERCENT = 100


class MonthlyBudget(Construct):
    """Of all that is tagged with the project, in dollars.

    Budgets sees a tag from when it was activated as a cost allocation tag (Billing, "Activating user-defined cost
    allocation tags"), which only the account's billing console or API can do.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, usd: float, alarms: AlarmTopic) -> None:
        super().__init__(scope, id_)
        alarms.let_budgets()
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{stage.name}-monthly",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:project${stage.project}"]},
            ),
            notifications_with_subscribers=[
                _told("ACTUAL", _ACTUAL_PERCENT, alarms),
                _told("FORECASTED", _FORECAST_PERCENT, alarms),
            ],
        )
        budget.node.add_dependency(alarms)  # its policies let the budget in


def _told(kind: str, percent: float, alarms: AlarmTopic) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent, threshold_type="PERCENTAGE"
        ),
        subscribers=[
            budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=alarms.topic.topic_arn),
        ],
    )
