"""SNS, SQS and EventBridge: their pages in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, every, on, passes_role, same


def _publishing(call: Call) -> Iterator[Check]:
    yield Check(f"sns:{call.operation}", call.get("TopicArn") or call.get("TargetArn") or "*")


SNS = Service(
    prefix="sns",
    models=("sns",),
    operations={
        **same(_publishing, "Publish"),
        **same(
            on("{TopicArn}"),
            "Subscribe",
            "ConfirmSubscription",
            "DeleteTopic",
            "GetTopicAttributes",
            "SetTopicAttributes",
            "ListSubscriptionsByTopic",
            "AddPermission",
            "RemovePermission",
        ),
        "PublishBatch": on("{TopicArn}", action="Publish"),
        "CreateTopic": on("{Name}"),
        **same(on("{ResourceArn}"), "TagResource", "UntagResource", "ListTagsForResource"),
        **same(anywhere, "ListTopics", "ListSubscriptions", "Unsubscribe", "GetSubscriptionAttributes"),
        "SetSubscriptionAttributes": anywhere,
    },
)


def _queue(action: str | None = None) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        name = call.get("QueueName") or str(call.get("QueueUrl") or "").rpartition("/")[2]
        yield Check(f"sqs:{action or call.operation}", call.arn(name) if name else "*")

    return rule


SQS = Service(
    prefix="sqs",
    models=("sqs",),
    operations={
        **same(
            _queue(),
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteQueue",
            "PurgeQueue",
            "GetQueueUrl",
            "GetQueueAttributes",
            "SetQueueAttributes",
            "ListQueueTags",
            "TagQueue",
            "UntagQueue",
            "ListDeadLetterSourceQueues",
        ),
        "SendMessageBatch": _queue("SendMessage"),
        "DeleteMessageBatch": _queue("DeleteMessage"),
        "ChangeMessageVisibilityBatch": _queue("ChangeMessageVisibility"),
        "ListQueues": anywhere,
    },
)


def _rule_of_bus(call: Call) -> Iterator[Check]:
    """Rules of the default bus carry no bus in their ARN."""
    bus = str(call.get("EventBusName") or "default").rpartition("/")[2]
    name = call.get("Name") or call.get("Rule")
    path = f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}"
    yield Check(f"events:{call.operation}", call.arn(path) if name else "*")


def _bus(call: Call) -> Iterator[Check]:
    """Named, or by its ARN; the default one where none is."""
    name = str(call.get("Name") or "default").rpartition("event-bus/")[2]
    yield Check(f"events:{call.operation}", call.arn(f"event-bus/{name}"))


def _buses_of_entries(call: Call) -> Iterator[Check]:
    for bus in sorted({entry.get("EventBusName") or "default" for entry in call.get("Entries") or ()}):
        yield Check("events:PutEvents", bus if bus.startswith("arn:") else call.arn(f"event-bus/{bus}"))


def _passes_target_roles(call: Call) -> Iterator[Check]:
    context = Context.of({"iam:PassedToService": "events.amazonaws.com"})
    for target in call.get("Targets") or ():
        if target.get("RoleArn"):
            yield Check("iam:PassRole", target["RoleArn"], context)


EVENTS = Service(
    prefix="events",
    models=("events",),
    operations={
        "PutEvents": _buses_of_entries,
        "PutRule": every(_rule_of_bus, passes_role("RoleArn", to="events.amazonaws.com")),
        "PutTargets": every(_rule_of_bus, _passes_target_roles),
        **same(
            _rule_of_bus,
            "DescribeRule",
            "DeleteRule",
            "EnableRule",
            "DisableRule",
            "RemoveTargets",
            "ListTargetsByRule",
        ),
        **same(_bus, "CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus"),
        **same(anywhere, "ListRules", "ListRuleNamesByTarget", "ListEventBuses", "TestEventPattern"),
        **same(anywhere, "PutPermission", "RemovePermission"),
        **same(on("{ResourceARN}"), "TagResource", "UntagResource", "ListTagsForResource"),
    },
)
