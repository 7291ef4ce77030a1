"""One account's Glue in one region: its jobs and their runs."""

from __future__ import annotations

import threading
from typing import ClassVar

from moto.core.base_backend import BackendDict, BaseBackend
from moto.utilities.utils import get_partition

from local_aws.glue.errors import EntityNotFoundException, InvalidInputException
from local_aws.glue.jobs import Job
from local_aws.glue.runs import Run
from local_aws.world import World


class Backend(BaseBackend):
    """The state; whoever changes it holds the lock."""

    # moto looks for a backend's routes beside the module it is from.
    __module__ = "moto.glue.models"

    world: ClassVar[World]
    """Set once, by `hooks.install`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.jobs: dict[str, Job] = {}
        self.runs: dict[str, list[Run]] = {}
        """Of each job, the oldest first."""

    def arn(self, job: str) -> str:
        """A job's ARN."""
        return f"arn:{get_partition(self.region_name)}:glue:{self.region_name}:{self.account_id}:job/{job}"

    def role_arn(self, role: str) -> str:
        """The ARN of a role that a job names by its ARN or its name."""
        return role if role.startswith("arn:") else f"arn:{self.partition}:iam::{self.account_id}:role/{role}"

    def job(self, name: str) -> Job:
        """Raises EntityNotFoundException."""
        job = self.jobs.get(name)
        if job is None:
            raise EntityNotFoundException(f"Job {name} not found.")
        return job

    def tagged(self, arn: str) -> Job:
        """The job of an ARN. Raises InvalidInputException and EntityNotFoundException."""
        prefix, _, name = arn.partition(":job/")
        if f"{prefix}:job/{name}" != self.arn(name):
            raise InvalidInputException(f"{arn}: tags are kept for jobs of this account and region only")
        return self.job(name)


glue_backends = BackendDict(Backend, "glue")
