"""What starts executions by itself: nothing unless the stage says so, and then what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from infra.settings import STAGES
from lambdas.logic.job import complete
from tests.infra.rendering import Json, resources
from tests.infra.statements import listed, statements
from tests.infra.synthesis import Assembly, synthesized

KINDS = ("AWS::Scheduler::Schedule", "AWS::Events::Rule")


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
    assert not resources(template, "AWS::SQS::Queue"), "the Scheduler tries by itself, and the next one comes"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "best"}, "retrain_input.preset: 'best' is not one of ['blog', 'tuned'"),
        ({"deploy": {"mode": "always"}}, "retrain_input.deploy.mode: 'always' is not one of"),
        ({"split": {"validation": "some"}}, "retrain_input.split.validation: 'some' is not of type 'number'"),
        ({"models": ["ranking"]}, "retrain_input.models: "),
        ({"hyper": {}}, "retrain_input: Additional properties are not allowed ('hyper' was unexpected)"),
        ({"overlap": "wait"}, "retrain_input.overlap: 'wait', expected it left out"),
        ({"restore": {"version": "v1"}}, "retrain_input.restore: {'version': 'v1'}, expected it left out"),
    ],
)
def test_an_input_that_no_execution_takes_is_refused_by_the_settings_name(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(STAGES["dev"], retrain_input=given)


def test_everything_that_is_wrong_with_an_input_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"retrain_input\.deploy\.mode: .*; retrain_input\.preset: "):
        replace(STAGES["dev"], retrain_input={"preset": 1, "deploy": {"mode": 2}})


def test_what_the_first_function_takes_the_settings_take(schema_examples: list[dict[str, Any]]) -> None:
    for given in schema_examples:
        replace(STAGES["dev"], retrain_input=given)


@pytest.fixture
def schema_examples() -> list[dict[str, Any]]:
    """Inputs that executions take."""
    examples: list[dict[str, Any]] = [
        {},
        {"preset": "tuned", "deploy": {"mode": "none"}},
        {"dataset": {"name": "sample"}, "hyperparameters": {"epochs": 3}, "models": ["like"]},
        {"split": {"validation": 0.1}, "tune": {"jobs": 1, "ranges": {"factors_lr": [1e-4, 1e-2]}}},
    ]
    for given in examples:
        complete(given)
    return examples


@pytest.mark.parametrize("changed", [{"retrain_on_upload": True}], indirect=True)
def test_uploads_are_told_of_those_of_incoming_datasets_alone(changed: Assembly) -> None:
    template = changed.template("Pipeline")
    pattern = _only(template, "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "datasets/incoming/"}]}
    assert not resources(template, "AWS::Scheduler::Schedule"), "they come with what arrives"
    assert _told(changed.template("Storage")) == [{"EventBridgeConfiguration": {"EventBridgeEnabled": True}}]


@pytest.mark.parametrize("changed", [{"retrain_on_upload": True}], indirect=True)
def test_what_eventbridge_and_what_lambda_give_up_lies_in_one_queue(changed: Assembly) -> None:
    template = changed.template("Pipeline")
    queue = _only(template, "AWS::SQS::Queue")
    assert queue["QueueName"] == "movie-recommender-dev-lost-arrivals"
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)
    arn, rule = f"${{{_id(template, 'AWS::SQS::Queue')}.Arn}}", _id(template, "AWS::Events::Rule")
    (target,) = _only(template, "AWS::Events::Rule")["Targets"]
    (function,) = _of_retraining(template, "AWS::Lambda::Function")
    assert (target["DeadLetterConfig"], function["DeadLetterConfig"]) == ({"Arn": arn}, {"TargetArn": arn})
    given = {role for role, statement in statements(template) if "sqs:SendMessage" in listed(statement["Action"])}
    assert given == {"RetrainingArrivedRole"}
    denied, allowed = _only(template, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Action"], denied["Resource"]) == ("Deny", "sqs:*", arn)
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allowed == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"${{{rule}.Arn}}"}},
    }


@pytest.mark.parametrize("changed", [{"retrain_on_upload": True}], indirect=True)
def test_a_letter_in_the_queue_is_told_until_it_is_taken_out(changed: Assembly) -> None:
    template = changed.template("Pipeline")
    alarm = resources(template, "AWS::CloudWatch::Alarm")["WatchingLostArrivals"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    queue = _only(template, "AWS::SQS::Queue")["QueueName"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "ignore", "an idle queue is not measured"
    assert f"The queue {queue} has" in alarm["AlarmDescription"]


def _id(template: Json, kind: str) -> str:
    """The whole logical id of the only one of that type."""
    made = template["Resources"].items()
    (id_,) = (id_ for id_, one in made if one["Type"] == kind and id_.startswith("Retraining"))
    return str(id_)
