"""One run of a job: what was asked, how far it is, what came of it."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.glue.capacity import Capacity
from local_aws.glue.jobs import Job

GOING_ON = frozenset({"STARTING", "RUNNING", "STOPPING"})
LOG_GROUP = "/aws-glue/jobs"
_MAX_MESSAGE = 4096


class Run:
    """State of a run. Its runner and the requests that describe or stop it are different threads."""

    def __init__(self, job: Job, asked: Mapping[str, Any]) -> None:
        """asked: a StartJobRun request. Raises InvalidInputException for workers that cannot be."""
        self.id = f"jr_{secrets.token_hex(32)}"
        self.job_name, self.role, self.is_shell = job.name, job.role, job.is_shell
        self.command: Mapping[str, str] = job.definition["Command"]
        self.given: dict[str, str] = dict(asked.get("Arguments") or {})
        self.arguments: dict[str, str] = {**(job.definition.get("DefaultArguments") or {}), **self.given}
        sized = any(asked.get(name) is not None for name in ("WorkerType", "NumberOfWorkers", "MaxCapacity"))
        self.capacity = Capacity.of(asked, is_shell=job.is_shell) if sized else job.capacity
        self.connections = job.connections
        self.timeout_min = int(asked.get("Timeout") or job.timeout_min)
        self._version = job.definition.get("GlueVersion")
        self._lock = threading.RLock()
        self._state = "STARTING"
        self._stopped_as: str | None = None
        self._stop_running: Callable[[], None] | None = None
        self._begun: datetime | None = None
        self._facts: dict[str, Any] = {}
        self._started = self._modified = datetime.now(UTC)

    @property
    def is_going_on(self) -> bool:
        """Whether it has not ended."""
        with self._lock:
            return self._state in GOING_ON

    @property
    def stopped_as(self) -> str | None:
        """`STOPPED` or `TIMEOUT` from the moment the run is to end."""
        with self._lock:
            return self._stopped_as

    def running(self, stop: Callable[[], None]) -> None:
        """The script runs, and `stop` ends it; called at once when the run is already to end."""
        with self._lock:
            self._begun = self._modified = datetime.now(UTC)
            self._stop_running = stop
            if self._stopped_as is None:
                self._state = "RUNNING"
                return
        stop()

    def stop(self, stopped_as: str = "STOPPED") -> bool:
        """Have the run end; False when it has ended, or is ending."""
        with self._lock:
            if self._state not in ("STARTING", "RUNNING"):
                return False
            self._stopped_as, self._state, stop = stopped_as, "STOPPING", self._stop_running
            self._modified = datetime.now(UTC)
        if stop is not None:
            threading.Thread(target=stop, name=f"stop {self.id}", daemon=True).start()
        return True

    def finish(self, state: str, *, message: str | None = None) -> None:
        """End as SUCCEEDED or FAILED, or as what it was stopped as."""
        with self._lock:
            self._state = self._stopped_as or state
            now = self._modified = datetime.now(UTC)
            seconds = math.ceil((now - self._begun).total_seconds()) if self._begun else 0
            self._facts = {"CompletedOn": now, "ExecutionTime": seconds}
            if self.arguments.get("--enable-auto-scaling") == "true":
                # Only then, says the API reference of JobRun; without it whoever pays multiplies himself.
                self._facts["DPUSeconds"] = seconds * self.capacity.dpus
            if message and self._stopped_as is None:
                self._facts["ErrorMessage"] = message[:_MAX_MESSAGE]

    def describe(self) -> dict[str, Any]:
        """GetJobRun's JobRun."""
        with self._lock:
            return {
                "Id": self.id,
                "Attempt": 0,
                "JobName": self.job_name,
                "JobMode": "SCRIPT",
                "JobRunQueuingEnabled": False,
                "JobRunState": self._state,
                "StartedOn": self._started,
                "LastModifiedOn": self._modified,
                "Arguments": self.given,
                "PredecessorRuns": [],
                "ExecutionTime": 0,
                "Timeout": self.timeout_min,
                "LogGroupName": LOG_GROUP,
                "ExecutionClass": "STANDARD",
                **({"GlueVersion": self._version} if self._version else {}),
                **self.capacity.describe(),
                **self._facts,
            }
