"""CloudWatch Logs is moto's. What it lacks: a log group's key can be another one later, or none."""

from __future__ import annotations

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from local_aws.world import World


def install(world: World) -> None:
    """Have AssociateKmsKey and DisassociateKmsKey. The key is remembered and told; nothing is encrypted with it."""
    del world
    for action in (associate_kms_key, disassociate_kms_key):
        setattr(LogsResponse, action.__name__, action)


def associate_kms_key(response: LogsResponse) -> str:
    """By the group's name, as CloudFormation does it; `resourceIdentifier` also names results of queries."""
    _group(response).kms_key_id = response._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(response: LogsResponse) -> str:
    """What is written from then on is encrypted by CloudWatch's own."""
    _group(response).kms_key_id = None
    return ""


def _group(response: LogsResponse) -> LogGroup:
    group = response.logs_backend.groups.get(response._get_param("logGroupName"))
    if group is None:
        raise ResourceNotFoundException
    return group
