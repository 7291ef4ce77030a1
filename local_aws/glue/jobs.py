"""A job: what a run of it is to be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.glue.capacity import Capacity
from local_aws.glue.errors import InvalidInputException

DEFAULT_TIMEOUT_MIN = 480
"""Of a Glue 5 job ("Timeout" in the API reference of jobs)."""
PYTHON_SHELL = "pythonshell"


class Job:
    """What CreateJob or UpdateJob said. UpdateJob forgets what it does not repeat."""

    def __init__(self, name: str, definition: Mapping[str, Any], *, tags: Mapping[str, str]) -> None:
        """Raises InvalidInputException for a definition that no run could follow."""
        self.name, self.tags = name, dict(tags)
        self.created = datetime.now(UTC)
        self.update(definition)

    def update(self, definition: Mapping[str, Any]) -> None:
        """Take on another definition. Raises InvalidInputException."""
        missing = [member for member in ("Role", "Command") if not definition.get(member)]
        command = definition.get("Command") or {}
        missing += [f"Command.{member}" for member in ("Name", "ScriptLocation") if not command.get(member)]
        if missing:
            raise InvalidInputException(f"{', '.join(missing)}: required for a job")
        if "Connections" in definition and not (definition["Connections"] or {}).get("Connections"):
            raise InvalidInputException("Connections list should not be null or empty.")
        self.capacity = Capacity.of(definition, is_shell=command["Name"] == PYTHON_SHELL)
        self.definition = {name: value for name, value in definition.items() if name not in ("Name", "Tags")}
        self.modified = datetime.now(UTC)

    @property
    def role(self) -> str:
        """Name or ARN."""
        return str(self.definition["Role"])

    @property
    def is_shell(self) -> bool:
        """Whether it is Python without Spark."""
        return bool(self.definition["Command"]["Name"] == PYTHON_SHELL)

    @property
    def connections(self) -> tuple[str, ...]:
        """Names of the connections that a run is given. Whether they are there is not asked before it starts."""
        return tuple((self.definition.get("Connections") or {}).get("Connections") or ())

    @property
    def max_runs(self) -> int:
        """How many runs there may be at a time."""
        return int((self.definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1))

    @property
    def timeout_min(self) -> int:
        """After which a run is ended."""
        return int(self.definition.get("Timeout") or DEFAULT_TIMEOUT_MIN)

    def describe(self) -> dict[str, Any]:
        """GetJob's answer."""
        return {
            "JobMode": "SCRIPT",
            "JobRunQueuingEnabled": False,
            "ExecutionProperty": {"MaxConcurrentRuns": 1},
            "DefaultArguments": {},
            "MaxRetries": 0,
            "ExecutionClass": "STANDARD",
            **self.definition,
            "Name": self.name,
            "Timeout": self.timeout_min,
            "CreatedOn": self.created,
            "LastModifiedOn": self.modified,
            **self.capacity.describe(),
        }
