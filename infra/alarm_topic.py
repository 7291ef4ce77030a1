"""The topic that people are told on: of alarms, and of the budget."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.settings import Stage


class AlarmTopic(Construct):
    """Encrypted, over TLS only, for the stage's alarms to publish to.

    The key is its own: CloudWatch may not use that of AWS, `aws/sns` (SNS, "Enable compatibility between event sources
    from AWS services and encrypted topics").
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        # Nothing is kept under it: a message is gone once it was delivered.
        self._key = key = kms.Key(
            self,
            "Key",
            description=f"{stage.name}: what alarms say",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            removal_policy=RemovalPolicy.DESTROY,
        )
        # In a key's policy the * is the key itself.
        key.add_to_resource_policy(_let_alarms(stage, ["kms:Decrypt", "kms:GenerateDataKey*"], "*"))
        self.topic = sns.Topic(self, "Topic", topic_name=f"{stage.name}-alarms", master_key=key, enforce_ssl=True)
        self.topic.add_to_resource_policy(_let_alarms(stage, ["sns:Publish"], self.topic.topic_arn))
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))

    def let_budgets(self) -> None:
        """Let AWS Budgets publish too, for budgets of this account (its guide, "Creating an Amazon SNS topic")."""
        self._key.add_to_resource_policy(_let_budgets(["kms:Decrypt", "kms:GenerateDataKey*"], "*"))
        self.topic.add_to_resource_policy(_let_budgets(["sns:Publish"], self.topic.topic_arn))


def _let_budgets(allowed: list[str], resource: str) -> iam.PolicyStatement:
    """The * of the source stands for a budget, whichever of the account's."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
        actions=allowed,
        resources=[resource],
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:budgets::{Aws.ACCOUNT_ID}:*"},
        },
    )


def _let_alarms(stage: Stage, allowed: list[str], resource: str) -> iam.PolicyStatement:
    """The * of the source stands for the rest of an alarm's name: no other alarms of the account are let in."""
    alarms = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:{stage.name}-*"
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=allowed,
        resources=[resource],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": alarms}},
    )
