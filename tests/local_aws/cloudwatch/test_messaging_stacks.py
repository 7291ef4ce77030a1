"""Topics, subscriptions and queues as resources of stacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import Deployer, deployer
from tests.local_aws.cloudformation.following import Properties, follow, statement, tags
from tests.local_aws.cloudwatch.laboratory import ACCOUNT

__all__ = ["deployer"]  # the fixture of stacks


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
