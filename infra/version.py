"""Which version of the model is live: one parameter that executions write and the API reads."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage

NOTHING_YET = "none"
"""Its value until a first execution has published; Parameter Store takes no empty one."""


class LiveVersion(Construct):
    """`name` is the parameter's.

    Executions change the value behind CloudFormation's back, and a deployment must not undo that. CloudFormation leaves
    a resource alone whose part of the template is what it was ("Update behaviors of stack resources"), whatever its
    real state. But any change of that part, be it a description or a tag, puts the parameter with the template's value.
    So it has a name, a type and a value for ever, and nothing else; `app` keeps the application's tags off it.
    """

    RESOURCE_TYPE = ssm.CfnParameter.CFN_RESOURCE_TYPE_NAME

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self.name = f"/{stage.name}/model"
        self._arn = f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{self.name}"
        ssm.CfnParameter(self, "Parameter", name=self.name, type="String", value=NOTHING_YET)

    def may_read(self) -> Permission:
        """Ask which version is live."""
        return Permission(actions=["ssm:GetParameter"], resources=[self._arn])

    def may_switch(self) -> Permission:
        """Make another version the live one."""
        return Permission(actions=["ssm:PutParameter"], resources=[self._arn])
