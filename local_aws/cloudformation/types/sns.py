"""AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_list

_DEFAULTS = {"DisplayName": "", "KmsMasterKeyId": ""}
"""What unsets them."""
_SUBSCRIPTION = {"FilterPolicy": "", "FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
_GONE = {"NotFound", "NotFoundException", "ResourceNotFoundException"}


class Topic(ResourceType):
    """A topic with its subscriptions; `Ref` is its ARN."""

    type_name = "AWS::SNS::Topic"
    properties = frozenset({"TopicName", "FifoTopic", "ContentBasedDeduplication", "Subscription", "Tags", *_DEFAULTS})
    required_members: ClassVar[Members] = {"Subscription[]": frozenset({"Endpoint", "Protocol"})}
    immutable = frozenset({"TopicName", "FifoTopic"})
    attributes = frozenset({"TopicArn", "TopicName"})

    def create(self, job: Job) -> str:
        name = job.name("TopicName", limit=256)
        if _is_fifo(job) and not name.endswith(".fifo"):
            name = f"{name[: 256 - len('.fifo')]}.fifo"
        given = job.given(*_DEFAULTS, *(("FifoTopic", "ContentBasedDeduplication") if _is_fifo(job) else ()))
        tags = tag_list(job.properties.get("Tags", []))
        answer = job.call("sns", "create_topic", Name=name, Attributes=_attributes(given), Tags=tags)
        return str(answer["TopicArn"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        wanted = _subscriptions(job.properties)
        for endpoint in wanted:
            if endpoint not in _subscriptions(before):
                job.call("sns", "subscribe", TopicArn=job.physical_id, Protocol=endpoint[0], Endpoint=endpoint[1])
        if not before:
            return
        for name, value in (_DEFAULTS | job.given(*_DEFAULTS, "ContentBasedDeduplication")).items():
            if changed(job, before, name):
                _set_attribute(job, name, value)
        self._unsubscribe(job, [endpoint for endpoint in _subscriptions(before) if endpoint not in wanted])
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("sns", "tag_resource", ResourceArn=job.physical_id, Tags=tag_list(tags))
        if removed:
            job.call("sns", "untag_resource", ResourceArn=job.physical_id, TagKeys=removed)

    def delete(self, job: Job) -> None:
        job.remove("sns", "delete_topic", gone=_GONE, TopicArn=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"TopicArn": job.physical_id, "TopicName": job.physical_id.rpartition(":")[2]}

    def _unsubscribe(self, job: Job, endpoints: list[tuple[str, str]]) -> None:
        if not endpoints:
            return
        answer = job.call("sns", "list_subscriptions_by_topic", TopicArn=job.physical_id)
        for subscription in answer["Subscriptions"]:
            if (subscription["Protocol"], subscription["Endpoint"]) in endpoints:
                job.call("sns", "unsubscribe", SubscriptionArn=subscription["SubscriptionArn"])


class TopicPolicy(ResourceType):
    """The policy of topics, in the place of the one that every topic has. `Ref` is a name of its own."""

    type_name = "AWS::SNS::TopicPolicy"
    properties = frozenset({"PolicyDocument", "Topics"})
    required = properties
    required_members: ClassVar[Members] = {"PolicyDocument": frozenset({"Statement"})}

    def create(self, job: Job) -> str:
        _set_policy(job, _topics(job.properties), job.properties["PolicyDocument"])
        return job.name("", limit=128)

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            _set_default_policy(job, [arn for arn in _topics(before) if arn not in _topics(job.properties)])
            _set_policy(job, _topics(job.properties), job.properties["PolicyDocument"])

    def delete(self, job: Job) -> None:
        _set_default_policy(job, _topics(job.properties))


class Subscription(ResourceType):
    """A subscription; `Ref` is its ARN."""

    type_name = "AWS::SNS::Subscription"
    properties = frozenset({"TopicArn", "Protocol", "Endpoint", "Region", *_SUBSCRIPTION})
    required = frozenset({"TopicArn", "Protocol"})
    immutable = frozenset({"TopicArn", "Protocol", "Endpoint"})

    def create(self, job: Job) -> str:
        if job.properties.get("Region", job.region) != job.region:
            raise ResourceFailed(
                f"Property Region: a topic of another region ({job.properties['Region']}) is not emulated"
            )
        given = _attributes(job.given(*_SUBSCRIPTION))
        subscribed = job.given("TopicArn", "Protocol", "Endpoint")
        answer = job.call("sns", "subscribe", **subscribed, Attributes=given, ReturnSubscriptionArn=True)
        return str(answer["SubscriptionArn"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        # The policy is checked against the scope, so that comes first.
        for name in ("FilterPolicyScope", "FilterPolicy", "RawMessageDelivery"):
            if changed(job, before, name):
                value = _attributes({name: job.properties.get(name, _SUBSCRIPTION[name])})[name]
                job.call(
                    "sns",
                    "set_subscription_attributes",
                    SubscriptionArn=job.physical_id,
                    AttributeName=name,
                    AttributeValue=value,
                )

    def delete(self, job: Job) -> None:
        job.remove("sns", "unsubscribe", gone=_GONE, SubscriptionArn=job.physical_id)


def _is_fifo(job: Job) -> bool:
    return job.properties.get("FifoTopic") in (True, "true")


def _subscriptions(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(each["Protocol"]), str(each["Endpoint"])) for each in properties.get("Subscription", [])]


def _topics(properties: Mapping[str, Any]) -> list[str]:
    arns = properties["Topics"]
    if not isinstance(arns, list):
        raise ResourceFailed(f"Property Topics: expected a list, got {arns!r}")
    return [str(arn) for arn in arns]


def _set_policy(job: Job, topics: list[str], document: Any) -> None:
    for arn in topics:
        _set_attribute(job.made(arn), "Policy", document)


def _set_default_policy(job: Job, topics: list[str]) -> None:
    """What SNS gives a topic that is made without one ("Default access policy")."""
    for arn in topics:
        actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic")
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in (*actions, "Subscribe", "ListSubscriptionsByTopic", "Publish")],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": job.account}},
        }
        document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        job.remove(
            "sns",
            "set_topic_attributes",
            gone=_GONE,
            TopicArn=arn,
            AttributeName="Policy",
            AttributeValue=json.dumps(document),
        )


def _set_attribute(job: Job, name: str, value: Any) -> None:
    text = _attributes({name: value})[name]
    job.call("sns", "set_topic_attributes", TopicArn=job.physical_id, AttributeName=name, AttributeValue=text)


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    """As the API wants them: text, JSON for objects, `true` and `false`."""
    return {
        name: json.dumps(value) if isinstance(value, (dict, bool)) else str(value) for name, value in properties.items()
    }
