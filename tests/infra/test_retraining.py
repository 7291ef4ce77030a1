"""What starts executions by itself: nothing unless the stage says so, and then what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from infra.settings import STAGES
from tests.infra.rendering import Json, resources
from tests.infra.synthesis import Assembly, synthesized

KINDS = ("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "AWS::Events::Rule")


@pytest.fixture
def changed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, request: Any) -> Assembly:
    """The application with a dev stage that has these settings; cdk-nag has nothing to say."""
    monkeypatch.setitem(STAGES, "dev", replace(STAGES["dev"], **request.param))
    folder = tmp_path_factory.mktemp("retraining")
    return synthesized(folder, stage="dev", **{"aws:cdk:disable-asset-staging": True})


def _of_retraining(template: Json, kind: str) -> list[Json]:
    found = resources(template, kind)
    return [properties for name, properties in found.items() if name.startswith("Retraining")]


def _only(template: Json, kind: str) -> Json:
    (found,) = _of_retraining(template, kind)
    return dict(found)


def test_by_itself_nothing_starts(pipeline: Json, storage: Json) -> None:
    assert not [kind for kind in KINDS if _of_retraining(pipeline, kind)]
    assert _told(storage) == []


def _told(storage: Json) -> list[Json]:
    """What buckets tell of their objects, and whom."""
    buckets = resources(storage, "AWS::S3::Bucket").values()
    return [bucket["NotificationConfiguration"] for bucket in buckets if "NotificationConfiguration" in bucket]


@pytest.mark.parametrize(
    "changed", [{"retrain_schedule": "cron(0 3 ? * SUN *)", "retrain_input": {"preset": "tuned"}}], indirect=True
)
def test_a_schedule_starts_the_machine_unless_it_runs(changed: Assembly) -> None:
    template = changed.template("Pipeline")
    schedule = _only(template, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert json.loads(schedule["Target"]["Input"]) == {"preset": "tuned", "overlap": "skip"}
    assert schedule["Target"]["Arn"].startswith("${RecommenderMachine")
    assert not _of_retraining(template, "AWS::Events::Rule")


@pytest.mark.parametrize("changed", [{"retrain_on_upload": True}], indirect=True)
def test_uploads_are_told_of_those_of_incoming_datasets_alone(changed: Assembly) -> None:
    template = changed.template("Pipeline")
    pattern = _only(template, "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "datasets/incoming/"}]}
    assert not resources(template, "AWS::Scheduler::Schedule"), "they come with what arrives"
    assert _told(changed.template("Storage")) == [{"EventBridgeConfiguration": {"EventBridgeEnabled": True}}]
