"""Models and endpoint configurations: what an endpoint is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class Model:
    """A container image and an artifact, with the role that may read it."""

    def __init__(self, request: Mapping[str, Any], *, arn: str) -> None:
        self.name: str = request["ModelName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.role_arn: str = request["ExecutionRoleArn"]
        self.created = datetime.now(UTC)
        self._request = request

    @property
    def container(self) -> Mapping[str, Any]:
        """The one container's definition."""
        containers = self._request.get("Containers") or [self._request["PrimaryContainer"]]
        return containers[0]  # type: ignore[no-any-return]

    def describe(self) -> dict[str, Any]:
        """DescribeModel's answer."""
        asked = {name: value for name, value in self._request.items() if name != "Tags"}
        described = {"EnableNetworkIsolation": False, **asked, "ModelArn": self.arn, "CreationTime": self.created}
        if "PrimaryContainer" in asked:
            described["PrimaryContainer"] = {"Mode": "SingleModel", **asked["PrimaryContainer"]}
        return described

    def summary(self) -> dict[str, Any]:
        """This model's entry in ListModels."""
        return {"ModelName": self.name, "ModelArn": self.arn, "CreationTime": self.created}


class EndpointConfig:
    """Which models serve behind an endpoint, on what, with which share of the requests."""

    def __init__(self, request: Mapping[str, Any], *, arn: str) -> None:
        self.name: str = request["EndpointConfigName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.created = datetime.now(UTC)
        self.variants: list[dict[str, Any]] = [
            {"InitialVariantWeight": 1.0, **variant} for variant in request["ProductionVariants"]
        ]
        self._request = request

    def describe(self) -> dict[str, Any]:
        """DescribeEndpointConfig's answer."""
        asked = {name: value for name, value in self._request.items() if name != "Tags"}
        known = {"EndpointConfigArn": self.arn, "CreationTime": self.created, "ProductionVariants": self.variants}
        return {"EnableNetworkIsolation": False, **asked, **known}

    def summary(self) -> dict[str, Any]:
        """This configuration's entry in ListEndpointConfigs."""
        return {"EndpointConfigName": self.name, "EndpointConfigArn": self.arn, "CreationTime": self.created}
