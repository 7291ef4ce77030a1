"""The model registry: one group of model packages for each stage, a package for each accepted model."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage

_NUMBER = "the * stands for the number of a version, which the registry gives"


class ModelRegistry(Construct):
    """The group, called after the stage. It can go only when it has no packages any more."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self.group = sagemaker.CfnModelPackageGroup(
            self,
            "Group",
            model_package_group_name=stage.name,
            model_package_group_description=f"Models that {stage.name} accepted",
        )


def packages_of(stage: Stage) -> str:
    """The ARN of every version of the stage's group."""
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:model-package/{stage.name}/*"


def may_register(stage: Stage) -> Permission:
    """Add a version. The service asks for it on the group, its authorization reference lists the version too."""
    group = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:model-package-group/{stage.name}"
    return Permission(actions=["sagemaker:CreateModelPackage"], resources=[group, packages_of(stage)], because=_NUMBER)


def may_judge(stage: Stage) -> Permission:
    """Change the approval of a version."""
    return Permission(actions=["sagemaker:UpdateModelPackage"], resources=[packages_of(stage)], because=_NUMBER)


def may_look_up(stage: Stage) -> Permission:
    """Read a version of which the ARN is known."""
    return Permission(actions=["sagemaker:DescribeModelPackage"], resources=[packages_of(stage)], because=_NUMBER)


def may_retire(stage: Stage) -> list[Permission]:
    """List the versions, and delete some."""
    return [
        Permission(
            actions=["sagemaker:ListModelPackages"],
            resources=["*"],
            because="ListModelPackages knows no resource; the function asks for the stage's group alone",
        ),
        may_look_up(stage),
        Permission(actions=["sagemaker:DeleteModelPackage"], resources=[packages_of(stage)], because=_NUMBER),
    ]
