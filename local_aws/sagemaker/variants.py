"""One variant in service: what was asked of it, its container, and the weight and capacity it has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.sagemaker.serving import ServingContainer

REAL_TIME_MAX_BODY = 6_291_456
SERVERLESS_MAX_BODY = 4 * 1024 * 1024
"""Bytes of a request: the service model's limit, and that of serverless endpoints' documentation."""


@dataclass
class Variant:
    """One variant in service. `weight` and `instances` begin as the configuration's and change while it serves."""

    settings: Mapping[str, Any]
    image: str
    container: ServingContainer
    resolved: datetime
    credit: float = 0.0
    """For the choice between variants: see `Deployment.pick`."""
    weight: float = field(init=False)
    instances: int | None = field(init=False)
    """A number: one process serves whatever it says. None without instances."""

    def __post_init__(self) -> None:
        self.weight = float(self.settings["InitialVariantWeight"])
        self.instances = self.settings.get("InitialInstanceCount")

    @property
    def name(self) -> str:
        """VariantName."""
        return str(self.settings["VariantName"])

    @property
    def max_body(self) -> int:
        """Bytes a request may have, and a response."""
        return SERVERLESS_MAX_BODY if self.settings.get("ServerlessConfig") else REAL_TIME_MAX_BODY

    def kept(self) -> dict[str, Any]:
        """What UpdateEndpoint keeps of it with RetainAllVariantProperties, by VariantPropertyType."""
        return {"DesiredWeight": self.weight, "DesiredInstanceCount": self.instances}

    def describe(self, desired: Mapping[str, Any]) -> dict[str, Any]:
        """Its ProductionVariantSummary; `desired` is the weight and count it is on its way to, where there are any."""
        summary: dict[str, Any] = {
            "VariantName": self.name,
            "DeployedImages": [
                {"SpecifiedImage": self.image, "ResolvedImage": self.image, "ResolutionTime": self.resolved}
            ],
            "CurrentWeight": self.weight,
            "DesiredWeight": desired.get("DesiredWeight", self.weight),
        }
        if self.settings.get("ServerlessConfig"):
            serverless = ("CurrentServerlessConfig", "DesiredServerlessConfig")
            return summary | dict.fromkeys(serverless, self.settings["ServerlessConfig"])
        count = desired.get("DesiredInstanceCount", self.instances)
        return summary | {"CurrentInstanceCount": self.instances, "DesiredInstanceCount": count}
