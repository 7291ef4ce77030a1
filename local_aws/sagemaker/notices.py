"""What SageMaker tells EventBridge ("Events that Amazon SageMaker AI sends to Amazon EventBridge", Developer Guide)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from local_aws.world import World


class Described(Protocol):
    """What is needed of a training job or an endpoint."""

    arn: str
    tags: list[dict[str, str]]

    def describe(self) -> dict[str, Any]:
        """The service's own description."""


def training_job(world: World, region: str, job: Described) -> None:
    """A training job has its present secondary status now: the event is its description."""
    _emit(world, region, "SageMaker Training Job State Change", job, job.describe())


def endpoint(world: World, region: str, found: Described, status: str | None = None) -> None:
    """An endpoint has this status now, its own unless given; in events statuses are written `IN_SERVICE`."""
    described = found.describe()
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status or described["EndpointStatus"]).upper()
    _emit(world, region, "SageMaker Endpoint State Change", found, {**described, "EndpointStatus": spelled})


def _emit(world: World, region: str, detail_type: str, found: Described, described: Mapping[str, Any]) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in found.tags}
    detail = {**_told(described), "Tags": tags}
    world.emit("aws.sagemaker", detail_type, detail, region=region, resources=[found.arn])


def _told(value: Any) -> Any:
    """As events have it: times are milliseconds."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {name: _told(inner) for name, inner in value.items()}
    return [_told(inner) for inner in value] if isinstance(value, list | tuple) else value
