"""The begin and the end of a job. There are no bookmarks, so both only see that they are called in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Job:
    """`Job(glue_context)`, `init(args["JOB_NAME"], args)`, …, `commit()`."""

    def __init__(self, glue_context: Any) -> None:
        self.glue_context = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Begin."""
        del args
        self._name = job_name

    def isInitialized(self) -> bool:  # noqa: N802 - Glue's name
        """Whether the job has begun."""
        return self._name is not None

    def commit(self) -> None:
        """End: on AWS the bookmark is kept."""
        if self._name is None:
            raise RuntimeError("Job.commit() before Job.init()")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"awsglue.job.Job.{name} is not emulated")
