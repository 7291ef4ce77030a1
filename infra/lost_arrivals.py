"""Where arrivals of ratings end that nothing was made of."""

from __future__ import annotations

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.permissions import Permission
from infra.rules import accept
from infra.settings import Stage

KEPT = Duration.days(14)
"""The longest that a queue keeps anything."""


def queue_name(stage: Stage) -> str:
    """The queue's whole name, by which others know it without a reference."""
    return f"{stage.name}-lost-arrivals"


class LostArrivals(Construct):
    """The queue of events that were given up after all tries, for people to read. Encrypted, over TLS only.

    An arrival is lost in one of two places, and neither knows of the other, so both write here. EventBridge gives one
    up that it could not hand to the function for a day: a permission that is missing, a function that is gone. What
    Lambda has accepted is delivered for EventBridge; Lambda gives it up when the function has failed with it three
    times (Developer Guide, "How Lambda handles errors and retries with asynchronous invocation").

    Of Lambda it is the dead-letter queue and not a destination for failures: like EventBridge's its message is the
    event as it came, with the error in attributes, so that whoever reads the queue reads one format, and the function
    can be given a message again as it is. A destination writes a record around it.

    The key is SQS's own: events hold names of objects and no ratings, and EventBridge needs no key's policy for it.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self._queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name(stage),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
        )
        accept(self._queue, "AwsSolutions-SQS3", "it is a dead-letter queue, which people read and empty")
        self.arn = self._queue.queue_arn

    @property
    def permission(self) -> Permission:
        """What a function needs that gives its events up to here: it is Lambda that sends, as the function's role."""
        return Permission(actions=["sqs:SendMessage"], resources=[self.arn])

    def take_from_function(self, function: lambda_.Function) -> None:
        """Get the events that the function has failed with for good."""
        made = cast(lambda_.CfnFunction, function.node.default_child)
        made.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=self.arn)

    def let_rule(self, rule_arn: str) -> None:
        """Let the rule send what it could not deliver (EventBridge User Guide, "Using dead-letter queues")."""
        self._queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
            )
        )
