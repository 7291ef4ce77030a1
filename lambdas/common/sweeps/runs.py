"""What runs: executions, and the jobs that they have started."""

from __future__ import annotations

from typing import Any, Final

import boto3

from lambdas.common.sweeps.refusals import PassingOver

_MOST_AT_ONCE: Final = 25
"""Runs that BatchStopJobRun takes."""
_GLUE_RUNS: Final = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})


def running(machine_arn: str) -> list[dict[str, Any]]:
    """The executions of a state machine that run."""
    pages = boto3.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=machine_arn, statusFilter="RUNNING").build_full_result()
    return list(found["executions"])


class Executions:
    """Those of a state machine are stopped."""

    def __init__(self, machine_arn: str) -> None:
        self._machine_arn = machine_arn
        self._states: Any = boto3.client("stepfunctions")

    def __call__(self) -> list[str]:
        """Ask for it."""
        found = running(self._machine_arn)
        for execution in found:
            with PassingOver("ExecutionDoesNotExist"):
                self._states.stop_execution(executionArn=execution["executionArn"], cause="its stack is deleted")
        return [f"execution {execution['name']}" for execution in found]


class GlueRuns:
    """Those of a Glue job are stopped."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._glue: Any = boto3.client("glue")

    def __call__(self) -> list[str]:
        """Ask for it."""
        with PassingOver("EntityNotFound"):
            runs = self._glue.get_paginator("get_job_runs").paginate(JobName=self._job).build_full_result()["JobRuns"]
            ids = [run["Id"] for run in runs if run["JobRunState"] in _GLUE_RUNS]
            for start in range(0, len(ids), _MOST_AT_ONCE):
                self._glue.batch_stop_job_run(JobName=self._job, JobRunIds=ids[start : start + _MOST_AT_ONCE])
            return [f"Glue job run {id_}" for id_ in ids]
        return []


class Jobs:
    """Training or tuning jobs are stopped, and their records deleted when they have ended."""

    def __init__(self, noun: str, method: str, *prefixes: str) -> None:
        """noun: as the API has it (`TrainingJob`). method: as its client has it (`training_job`)."""
        self._noun, self._method, self._prefixes = noun, method, prefixes
        self._sagemaker: Any = boto3.client("sagemaker")

    def __call__(self) -> list[str]:
        """Ask for it."""
        found = [job for prefix in self._prefixes for job in self._named(prefix)]
        return [said for job in found if (said := self._remove(job[f"{self._noun}Name"], job[f"{self._noun}Status"]))]

    def _named(self, prefix: str) -> list[dict[str, Any]]:
        pages = self._sagemaker.get_paginator(f"list_{self._method}s").paginate(NameContains=prefix)
        found = pages.build_full_result().get(f"{self._noun}Summaries", [])
        return [job for job in found if job[f"{self._noun}Name"].startswith(prefix)]

    def _remove(self, name: str, status: str) -> str:
        named = {f"{self._noun}Name": name}
        if status == "InProgress":
            with PassingOver("is in status"):  # it has ended meanwhile
                getattr(self._sagemaker, f"stop_{self._method}")(**named)
        elif status != "Stopping":
            # Lambda's own client may be older than this action: the record then stays, and costs nothing.
            delete = getattr(self._sagemaker, f"delete_{self._method}", None)
            if delete is None:
                return ""
            with PassingOver("ResourceNotFound", "not found"):
                delete(**named)
        return f"{self._noun} {name} ({status})"
