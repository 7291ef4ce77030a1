"""Models and endpoint configurations: what an endpoint is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any


class Model:
    """A container image and an artifact, with the role that may read it.

    `container` is the one container's definition; where the request names a model package, the package's.
    """

    def __init__(self, request: Mapping[str, Any], *, arn: str, container: Mapping[str, Any]) -> None:
        self.name: str = request["ModelName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.role_arn: str = request["ExecutionRoleArn"]
        self.container = container
        self.vpc: Mapping[str, Any] = {"VpcConfig": request.get("VpcConfig")}
        self.created = datetime.now(UTC)
        self._request = request

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
    """Which models serve behind an endpoint, on what, with which share of the requests.

    `variants` and `shadows` (none or one) hold the settings of the production and of the shadow variants.
    """

    def __init__(self, request: Mapping[str, Any], *, arn: str) -> None:
        self.name: str = request["EndpointConfigName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.created = datetime.now(UTC)
        self.variants = _with_defaults(request["ProductionVariants"])
        self.shadows = _with_defaults(request.get("ShadowProductionVariants") or [])
        self._request = request

    def retaining(self, kept: Mapping[str, Mapping[str, Any]]) -> EndpointConfig:
        """The same configuration with some of its variants' settings replaced, by the variants' names."""
        retained = copy(self)
        retained.variants = [variant | dict(kept.get(variant["VariantName"], {})) for variant in self.variants]
        return retained

    def describe(self) -> dict[str, Any]:
        """DescribeEndpointConfig's answer."""
        asked = {name: value for name, value in self._request.items() if name != "Tags"}
        known = {"EndpointConfigArn": self.arn, "CreationTime": self.created, "ProductionVariants": self.variants}
        shadows = {"ShadowProductionVariants": self.shadows} if self.shadows else {}
        return {"EnableNetworkIsolation": False, **asked, **known, **shadows}

    def summary(self) -> dict[str, Any]:
        """This configuration's entry in ListEndpointConfigs."""
        return {"EndpointConfigName": self.name, "EndpointConfigArn": self.arn, "CreationTime": self.created}


def _with_defaults(variants: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"InitialVariantWeight": 1.0, **variant} for variant in variants]
