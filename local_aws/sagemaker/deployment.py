"""The containers of one endpoint configuration in service, one for each variant: they are retired together."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.sagemaker.errors import InvalidRequest
from local_aws.sagemaker.serving import INVOCATION_TIMEOUT_S
from local_aws.sagemaker.shadow import Shadow
from local_aws.sagemaker.variants import Variant


class Deployment:
    """Variants that answer. Whoever invokes one `enter`s first and `leave`s afterwards, so that none is cut off."""

    def __init__(self, config_name: str, variants: list[Variant], shadow: Shadow | None = None) -> None:
        self.config_name, self.variants, self.shadow = config_name, variants, shadow
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

    def rescale(self, desired: Mapping[str, Mapping[str, Any]]) -> None:
        """Give variants the DesiredWeight and DesiredInstanceCount that `desired` has by their names."""
        with self._changed:
            for variant in self.variants:
                wanted = desired.get(variant.name, {})
                variant.weight = wanted.get("DesiredWeight", variant.weight)
                variant.instances = wanted.get("DesiredInstanceCount", variant.instances)
                variant.credit = 0.0

    def retire(self) -> None:
        """End the containers, after the invocations that have begun."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, timeout=INVOCATION_TIMEOUT_S + 5)
        for variant in self.variants:
            variant.container.close()
        if self.shadow is not None:
            self.shadow.close()

    def describe(self, desired: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """DescribeEndpoint's members about variants; `desired` as for `rescale`, while that is to come."""
        described: dict[str, Any] = {"ProductionVariants": _summaries(self.variants, desired)}
        if self.shadow is not None:
            described["ShadowProductionVariants"] = _summaries([self.shadow.variant], {})
        return described


def _summaries(variants: Sequence[Variant], desired: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [variant.describe(desired.get(variant.name, {})) for variant in variants]
