"""Figures that CloudWatch makes metrics of: fields of a log line, by the embedded metric format.

CloudWatch User Guide, "Specification: Embedded metric format". A function needs no more rights for it than to log.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import Environment

_DIMENSION = "Stage"


@dataclass(frozen=True)
class Metrics(Environment):
    """`namespace` is that of the metrics, `stage` the value of their one dimension."""

    namespace: str
    stage: str

    def fields(self, **values: float | None) -> dict[str, Any]:
        """For a log line: a data point of each that is not None. Nothing else in the line may have these names."""
        given = {name: value for name, value in values.items() if value is not None}
        if not given:
            return {}
        directive = {
            "Namespace": self.namespace,
            "Dimensions": [[_DIMENSION]],
            "Metrics": [{"Name": name} for name in given],
        }
        metadata = {"Timestamp": round(1000 * time.time()), "CloudWatchMetrics": [directive]}
        return {"_aws": metadata, _DIMENSION: self.stage, **given}
