"""Metrics read from a container's log by the algorithm's metric definitions, and published, as SageMaker does."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

NAMESPACE = "/aws/sagemaker/TrainingJobs"
"""CloudWatch's namespace of what training jobs measure ("Metrics for monitoring SageMaker with CloudWatch")."""

_log = logging.getLogger(__name__)


class MetricReader:
    """Keeps the last value that each metric had."""

    def __init__(self, definitions: Mapping[str, str]) -> None:
        self._patterns = {name: re.compile(pattern) for name, pattern in definitions.items()}
        self._last: dict[str, dict[str, Any]] = {}

    def read(self, line: str) -> None:
        """Take note of a log line. Values that are not finite numbers are passed over: the API cannot carry them."""
        for name, pattern in self._patterns.items():
            found = pattern.search(line)
            if found and (value := _number(found[1])) is not None:
                self._last[name] = {"MetricName": name, "Value": value, "Timestamp": datetime.now(UTC)}

    def final(self) -> list[dict[str, Any]]:
        """A FinalMetricDataList."""
        return list(self._last.values())


def publish(client: Any, job: str, metrics: list[dict[str, Any]]) -> None:
    """Put a job's final metrics into CloudWatch under the credentials of `client`, its role's.

    As on AWS a role without the permission costs the metrics, not the job: the refusal is in the audit of IAM and in
    the server's own log. The dimension is the one that the SageMaker SDK's TrainingJobAnalytics asks for.
    """
    dimensions = [{"Name": "TrainingJobName", "Value": job}]
    if not metrics:
        return
    try:
        client.put_metric_data(
            Namespace=NAMESPACE, MetricData=[{**metric, "Dimensions": dimensions} for metric in metrics]
        )
    except (ClientError, BotoCoreError) as error:
        _log.warning("training job %s: no metrics in CloudWatch: %s", job, error)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
