"""Workers: checked as AWS does, counted for the bill, and all of them this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.glue.errors import InvalidInputException

DPUS = {"G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0}
"""Data processing units of a worker."""
MIN_WORKERS, MAX_WORKERS = 2, 299
DEFAULT_WORKER, DEFAULT_WORKERS = "G.1X", 10
SHELL_DPUS = (0.0625, 1.0)


@dataclass(frozen=True)
class Capacity:
    """What a run is given: `dpus`, from workers unless it is a Python shell."""

    dpus: float
    worker: str | None = None
    workers: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any], *, is_shell: bool) -> Capacity:
        """From WorkerType and NumberOfWorkers, or a Python shell's MaxCapacity. Raises InvalidInputException."""
        worker, workers, dpus = (asked.get(name) for name in ("WorkerType", "NumberOfWorkers", "MaxCapacity"))
        if is_shell:
            if worker or workers or (dpus or SHELL_DPUS[0]) not in SHELL_DPUS:
                raise InvalidInputException("Python shell jobs take a MaxCapacity of 0.0625 or 1 DPU and no workers")
            return cls(float(dpus or SHELL_DPUS[0]))
        if dpus is not None:
            raise InvalidInputException("MaxCapacity is for Python shell jobs: set WorkerType and NumberOfWorkers")
        if (worker is None) != (workers is None):
            raise InvalidInputException("Please set both Worker Type and Number of Workers.")
        worker, workers = worker or DEFAULT_WORKER, workers or (0 if workers == 0 else DEFAULT_WORKERS)
        if not MIN_WORKERS <= workers <= MAX_WORKERS:
            raise InvalidInputException(f"Number of workers {workers}, expected {MIN_WORKERS} to {MAX_WORKERS}")
        return cls(DPUS[worker] * workers, worker, workers)

    def describe(self) -> dict[str, Any]:
        """The members of jobs and runs that tell it."""
        workers = {"WorkerType": self.worker, "NumberOfWorkers": self.workers} if self.worker else {}
        return {"AllocatedCapacity": int(self.dpus), "MaxCapacity": self.dpus, **workers}
