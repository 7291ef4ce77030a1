"""The containers of one endpoint configuration in service, one for each variant: they are retired together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local_aws.sagemaker.errors import InvalidRequest
from local_aws.sagemaker.serving import INVOCATION_TIMEOUT_S, ServingContainer

REAL_TIME_MAX_BODY = 6_291_456
SERVERLESS_MAX_BODY = 4 * 1024 * 1024
"""Bytes of a request: the service model's limit, and that of serverless endpoints' documentation."""


@dataclass
class Variant:
    """One variant in service."""

    settings: Mapping[str, Any]
    image: str
    container: ServingContainer
    resolved: datetime
    credit: float = 0.0
    """For the choice between variants: see `Deployment.pick`."""

    @property
    def name(self) -> str:
        """VariantName."""
        return str(self.settings["VariantName"])

    @property
    def weight(self) -> float:
        """InitialVariantWeight."""
        return float(self.settings["InitialVariantWeight"])

    @property
    def max_body(self) -> int:
        """Bytes a request may have, and a response."""
        return SERVERLESS_MAX_BODY if self.settings.get("ServerlessConfig") else REAL_TIME_MAX_BODY


class Deployment:
    """Variants that answer. Whoever invokes one `enter`s first and `leave`s afterwards, so that none is cut off."""

    def __init__(self, config_name: str, variants: list[Variant]) -> None:
        self.config_name, self.variants = config_name, variants
        self._in_flight = 0
        self._changed = threading.Condition()

    def enter(self) -> None:
        """An invocation begins."""
        with self._changed:
            self._in_flight += 1

    def leave(self) -> None:
        """An invocation ended."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def pick(self, target: str | None) -> Variant:
        """The variant named, or the next one in proportion to the weights. Raises InvalidRequest.

        Smooth weighted round robin: the shares are exact over any run of requests, where AWS draws at random.
        """
        if target is not None:
            for variant in self.variants:
                if variant.name == target:
                    return variant
            names = ", ".join(variant.name for variant in self.variants)
            raise InvalidRequest(f"Variant {target} not found, expected one of: {names}")
        with self._changed:
            for variant in self.variants:
                variant.credit += variant.weight
            chosen = max(self.variants, key=lambda variant: variant.credit)
            chosen.credit -= sum(variant.weight for variant in self.variants)
        return chosen

    def retire(self) -> None:
        """End the containers, after the invocations that have begun."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, timeout=INVOCATION_TIMEOUT_S + 5)
        for variant in self.variants:
            variant.container.close()

    def describe(self) -> list[dict[str, Any]]:
        """ProductionVariants of DescribeEndpoint."""
        return [_summary(variant) for variant in self.variants]


def _summary(variant: Variant) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": variant.image, "ResolvedImage": variant.image, "ResolutionTime": variant.resolved}
        ],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
    }
    if variant.settings.get("ServerlessConfig"):
        return summary | dict.fromkeys(
            ("CurrentServerlessConfig", "DesiredServerlessConfig"), variant.settings["ServerlessConfig"]
        )
    count = variant.settings["InitialInstanceCount"]
    return summary | {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
