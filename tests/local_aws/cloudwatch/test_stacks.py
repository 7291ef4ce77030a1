"""Alarms, dashboards, topics and queues as resources of stacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer, deployer
from tests.local_aws.cloudformation.following import Properties, follow, statement, tags
from tests.local_aws.cloudwatch.laboratory import ACCOUNT, eventually

__all__ = ["deployer"]  # the fixture of stacks

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:any"
REQUIRED = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3}


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
    metric = {"Metric": {"MetricName": "Errors", "Namespace": "Stacks"}, "Period": 60, "Stat": "p90"}
    name = deployer.create(
        {
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
                "Properties": {
                    "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
                },
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
                        {"Id": "m1", "MetricStat": metric, "ReturnData": False},
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
    )
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


def test_topics(deployer: Deployer) -> None:
    def properties(mark: str) -> Properties:
        endpoint = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:any-{mark}"
        return {
            "DisplayName": mark,
            "KmsMasterKeyId": f"alias/{mark}",
            "Subscription": [{"Protocol": "sqs", "Endpoint": endpoint}],
            "Tags": tags(f"k={mark}"),
        }

    def read(held: str) -> Properties:
        attributes = sns.get_topic_attributes(TopicArn=held)["Attributes"]
        subscriptions = sns.list_subscriptions_by_topic(TopicArn=held)["Subscriptions"]
        return {
            "DisplayName": attributes.get("DisplayName", ""),
            "KmsMasterKeyId": attributes.get("KmsMasterKeyId", ""),
            "Subscription": [{"Protocol": each["Protocol"], "Endpoint": each["Endpoint"]} for each in subscriptions],
            "Tags": sns.list_tags_for_resource(ResourceArn=held)["Tags"],
        }

    sns = deployer.client("sns")
    first, second = properties("a"), properties("b")
    elsewhere = frozenset({"ContentBasedDeduplication"})
    follow(deployer, "AWS::SNS::Topic", read, first=first, second=second, elsewhere=elsewhere)


def test_subscriptions(deployer: Deployer) -> None:
    sns = deployer.client("sns")
    topic = sns.create_topic(Name=deployer.name("topic"))["TopicArn"]

    def properties(mark: str) -> Properties:
        scope = "MessageBody" if mark == "a" else "MessageAttributes"
        return {
            "FilterPolicy": {"kind": [mark]},
            "FilterPolicyScope": scope,
            "RawMessageDelivery": mark == "a",
        }

    def read(held: str) -> Properties:
        attributes = sns.get_subscription_attributes(SubscriptionArn=held)["Attributes"]
        policy = attributes.get("FilterPolicy")
        return {
            "RawMessageDelivery": attributes["RawMessageDelivery"].lower() == "true",
            **(
                {"FilterPolicy": json.loads(policy), "FilterPolicyScope": attributes["FilterPolicyScope"]}
                if policy
                else {}
            ),
        }

    follow(
        deployer,
        "AWS::SNS::Subscription",
        read,
        first=properties("a"),
        second=properties("b"),
        required={"TopicArn": topic, "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:any"},
        elsewhere=frozenset({"Region"}),
    )


def test_queues(deployer: Deployer) -> None:
    sqs = deployer.client("sqs")
    dead = sqs.create_queue(QueueName=deployer.name("dead"))["QueueUrl"].rpartition("/")[2]

    def properties(mark: str, number: int) -> Properties:
        target = {"deadLetterTargetArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{dead}", "maxReceiveCount": number}
        return {
            "DelaySeconds": number,
            "KmsDataKeyReusePeriodSeconds": 60 * number,
            "KmsMasterKeyId": f"alias/{mark}",
            "MaximumMessageSize": 1024 * number,
            "MessageRetentionPeriod": 60 * number,
            "ReceiveMessageWaitTimeSeconds": number,
            "RedrivePolicy": target,
            "VisibilityTimeout": number,
            "Tags": tags(f"k={mark}"),
        }

    def read(held: str) -> Properties:
        attributes = sqs.get_queue_attributes(QueueUrl=held, AttributeNames=["All"])["Attributes"]
        policy = attributes.get("RedrivePolicy")
        kept = sqs.list_queue_tags(QueueUrl=held).get("Tags", {})
        numbers = set(properties("a", 1)) - {"KmsMasterKeyId", "RedrivePolicy", "Tags"}
        return {
            **{name: int(attributes[name]) for name in numbers if name in attributes},
            **({"KmsMasterKeyId": attributes["KmsMasterKeyId"]} if attributes.get("KmsMasterKeyId") else {}),
            **({"RedrivePolicy": json.loads(policy)} if policy else {}),
            "Tags": [{"Key": key, "Value": value} for key, value in kept.items()],
        }

    follow(
        deployer,
        "AWS::SQS::Queue",
        read,
        first=properties("a", 2),
        second=properties("b", 3),
        elsewhere=frozenset(
            {"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "SqsManagedSseEnabled"}
        ),
    )


def test_first_in_first_out(deployer: Deployer) -> None:
    fifo = {"FifoTopic": True, "ContentBasedDeduplication": True}
    queue = {
        "FifoQueue": True,
        "ContentBasedDeduplication": True,
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "SqsManagedSseEnabled": True,
    }
    name = deployer.create(
        {"T": {"Type": "AWS::SNS::Topic", "Properties": fifo}, "Q": {"Type": "AWS::SQS::Queue", "Properties": queue}}
    )
    held = deployer.physical(name)
    assert held["T"].endswith(".fifo")
    assert held["Q"].endswith(".fifo")
    attributes = deployer.client("sqs").get_queue_attributes(QueueUrl=held["Q"], AttributeNames=["All"])["Attributes"]
    assert {key: attributes[key].lower() for key in queue} == {key: str(value).lower() for key, value in queue.items()}


@pytest.mark.parametrize("kind", ["sns", "sqs"])
def test_policies_move_with_what_they_are_about(deployer: Deployer, kind: str) -> None:
    """A topic or a queue that leaves the list has its own policy again."""
    made: dict[str, tuple[str, str, Callable[[str], Any]]] = {
        "sns": (
            "AWS::SNS::Topic",
            "Topics",
            lambda arn: deployer.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy"),
        ),
        "sqs": (
            "AWS::SQS::Queue",
            "Queues",
            lambda url: (
                deployer.client("sqs")
                .get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
                .get("Attributes", {})
                .get("Policy")
            ),
        ),
    }
    type_name, member, policy_of = made[kind]

    def resources(about: str, **queue: Any) -> dict[str, Any]:
        document = statement(Sid="mine", Principal="*", Action=f"{kind}:*", Resource="*")
        policy = {member: [{"Ref": about}], "PolicyDocument": document}
        return {
            "A": {"Type": type_name, "Properties": queue},
            "B": {"Type": type_name},
            "P": {"Type": f"{type_name}Policy", "Properties": policy},
        }

    def is_mine(logical_id: str) -> bool:
        return "mine" in (policy_of(deployer.physical(name)[logical_id]) or "")

    name = deployer.create(resources("A"))
    assert (is_mine("A"), is_mine("B")) == (True, False)
    other = {"DisplayName": "x"} if kind == "sns" else {"DelaySeconds": 1}
    deployer.update(name, resources("A", **other))
    assert is_mine("A"), "it stays when something else is changed"
    deployer.update(name, resources("B", **other))
    assert (is_mine("A"), is_mine("B")) == (False, True)
