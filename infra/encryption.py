"""The stage's own key, where it asks for one, and who may use it for what."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage

_OWN, _IMPORTED = "Customer", "CustomerKey"


class CustomerKey(Construct):
    """One key for all that is kept. It goes with the data: no key, no data.

    Its policy leaves roles to their own policies, which name the key, and lets CloudWatch Logs in for this stage's log
    groups. What alarms say has a key apart: CloudWatch, which publishes it, has no business with the data.
    """

    def __init__(self, stack: Stack, *, stage: Stage) -> None:
        super().__init__(stack, _OWN)
        self.key = kms.Key(
            self,
            "Key",
            description=f"{stage.name}: all that is kept",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            removal_policy=RemovalPolicy.RETAIN if stage.retain_data else RemovalPolicy.DESTROY,
        )
        self.key.add_to_resource_policy(_let_logs(stage))
        # Not an export: CloudFormation keeps what is exported as long as it is used, so the setting could only be
        # switched off one stack at a time, in the order opposite to that in which they are deployed.
        ssm.CfnParameter(self, "Parameter", name=_parameter(stage), type="String", value=self.key.key_arn)


class _Imported(Construct):
    """Once for each stack: each would be a parameter of the template."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        arn = ssm.StringParameter.from_string_parameter_name(self, "Arn", _parameter(stage)).string_value
        self.key = kms.Key.from_key_arn(self, "Key", arn)


def key_of(scope: Construct, *, stage: Stage) -> kms.IKey | None:
    """The key, in the storage's stack itself, in others as they see it; None where the stage asks for none."""
    if not stage.customer_key:
        return None
    stack = Stack.of(scope)
    found = stack.node.try_find_child(_OWN) or stack.node.try_find_child(_IMPORTED)
    return found.key if isinstance(found, CustomerKey | _Imported) else _Imported(stack, _IMPORTED, stage=stage).key


def may_use(key: kms.IKey, *actions: str, via: str) -> Permission:
    """What a role may have the service `via` do for it with the key; it may do nothing itself."""
    return Permission(
        actions=[f"kms:{action}" for action in actions],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"{via}.{Aws.REGION}.amazonaws.com"}},
    )


def may_lend(key: kms.IKey) -> Permission:
    """Lend the key to SageMaker for the volumes of an instance (developer guide, "API Permissions": CreateGrant)."""
    return Permission(
        actions=["kms:CreateGrant"],
        resources=[key.key_arn],
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _parameter(stage: Stage) -> str:
    return f"/{stage.name}/key"


def _let_logs(stage: Stage) -> iam.PolicyStatement:
    """CloudWatch Logs, "Encrypt log data using AWS KMS". The * of the resource is the key itself; those of the context
    stand for the rest of the names of this stage's log groups."""
    logs = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:"
    groups = [f"{logs}{stage.name}-*", f"{logs}/aws/vendedlogs/*/{stage.name}-*"]
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
        actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )
