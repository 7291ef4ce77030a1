"""One training job: what was asked, how far it is, what came of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Resource released due to reaching the maximum runtime",
}
_MAX_REASON = 1024


def _unheard(_: object) -> None:
    """Who listens to a job that nobody watches."""


class TrainingJob:
    """State of a job. Its runner and the requests that describe or stop it are different threads."""

    def __init__(self, request: Mapping[str, Any], *, arn: str, metric_definitions: Mapping[str, str]) -> None:
        self.request = request
        self.name: str = request["TrainingJobName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self._metric_definitions = metric_definitions
        self._lock = threading.RLock()
        self._status = "InProgress"
        self._transitions: list[dict[str, Any]] = []
        self._stop_running: Callable[[], None] | None = None
        self._stopped_as: str | None = None
        self._facts: dict[str, Any] = {}
        self._changed: Callable[[TrainingJob], None] = _unheard
        self.created = datetime.now(UTC)
        self.enter("Starting")

    @property
    def artifact(self) -> str:
        """S3 URI of the model this job is to leave."""
        return f"{self.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.name}/output/model.tar.gz"

    @property
    def is_running(self) -> bool:
        """Whether the job has not ended; one that is stopping has not."""
        with self._lock:
            return self._status in ("InProgress", "Stopping")

    @property
    def stopped_as(self) -> str | None:
        """`Stopped` or `MaxRuntimeExceeded` from the moment the job is to stop."""
        with self._lock:
            return self._stopped_as

    def watch(self, changed: Callable[[TrainingJob], None]) -> None:
        """Have each status told, the present one at once."""
        self._changed = changed
        changed(self)

    def enter(self, secondary_status: str, message: str | None = None) -> None:
        """Move on to a secondary status."""
        self._enter(secondary_status, message)
        self._changed(self)

    def _enter(self, secondary_status: str, message: str | None) -> None:
        now = datetime.now(UTC)
        with self._lock:
            if self._transitions:
                self._transitions[-1]["EndTime"] = now
            message = message or _MESSAGES[secondary_status]
            self._transitions.append({"Status": secondary_status, "StartTime": now, "StatusMessage": message})

    def started(self) -> None:
        """The instances are there: from now on the job is billed."""
        with self._lock:
            self._facts["TrainingStartTime"] = datetime.now(UTC)

    def running(self, stop: Callable[[], None]) -> None:
        """The container runs, and `stop` ends it; called at once when the job is already to stop."""
        with self._lock:
            self._stop_running = stop
            if self._stopped_as is None:
                return
        stop()

    def stop(self, stopped_as: str = "Stopped") -> bool:
        """Have the job end; False when it has ended, or is ending, on its own."""
        with self._lock:
            if self._status != "InProgress":
                return False
            self._stopped_as, self._status, stop = stopped_as, "Stopping", self._stop_running
            self.enter("Stopping")
        if stop is not None:
            # The container has its two minutes to end: that is not the caller's time.
            threading.Thread(target=stop, name=f"stop {self.name}", daemon=True).start()
        return True

    def finish(
        self,
        status: str,
        *,
        reason: str | None = None,
        metrics: list[dict[str, Any]] | None = None,
        has_model: bool = False,
    ) -> None:
        """End the job as Completed, Failed or Stopped; `has_model` says whether the artifact is in S3."""
        with self._lock:
            secondary = self._stopped_as if status == "Stopped" and self._stopped_as else status
            self._enter(secondary, reason)
            now = self._transitions[-1]["EndTime"] = self._transitions[-1]["StartTime"]
            if "TrainingStartTime" in self._facts:
                seconds = math.ceil((now - self._facts["TrainingStartTime"]).total_seconds())
                self._facts |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
            self._facts["TrainingEndTime"] = now
            if metrics:
                self._facts["FinalMetricDataList"] = metrics
            if has_model:
                self._facts["ModelArtifacts"] = {"S3ModelArtifacts": self.artifact}
            if reason:
                self._facts["FailureReason"] = reason[:_MAX_REASON]
            self._status = status
        self._changed(self)

    def describe(self) -> dict[str, Any]:
        """DescribeTrainingJob's answer: everything that was asked, and everything that is known."""
        definitions = [{"Name": name, "Regex": pattern} for name, pattern in self._metric_definitions.items()]
        asked = {name: value for name, value in self.request.items() if name != "Tags"}
        with self._lock:
            return {
                "EnableNetworkIsolation": False,
                "EnableInterContainerTrafficEncryption": False,
                "EnableManagedSpotTraining": False,
                **asked,
                "AlgorithmSpecification": {
                    "EnableSageMakerMetricsTimeSeries": False,
                    **asked["AlgorithmSpecification"],
                    "MetricDefinitions": definitions,
                },
                "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **asked["OutputDataConfig"]},
                "TrainingJobArn": self.arn,
                "TrainingJobStatus": self._status,
                "SecondaryStatus": self._transitions[-1]["Status"],
                "SecondaryStatusTransitions": [dict(transition) for transition in self._transitions],
                "CreationTime": self.created,
                "LastModifiedTime": self._transitions[-1]["StartTime"],
                **self._facts,
            }

    def summary(self) -> dict[str, Any]:
        """This job's entry in ListTrainingJobs."""
        names = (
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingEndTime",
            "LastModifiedTime",
            "TrainingJobStatus",
            "SecondaryStatus",
        )
        described = self.describe()
        return {name: described[name] for name in names if name in described}
