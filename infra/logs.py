"""Log groups with the stage's retention."""

from __future__ import annotations

from aws_cdk import Aws, Fn, RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.encryption import key_of
from infra.settings import Stage

_RETENTION = {30: logs.RetentionDays.ONE_MONTH, 365: logs.RetentionDays.ONE_YEAR}


def log_group(scope: Construct, id_: str, *, stage: Stage, name: str | None = None) -> logs.LogGroup:
    """A log group that goes with its stack in dev and outlives it in prod."""
    return logs.LogGroup(
        scope,
        id_,
        log_group_name=name,
        encryption_key=key_of(scope, stage=stage),
        retention=_RETENTION[stage.log_retention_days],
        removal_policy=RemovalPolicy.RETAIN if stage.retain_data else RemovalPolicy.DESTROY,
    )


def stack_uuid() -> str:
    """Last part of `arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>`.

    It ends the name of a log group that is named: one retained from an earlier deployment must not stand in the way of
    the next.
    """
    return Fn.select(2, Fn.split("/", Aws.STACK_ID))
