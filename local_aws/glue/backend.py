"""One account's Glue in one region: its jobs, their runs, and its connections."""

from __future__ import annotations

import threading
from typing import ClassVar

from moto.core.base_backend import BackendDict, BaseBackend
from moto.utilities.utils import get_partition

from local_aws.glue.connections import Connection
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
        self.connections: dict[str, Connection] = {}
        self.runs: dict[str, list[Run]] = {}
        """Of each job, the oldest first."""

    def arn(self, job: str) -> str:
        """A job's ARN."""
        return self._arn(f"job/{job}")

    def role_arn(self, role: str) -> str:
        """The ARN of a role that a job names by its ARN or its name."""
        return role if role.startswith("arn:") else f"arn:{self.partition}:iam::{self.account_id}:role/{role}"

    def job(self, name: str) -> Job:
        """Raises EntityNotFoundException."""
        job = self.jobs.get(name)
        if job is None:
            raise EntityNotFoundException(f"Job {name} not found.")
        return job

    def connection(self, name: str) -> Connection:
        """Raises EntityNotFoundException."""
        connection = self.connections.get(name)
        if connection is None:
            raise EntityNotFoundException(f"Connection {name} not found.")
        return connection

    def tagged(self, arn: str) -> Job | Connection:
        """The job or the connection of an ARN. Raises InvalidInputException and EntityNotFoundException."""
        for kind, held in (("job", self.job), ("connection", self.connection)):
            name = arn.partition(f":{kind}/")[2]
            if name and arn == self._arn(f"{kind}/{name}"):
                return held(name)
        said = "tags are kept for jobs and connections of this account and region only"
        raise InvalidInputException(f"{arn}: {said}")

    def _arn(self, resource: str) -> str:
        return f"arn:{get_partition(self.region_name)}:glue:{self.region_name}:{self.account_id}:{resource}"


glue_backends = BackendDict(Backend, "glue")
