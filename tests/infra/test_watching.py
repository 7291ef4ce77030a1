"""Alarms, the topic that they are told to, and the dashboard: what is declared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from infra.console import ConsolePages
from infra.measures import Measures
from infra.settings import STAGES, Stage
from infra.watching import Watching
from tests.infra.deploying import deployed
from tests.infra.rendering import Json, rendered, resources
from tests.infra.synthesis import Assembly

NAME = "movie-recommender-dev"
ALARM = f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{NAME}-*"
SOURCE = {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}, "ArnLike": {"aws:SourceArn": ALARM}}
LONGEST_DESCRIPTION = 1024
"""Of PutMetricAlarm."""
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def _only(template: Json, kind: str) -> Json:
    (properties,) = resources(template, kind).values()
    return properties


def _watched(**settings: Any) -> Json:
    """The template of a stack that has only what watches."""
    stage = Stage(stage="test", retain_data=False, tier_runs_days=30, log_retention_days=30, **settings)
    stack = Stack(App(), "Stack")
    measures = Measures(stage=stage, machine_arn="machine", function_name="function", api_id="api")
    Watching(stack, "Watching", stage=stage, measures=measures, pages=ConsolePages(stack, "Page"))
    return dict(Template.from_stack(stack).to_json())


def _alarms(template: Json, name: str) -> list[Json]:
    """Those of that name after the stage's."""
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    return [alarm for alarm in alarms if alarm["AlarmName"] == f"movie-recommender-test-{name}"]


@pytest.mark.parametrize("stage", STAGES)
def test_every_alarm_says_what_it_is_and_whom_it_tells(assemblies: dict[str, Assembly], stage: str) -> None:
    alarms = list(resources(assemblies[stage].template("Pipeline"), "AWS::CloudWatch::Alarm").values())
    assert len(alarms) == 10
    for alarm in alarms:
        assert re.fullmatch(rf"movie-recommender-{stage}-[a-z-]+", alarm["AlarmName"])
        says, more, _ = alarm["AlarmDescription"].partition(" More: ")
        assert more
        assert 2 <= len(re.findall(r"\.(?: |$)", says)) <= 3, says
        (topic,) = alarm["AlarmActions"]
        assert topic.startswith("${WatchingAlarmsTopic")
        assert alarm["OKActions"] == [topic]
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("partition", "region", "page"),
    [
        (
            "aws",
            "ap-southeast-2",
            "https://ap-southeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-southeast-2",
        ),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1"),
        (
            "aws-us-gov",
            "us-gov-east-1",
            "https://us-gov-east-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-east-1",
        ),
        ("aws-iso-f", "us-isof-south-1", None),
    ],
)
def test_every_alarm_leads_to_its_page_and_to_what_there_is_to_do(
    full: Assembly, partition: str, region: str, page: str | None
) -> None:
    template = full.template("Pipeline")
    alarms = [made for made in template["Resources"].values() if made["Type"] == "AWS::CloudWatch::Alarm"]
    for alarm in alarms:
        properties = deployed(alarm["Properties"], template, partition=partition, region=region)
        said, name = properties["AlarmDescription"], properties["AlarmName"]
        assert len(said) <= LONGEST_DESCRIPTION
        _, _, more = said.partition(" More: ")
        links = ["docs/operating.md#alarms"] + ([f"{page}#alarmsV2:alarm/{name}"] if page else [])
        assert more.split(" ") == links, "words, so that mail programs see where an address ends"


def test_the_section_that_alarms_lead_to_has_them(root: Path, full: Assembly) -> None:
    (_, section) = re.split(r"^## Alarms$", (root / "docs" / "operating.md").read_text(), flags=re.MULTILINE)
    told = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`[^|]*) \|", section, flags=re.MULTILINE))))
    alarms = resources(full.template("Pipeline"), "AWS::CloudWatch::Alarm").values()
    assert {alarm["AlarmName"].removeprefix("movie-recommender-everything-") for alarm in alarms} == told


def test_metrics_are_those_of_what_is_deployed(pipeline: Json) -> None:
    alarms = resources(pipeline, "AWS::CloudWatch::Alarm")
    watched = {
        alarm["AlarmName"].removeprefix(f"{NAME}-"): (
            alarm["Namespace"],
            alarm["MetricName"],
            {each["Name"]: re.sub(r"[0-9A-F]{8}}$", "}", each["Value"]) for each in alarm["Dimensions"]},
        )
        for alarm in alarms.values()
    }
    machine = {"StateMachineArn": "${RecommenderMachine}"}
    endpoint = {"EndpointName": NAME, "VariantName": "main"}
    assert watched == {
        "executions-failed": ("AWS/States", "ExecutionsFailed", machine),
        "executions-timed-out": ("AWS/States", "ExecutionsTimedOut", machine),
        "executions-aborted": ("AWS/States", "ExecutionsAborted", machine),
        "drift": ("movie-recommender", "Drift", {"Stage": NAME}),
        "endpoint-errors": ("AWS/SageMaker", "Invocation5XXErrors", endpoint),
        "endpoint-latency": ("AWS/SageMaker", "ModelLatency", endpoint),
        "challenger-errors": ("AWS/SageMaker", "Invocation5XXErrors", {**endpoint, "VariantName": "challenger"}),
        "challenger-latency": ("AWS/SageMaker", "ModelLatency", {**endpoint, "VariantName": "challenger"}),
        "api-function-errors": ("AWS/Lambda", "Errors", {"FunctionName": "${ApiAnswerFunction}"}),
        "api-errors": ("AWS/ApiGateway", "5xx", {"ApiId": "${ApiHttp}"}),
    }


@pytest.mark.parametrize("threshold", [0.1, 0.25])
def test_drift_is_told_from_the_stages_threshold_on(threshold: float) -> None:
    (alarm,) = _alarms(_watched(drift_threshold=threshold), "drift")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (threshold, "GreaterThanOrEqualToThreshold")
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Maximum", 300, 1)
    assert f"is {threshold:g} or more" in alarm["AlarmDescription"]


@pytest.mark.parametrize("threshold", [0, -0.1, float("inf"), float("nan")])
def test_a_threshold_that_tells_nothing_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"drift_threshold is .*, expected a number above 0"):
        _watched(drift_threshold=threshold)


def test_what_measures_says_of_which_stage(pipeline: Json) -> None:
    """By the namespace and the dimension that alarms and dashboard look for."""
    functions = resources(pipeline, "AWS::Lambda::Function").values()
    given = [function["Environment"]["Variables"] for function in functions if "Environment" in function]
    measuring = [variables for variables in given if "NAMESPACE" in variables or "STAGE" in variables]
    assert len(measuring) == 4
    assert all((each["NAMESPACE"], each["STAGE"]) == ("movie-recommender", NAME) for each in measuring)


def test_only_the_stages_own_alarms_may_publish_and_only_over_tls(pipeline: Json) -> None:
    topic = _only(pipeline, "AWS::SNS::Topic")
    assert topic["TopicName"] == f"{NAME}-alarms"
    policy = _only(pipeline, "AWS::SNS::TopicPolicy")
    (itself,) = policy["Topics"]
    denied, allowed = policy["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert (denied["Action"], denied["Condition"]) == ("sns:Publish", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allowed["Effect"], allowed["Action"], allowed["Resource"]) == ("Allow", "sns:Publish", itself)
    assert (allowed["Principal"], allowed["Condition"]) == (CLOUDWATCH, SOURCE)


def test_cloudwatch_may_use_the_key_of_the_topic(pipeline: Json) -> None:
    """An alarm whose key does not let it in says nothing, and nobody notices."""
    (id_,) = (name for name, made in pipeline["Resources"].items() if made["Type"] == "AWS::KMS::Key")
    assert _only(pipeline, "AWS::SNS::Topic")["KmsMasterKeyId"] == f"${{{id_}.Arn}}"
    key = _only(pipeline, "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    (_, statement) = key["KeyPolicy"]["Statement"]
    assert (statement["Principal"], statement["Condition"]) == (CLOUDWATCH, SOURCE)
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_nobody_is_written_to_unless_the_stage_says_so() -> None:
    assert not resources(_watched(), "AWS::SNS::Subscription")
    subscription = _only(_watched(alarm_email="me@example.com"), "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "me@example.com")


@pytest.mark.parametrize("days", [1, 7])
def test_silence_is_so_many_days_without_a_new_version(days: int) -> None:
    (alarm,) = _alarms(_watched(silence_days=days), "no-new-version")
    filled, made = alarm["Metrics"]
    assert filled["Expression"] == "FILL(made, 0)"
    assert (made["MetricStat"]["Period"], made["MetricStat"]["Stat"], made["ReturnData"]) == (86_400, "Sum", False)
    assert made["MetricStat"]["Metric"]["MetricName"] == "NewVersions"
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (days, 1)
    assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == ("LessThanThreshold", "breaching")


@pytest.mark.parametrize("days", [0, 8, -1])
def test_days_that_no_alarm_can_look_back_are_refused(days: int) -> None:
    with pytest.raises(ValueError, match=f"silence_days is {days}, expected 1 to 7"):
        _watched(silence_days=days)


@pytest.fixture
def widgets(pipeline: Json) -> list[Json]:
    dashboard = _only(pipeline, "AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == NAME
    drawn: list[Json] = json.loads(dashboard["DashboardBody"])["widgets"]
    return drawn


def test_the_dashboard_has_every_alarm(pipeline: Json, widgets: list[Json]) -> None:
    (shown,) = (widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm")
    ids = [name for name, made in pipeline["Resources"].items() if made["Type"] == "AWS::CloudWatch::Alarm"]
    assert sorted(shown) == sorted(f"${{{id_}.Arn}}" for id_ in ids)


def test_the_dashboard_draws_losses_of_the_stages_own_jobs(widgets: list[Json]) -> None:
    (search,) = _parts(widgets, lambda last: "expression" in last)
    assert search["expression"].startswith(
        'SEARCH(\'{"/aws/sagemaker/TrainingJobs",TrainingJobName} movie recommender dev (MetricName='
    )


def test_widgets_do_not_lie_on_each_other(widgets: list[Json]) -> None:
    cells = [
        (widget["x"] + column, widget["y"] + row)
        for widget in widgets
        for column in range(widget["width"])
        for row in range(widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) == 23


def test_outputs_lead_to_topic_and_dashboard(pipeline: Json) -> None:
    outputs = rendered(pipeline["Outputs"])
    assert outputs["TopicArn"]["Value"].startswith("${WatchingAlarmsTopic")
    url = outputs["DashboardUrl"]
    assert url["Value"].endswith(f"/cloudwatch/home?region=${{AWS::Region}}#dashboards/dashboard/{NAME}")
    assert url["Condition"] == outputs["ConsoleUrl"]["Condition"]


def _parts(widgets: list[Json], is_wanted: Callable[[Json], bool]) -> list[Json]:
    """The last part of each metric, which says how it is drawn."""
    found = [metric[-1] for widget in widgets for metric in widget["properties"].get("metrics", [])]
    return [part for part in found if is_wanted(part)]
