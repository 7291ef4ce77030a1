"""What an approval starts: the execution that deploys the version of the approved model package."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage
from infra.workflow.register import APPROVED


class Approvals(Construct):
    """A rule that starts the machine when a package of the stage's group *becomes* Approved.

    What is registered as Approved starts nothing: UpdatedModelPackageFields names what an update has changed (SageMaker
    Developer Guide, "SageMaker model package state change"). All that the pattern reads is in that page's example; the
    properties of a package are not.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, machine_arn: str) -> None:
        super().__init__(scope, id_)
        name = f"{stage.name}-approved"
        role = _starter(self, name, machine_arn)
        rule = events.CfnRule(
            self,
            "Rule",
            name=name,
            description=f"{stage.name}: a model package was approved",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {
                    "ModelPackageGroupName": [stage.name],
                    "ModelApprovalStatus": [APPROVED],
                    "UpdatedModelPackageFields": ["ModelApprovalStatus"],
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="machine",
                    arn=machine_arn,
                    role_arn=role.role_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"package": "$.detail.ModelPackageArn"},
                        input_template='{"restore": {"package": <package>}}',
                    ),
                )
            ],
        )
        rule.node.add_dependency(role)


def _starter(scope: Construct, rule: str, machine_arn: str) -> iam.Role:
    """What EventBridge starts executions as, for that rule alone."""
    arn = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{rule}"
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal(
            "events.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": arn}},
        ),
    )
    Permission(actions=["states:StartExecution"], resources=[machine_arn]).grant(role)
    return role
