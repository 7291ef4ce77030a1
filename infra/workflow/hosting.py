"""What an endpoint's containers may do, and what the machine may do with models, configs and the endpoint."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.network import sagemaker_may_join
from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.storage import RUNS, may_read
from infra.workflow.rollout import may_see_alarms
from infra.workflow.train import may_log, may_pass, may_publish_metrics, sagemaker_arn, sagemaker_role


def hosting_role(scope: Construct, id_: str, *, stage: Stage, bucket: s3.IBucket) -> iam.Role:
    """The models' own."""
    role = sagemaker_role(scope, id_)
    may_read(bucket, f"{RUNS}/*/model/*").grant(role)
    may_log("/aws/sagemaker/Endpoints").grant(role)
    # SageMaker's guide, "CreateModel API: Execution Role Permissions": the instances' own metrics.
    may_publish_metrics("/aws/sagemaker/Endpoints").grant(role)
    may_see_alarms(stage).grant(role)
    for permission in sagemaker_may_join(scope):
        permission.grant(role)
    return role


def may_release(stage: Stage, role: iam.IRole) -> list[Permission]:
    """The machine's."""
    model = sagemaker_arn("model", f"{stage.name}-*")
    config = sagemaker_arn("endpoint-config", f"{stage.name}-*")
    endpoint = sagemaker_arn("endpoint", stage.name)
    return [
        Permission(actions=["sagemaker:CreateModel"], resources=[model], because=EXECUTION_NAME),
        may_pass(role),
        Permission(actions=["sagemaker:CreateEndpointConfig"], resources=[config], because=EXECUTION_NAME),
        Permission(
            actions=["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
            resources=[endpoint, config],
            because=EXECUTION_NAME,
        ),
        Permission(actions=["sagemaker:AddTags"], resources=[model, config, endpoint], because=EXECUTION_NAME),
        Permission(actions=["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"], resources=[endpoint]),
    ]
