"""The key of a log group: another one, or none, while the group stays what it is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs.responses import LogsResponse

from tests.local_aws.conftest import REGION


def test_a_group_takes_a_key_and_gives_it_back(aws: Callable[[str], Any]) -> None:
    logs, name = aws("logs"), f"logs-{uuid.uuid4().hex[:12]}"
    logs.create_log_group(logGroupName=name)
    for number in (1, 2):
        logs.associate_kms_key(logGroupName=name, kmsKeyId=_key(number))
        assert _of(logs, name) == _key(number)
    logs.disassociate_kms_key(logGroupName=name)
    assert _of(logs, name) is None


def test_a_group_that_is_missing_takes_none(aws: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws("logs").associate_kms_key(logGroupName="nowhere", kmsKeyId=_key(1))


def test_moto_has_not_got_it_by_itself() -> None:
    """Then the hook goes."""
    assert not {"associate_kms_key", "disassociate_kms_key"} & set(dir(LogsResponse))


def _key(number: int) -> str:
    return f"arn:aws:kms:{REGION}:123456789012:key/{uuid.UUID(int=number)}"


def _of(logs: Any, name: str) -> str | None:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found: str | None = group.get("kmsKeyId")
    return found
