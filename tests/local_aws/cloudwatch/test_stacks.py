"""Alarms and dashboards as resources of stacks, and what they tell."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer, deployer
from tests.local_aws.cloudformation.following import Properties, follow, statement, tags
from tests.local_aws.cloudwatch.laboratory import ACCOUNT, eventually

__all__ = ["deployer"]  # the fixture of stacks

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:any"
REQUIRED = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3}

METRIC: Properties = {"Metric": {"MetricName": "Errors", "Namespace": "Stacks"}, "Period": 60, "Stat": "p90"}
WATCHED: Properties = {
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "watch"}},
    "Policy": {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [{"Ref": "Topic"}],
            "PolicyDocument": statement(
                Sid="0",
                Principal={"Service": "cloudwatch.amazonaws.com"},
                Action="sns:Publish",
                Resource={"Ref": "Topic"},
                Condition={"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            ),
        },
    },
    "Dead": {"Type": "AWS::SQS::Queue"},
    "Queue": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}},
    },
    "QueuePolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": statement(
                Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage", Resource="*"
            ),
        },
    },
    "Subscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            "RawMessageDelivery": True,
        },
    },
    "Alarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            **REQUIRED,
            "EvaluationPeriods": "1",
            "Threshold": 0,
            "TreatMissingData": "breaching",
            "Metrics": [
                {"Id": "m1", "MetricStat": METRIC, "ReturnData": False},
                {"Id": "e1", "Expression": "m1 * 2"},
            ],
        },
    },
    "Both": {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {
            "AlarmRule": {"Fn::Join": ["", ['ALARM("', {"Fn::GetAtt": ["Alarm", "Arn"]}, '")']]},
            "AlarmActions": [{"Ref": "Topic"}],
        },
    },
    "Dashboard": {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardBody": json.dumps({"widgets": []})},
    },
}


def common(mark: str) -> Properties:
    return {
        "ActionsEnabled": mark == "b",
        "AlarmActions": [f"{TOPIC}-{mark}"],
        "AlarmDescription": mark,
        "InsufficientDataActions": [f"{TOPIC}-{mark}"],
        "OKActions": [f"{TOPIC}-{mark}"],
    }


def shown(described: Properties, names: set[str]) -> Properties:
    return {name: described[name] for name in names if name in described}


def test_metric_alarms(deployer: Deployer) -> None:
    """`Metrics` and `ExtendedStatistic` exclude what is told here; a test of its own has them."""

    def properties(mark: str, number: int) -> Properties:
        return {
            **common(mark),
            "DatapointsToAlarm": number,
            "Dimensions": [{"Name": "D", "Value": mark}],
            "EvaluateLowSampleCountPercentile": "evaluate",
            "TreatMissingData": "ignore" if mark == "a" else "breaching",
            "Unit": "Count" if mark == "a" else "Seconds",
            "Tags": tags("k=v", "old=v") if mark == "a" else tags("k=w"),
        }

    def read(held: str) -> Properties:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[held])["MetricAlarms"]
        kept = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return shown(found, set(properties("a", 1))) | {"Tags": kept}

    cloudwatch = deployer.client("cloudwatch")
    follow(
        deployer,
        "AWS::CloudWatch::Alarm",
        read,
        first=properties("a", 1),
        second=properties("b", 2),
        required={
            **REQUIRED,
            "MetricName": "M",
            "Namespace": "N",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": "1.5",
        },
        elsewhere=frozenset(
            {"ExtendedStatistic", "MetricName", "Metrics", "Namespace", "Period", "Statistic", "Threshold"}
        ),
    )


def test_composite_alarms(deployer: Deployer) -> None:
    def properties(mark: str) -> Properties:
        return {**common(mark), "Tags": tags(f"k={mark}")}

    def read(held: str) -> Properties:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[held], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        kept = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return shown(found, set(properties("a"))) | {"Tags": kept}

    cloudwatch = deployer.client("cloudwatch")
    follow(
        deployer,
        "AWS::CloudWatch::CompositeAlarm",
        read,
        first=properties("a"),
        second=properties("b"),
        required={"AlarmRule": "FALSE"},
    )


def test_an_alarm_a_composite_of_it_and_a_topic_they_tell(deployer: Deployer) -> None:
    """As the CDK writes them: a topic with a policy and a queue behind it, math, a dashboard, and who is told."""
    name = deployer.create(WATCHED)
    held = deployer.physical(name)
    sqs, url = deployer.client("sqs"), held["Queue"]
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    told = json.loads(message["Body"])  # raw: CloudWatch's own JSON
    assert (told["AlarmName"], told["NewStateValue"]) == (held["Both"], "ALARM")
    cloudwatch = deployer.client("cloudwatch")
    assert cloudwatch.get_dashboard(DashboardName=held["Dashboard"])["DashboardBody"] == '{"widgets": []}'
    deployer.api.delete_stack(StackName=name)
    deployer.stacks.remove(name)
    names = [held["Alarm"], held["Both"]]
    left = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (left["MetricAlarms"], left["CompositeAlarms"]) == ([], [])


def test_dashboards(deployer: Deployer) -> None:
    def read(held: str) -> Properties:
        arn = cloudwatch.get_dashboard(DashboardName=held)["DashboardArn"]
        kept = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {"Tags": kept} if kept else {}

    cloudwatch = deployer.client("cloudwatch")
    first, second = {"Tags": tags("k=v", "old=v")}, {"Tags": tags("k=w")}
    required = {"DashboardBody": '{"widgets": []}'}
    follow(deployer, "AWS::CloudWatch::Dashboard", read, first=first, second=second, required=required)


def test_tags_of_a_dashboard_are_those_of_its_beginning(deployer: Deployer) -> None:
    cloudwatch, name = deployer.client("cloudwatch"), deployer.name("dashboard")
    for body, marks in (("{}", "k=v"), ('{"widgets": []}', "k=w")):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body, Tags=tags(marks))
    held = cloudwatch.get_dashboard(DashboardName=name)
    assert held["DashboardBody"] == '{"widgets": []}'
    assert cloudwatch.list_tags_for_resource(ResourceARN=held["DashboardArn"])["Tags"] == tags("k=v")
    with pytest.raises(ClientError, match="Body is invalid JSON"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody="{")
    cloudwatch.delete_dashboards(DashboardNames=[name])
    assert cloudwatch.list_tags_for_resource(ResourceARN=held["DashboardArn"])["Tags"] == []
