"""The CloudWatch alarms that an update is rolled back for.

Source: SageMaker Developer Guide, "Auto-Rollback Configuration and Monitoring": the model's execution role must be
allowed `cloudwatch:DescribeAlarms` on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from local_aws.sagemaker import storage
from local_aws.sagemaker.errors import ValidationException
from local_aws.world import World

_ALARM = "ALARM"


def check(world: World, region: str, names: Sequence[str], *, role_arns: Iterable[str]) -> None:
    """Raise ValidationException unless every role may see the alarms, all are there, and none is in ALARM now."""
    if not names:
        return
    for role_arn in sorted(set(role_arns)):
        cloudwatch = world.client("cloudwatch", region=region, role_arn=role_arn, session="SageMaker")
        try:
            cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        except ClientError as error:
            raise ValidationException(
                f'The role "{role_arn}" cannot describe the alarms {_listed(names)}: {storage.said(error)}'
            ) from error
    if absent := [name for name in names if name not in cloudwatch_backends[world.account][region].alarms]:
        raise ValidationException(f"Could not find the alarms {_listed(absent)} in {region}.")
    if already := tripped(world, region, names):
        raise ValidationException(f"The alarms {_listed(already)} are in state ALARM: the update would be rolled back.")


def tripped(world: World, region: str, names: Collection[str]) -> list[str]:
    """Those of the alarms that are in ALARM."""
    alarms = cloudwatch_backends[world.account][region].alarms
    return [name for name in names if name in alarms and alarms[name].state_value == _ALARM]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
