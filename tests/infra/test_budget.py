"""The monthly budget: none unless the stage has one, and then the alarms' topic is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.settings import STAGES
from tests.infra.rendering import Json, resources
from tests.infra.synthesis import synthesized

KIND = "AWS::Budgets::Budget"
SOURCE = {
    "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
    "ArnLike": {"aws:SourceArn": "arn:${AWS::Partition}:budgets::${AWS::AccountId}:*"},
}


def _lets_budgets_in(template: Json, kind: str, document: str) -> list[Json]:
    found = (properties[document]["Statement"] for properties in resources(template, kind).values())
    return [
        statement
        for statements in found
        for statement in statements
        if statement["Principal"] == {"Service": "budgets.amazonaws.com"}
    ]


def test_there_is_none_unless_the_stage_says_so(pipeline: Json) -> None:
    assert not resources(pipeline, KIND)
    assert "budgets.amazonaws.com" not in json.dumps(pipeline)


@pytest.fixture(scope="module")
def budgeted(tmp_path_factory: pytest.TempPathFactory) -> Json:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STAGES, "dev", replace(STAGES["dev"], monthly_budget_usd=50))
        folder: Path = tmp_path_factory.mktemp("budget")
        template: Json = synthesized(folder, stage="dev").template("Pipeline")
    return template


def test_the_topic_is_told_in_time(budgeted: Json) -> None:
    (budget,) = resources(budgeted, KIND).values()
    assert budget["Budget"] == {
        "BudgetName": "movie-recommender-dev-monthly",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": 50, "Unit": "USD"},
        "CostFilters": {"TagKeyValue": ["user:project$movie-recommender"]},
    }
    told: list[Any] = budget["NotificationsWithSubscribers"]
    assert [(each["Notification"]["NotificationType"], each["Notification"]["Threshold"]) for each in told] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]
    (topic,) = resources(budgeted, "AWS::SNS::TopicPolicy").values()
    assert {each["Subscribers"][0]["Address"] for each in told} == set(topic["Topics"])


def test_budgets_may_publish_for_this_account_alone(budgeted: Json) -> None:
    for kind, document, actions in (
        ("AWS::SNS::TopicPolicy", "PolicyDocument", "sns:Publish"),
        ("AWS::KMS::Key", "KeyPolicy", ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ):
        (statement,) = _lets_budgets_in(budgeted, kind, document)
        assert (statement["Action"], statement["Condition"]) == (actions, SOURCE)
