"""CreateJob, UpdateJob, GetJob, GetJobs, ListJobs, DeleteJob, and the tags of jobs."""

from __future__ import annotations

from typing import Any

from local_aws.glue.backend import Backend
from local_aws.glue.errors import AlreadyExistsException, InvalidInputException
from local_aws.glue.jobs import Job
from local_aws.paging import page_of

Request = dict[str, Any]
DEFAULT_PAGE = 100


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateJob."""
    job = Job(request["Name"], request, tags=request.get("Tags") or {})
    with backend.lock:
        if job.name in backend.jobs:
            raise AlreadyExistsException(f"Job already exists: {job.name}")
        backend.jobs[job.name] = job
    return {"Name": job.name}


def update(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateJob: what the request leaves out is reset."""
    with backend.lock:
        job = backend.job(request["JobName"])
        job.update(request["JobUpdate"])
    return {"JobName": job.name}


def get(backend: Backend, request: Request) -> dict[str, Any]:
    """GetJob."""
    with backend.lock:
        return {"Job": backend.job(request["JobName"]).describe()}


def get_all(backend: Backend, request: Request) -> dict[str, Any]:
    """GetJobs."""
    return _page(backend, request, "Jobs", lambda job: job.describe())


def list_names(backend: Backend, request: Request) -> dict[str, Any]:
    """ListJobs, those with all of the tags asked for."""
    return _page(backend, request, "JobNames", lambda job: job.name)


def delete(backend: Backend, request: Request) -> dict[str, Any]:
    """DeleteJob: no error when it is gone; what runs goes on."""
    with backend.lock:
        backend.jobs.pop(request["JobName"], None)
        backend.runs.pop(request["JobName"], None)
    return {"JobName": request["JobName"]}


def tag(backend: Backend, request: Request) -> None:
    """TagResource."""
    with backend.lock:
        backend.tagged(request["ResourceArn"]).tags.update(request["TagsToAdd"])


def untag(backend: Backend, request: Request) -> None:
    """UntagResource."""
    with backend.lock:
        tags = backend.tagged(request["ResourceArn"]).tags
        for key in request["TagsToRemove"]:
            tags.pop(key, None)


def get_tags(backend: Backend, request: Request) -> dict[str, Any]:
    """GetTags."""
    with backend.lock:
        return {"Tags": dict(backend.tagged(request["ResourceArn"]).tags)}


def _page(backend: Backend, request: Request, key: str, shown: Any) -> dict[str, Any]:
    wanted = (request.get("Tags") or {}).items()
    with backend.lock:
        jobs = [job for _, job in sorted(backend.jobs.items()) if wanted <= job.tags.items()]
        answers = [shown(job) for job in jobs]
    size = request.get("MaxResults") or DEFAULT_PAGE
    items, token = page_of(answers, token=request.get("NextToken"), size=size, refusal=InvalidInputException)
    return {key: items} | ({"NextToken": token} if token else {})
