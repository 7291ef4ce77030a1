"""One update of an endpoint: what was asked, how far it is, and the shifting of traffic under the eyes of alarms."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.pace import paced
from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.pending import Pending
from local_aws.sagemaker.rollout import Rollout, Step
from local_aws.sagemaker.traffic import Traffic

Settings = Mapping[str, Any]
_LOOK_S = 0.02
"""Between two looks at the alarms."""


@dataclass(frozen=True)
class Update:
    """An update to a configuration. `tripped` says which of some alarms are in ALARM."""

    config_name: str
    config: Settings | None
    """DeploymentConfig, which becomes the endpoint's LastDeploymentConfig."""
    rollout: Rollout
    pending: Pending
    tripped: Callable[[Collection[str]], Sequence[str]]

    def shift(self, traffic: Traffic, green: Deployment) -> str | None:
        """Move the traffic to the new fleet, step by step. Why it is to be rolled back, or None when all is well."""
        for step in self.rollout.steps:
            self.pending.activating(step)
            traffic.shift(green, step.share)
            self.pending.baking(step)
            if alarms := self._bake(step):
                return (
                    f"The update to endpoint configuration {self.config_name} was rolled back: "
                    f"CloudWatch alarm {', '.join(alarms)} went into state ALARM."
                )
        return None

    def _bake(self, step: Step) -> Sequence[str]:
        """The alarms that went off before the step's time was over."""
        deadline = time.monotonic() + paced(step.bake_s)
        while not (alarms := self.tripped(self.rollout.alarms)):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            time.sleep(min(_LOOK_S, left_s))
        return alarms
