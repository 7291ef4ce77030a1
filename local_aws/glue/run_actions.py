"""StartJobRun, GetJobRun, GetJobRuns and BatchStopJobRun."""

from __future__ import annotations

from typing import Any

from local_aws.glue.backend import Backend
from local_aws.glue.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    InvalidInputException,
)
from local_aws.glue.execution import SESSION, Execution
from local_aws.glue.network import Joining
from local_aws.glue.runs import Run
from local_aws.paging import page_of

Request = dict[str, Any]
DEFAULT_PAGE = 200


def start(backend: Backend, request: Request) -> dict[str, Any]:
    """StartJobRun."""
    name = request["JobName"]
    with backend.lock:
        if name not in backend.jobs:
            raise EntityNotFoundException("Failed to start job run due to missing metadata")
        job, runs = backend.jobs[name], backend.runs.setdefault(name, [])
        if sum(run.is_going_on for run in runs) >= job.max_runs:
            raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {name}")
        run = Run(job, request)
        runs.append(run)
    role_arn = backend.role_arn(run.role)
    joining = Joining(
        job=name,
        role_arn=role_arn,
        session=SESSION,
        account=backend.account_id,
        region=backend.region_name,
        connection=backend.connection,
    )
    Execution(backend.world, run, joining, job_arn=backend.arn(name)).start()
    return {"JobRunId": run.id}


def get(backend: Backend, request: Request) -> dict[str, Any]:
    """GetJobRun."""
    return {"JobRun": _found(backend, request["JobName"], request["RunId"]).describe()}


def get_all(backend: Backend, request: Request) -> dict[str, Any]:
    """GetJobRuns, the newest first."""
    backend.job(request["JobName"])
    with backend.lock:
        runs = backend.runs.get(request["JobName"], [])[::-1]
    size = request.get("MaxResults") or DEFAULT_PAGE
    page, token = page_of(runs, token=request.get("NextToken"), size=size, refusal=InvalidInputException)
    return {"JobRuns": [run.describe() for run in page]} | ({"NextToken": token} if token else {})


def batch_stop(backend: Backend, request: Request) -> dict[str, Any]:
    """BatchStopJobRun: what cannot be stopped is told, not refused."""
    stopped, errors = [], []
    for run_id in request["JobRunIds"]:
        named = {"JobName": request["JobName"], "JobRunId": run_id}
        try:
            run = _found(backend, request["JobName"], run_id)
        except EntityNotFoundException as error:
            errors.append({**named, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}})
            continue
        if run.stop():
            stopped.append(named)
        else:
            message = f"Job run {run_id} is in state {run.describe()['JobRunState']} and cannot be stopped"
            code = InvalidInputException.code
            errors.append({**named, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message}})
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


def _found(backend: Backend, job: str, run_id: str) -> Run:
    with backend.lock:
        for run in backend.runs.get(job, []):
            if run.id == run_id:
                return run
    raise EntityNotFoundException(f"Job run {run_id} of job {job} not found.")
