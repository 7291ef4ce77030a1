"""How far an update is: DescribeEndpoint's PendingDeploymentSummary.

Statuses and messages: SageMaker Developer Guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge",
endpoint deployment state change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.rollout import Step

Settings = Mapping[str, Any]


class Pending:
    """An update that runs. One thread moves it on, requests describe it."""

    def __init__(self, config_name: str, variants: Sequence[Settings], shadows: Sequence[Settings]) -> None:
        self._config_name, self._variants, self._shadows = config_name, variants, shadows
        self._started = datetime.now(UTC)
        # Replaced as a whole, so that nobody sees half of it.
        self._state: tuple[str, float, str, datetime] = ("Creating", 0.0, "Launching {all} instance(s).", self._started)

    def activating(self, step: Step) -> None:
        """Traffic is being turned on."""
        self._enter("ActivatingTraffic", step.share, f"Activating traffic on {_capacity(step)}.")

    def baking(self, step: Step) -> None:
        """The alarms are watched."""
        said = f"Baking for {step.bake_s} seconds ({step.setting}) with traffic enabled on {_capacity(step)}."
        self._enter("Baking", step.share, said)

    def deleting(self) -> None:
        """The new fleet ends: it is rolled back."""
        self._enter("Deleting", 0.0, "Terminating {all} instance(s).")

    def describe(self) -> dict[str, Any]:
        """PendingDeploymentSummary."""
        described: dict[str, Any] = {"EndpointConfigName": self._config_name, "StartTime": self._started}
        for member, variants in (("ProductionVariants", self._variants), ("ShadowProductionVariants", self._shadows)):
            if variants:
                described[member] = [self._summary(variant) for variant in variants]
        return described

    def _enter(self, status: str, share: float, message: str) -> None:
        self._state = (status, share, message, datetime.now(UTC))

    def _summary(self, variant: Settings) -> dict[str, Any]:
        status, share, message, since = self._state
        weight = float(variant["InitialVariantWeight"])
        summary: dict[str, Any] = {
            "VariantName": variant["VariantName"],
            "CurrentWeight": weight,
            "DesiredWeight": weight,
        }
        count = variant.get("InitialInstanceCount")
        if count is None:
            return summary
        active = math.ceil(share * count - 1e-9)
        said = message.format(all=count, active=active)
        return summary | {
            "CurrentInstanceCount": active,
            "DesiredInstanceCount": count,
            "InstanceType": variant["InstanceType"],
            "VariantStatus": [{"Status": status, "StatusMessage": said, "StartTime": since}],
        }


def _capacity(step: Step) -> str:
    return ("canary" if step.share < 1 else "full") + " capacity of {active} instance(s)"
