"""The actions of the API, each from a request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_aws.paging import page_of
from local_aws.scheduler.backend import DEFAULT, Backend
from local_aws.scheduler.errors import ValidationException

Request = dict[str, Any]
Operation = Callable[[Backend, Request], dict[str, Any]]

_PAGE = 100


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateSchedule."""
    return {"ScheduleArn": backend.create(request).arn}


def update(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateSchedule."""
    return {"ScheduleArn": backend.update(request).arn}


def get(backend: Backend, request: Request) -> dict[str, Any]:
    """GetSchedule."""
    return backend.schedule(request.get("GroupName"), request["Name"]).describe()


def delete(backend: Backend, request: Request) -> dict[str, Any]:
    """DeleteSchedule."""
    backend.delete(request.get("GroupName"), request["Name"])
    return {}


def list_schedules(backend: Backend, request: Request) -> dict[str, Any]:
    """ListSchedules, of one group or of all, by name."""
    named = request.get("GroupName")
    groups = [backend.group(named)] if named else list(backend.groups.values())
    found = [schedule.summary() for group in groups for schedule in list(group.schedules.values())]
    chosen = [
        one
        for one in found
        if one["Name"].startswith(request.get("NamePrefix") or "") and request.get("State") in (None, one["State"])
    ]
    return _page("Schedules", sorted(chosen, key=lambda one: (one["GroupName"], one["Name"])), request)


def create_group(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateScheduleGroup."""
    group = backend.create_group(request["Name"], _tags(request), request.get("ClientToken"))
    return {"ScheduleGroupArn": group.arn}


def get_group(backend: Backend, request: Request) -> dict[str, Any]:
    """GetScheduleGroup."""
    return backend.group(request["Name"]).describe()


def delete_group(backend: Backend, request: Request) -> dict[str, Any]:
    """DeleteScheduleGroup."""
    backend.delete_group(request["Name"])
    return {}


def list_groups(backend: Backend, request: Request) -> dict[str, Any]:
    """ListScheduleGroups, the default one first."""
    groups = [group.describe() for group in list(backend.groups.values())]
    chosen = [one for one in groups if one["Name"].startswith(request.get("NamePrefix") or "")]
    return _page("ScheduleGroups", sorted(chosen, key=lambda one: (one["Name"] != DEFAULT, one["Name"])), request)


def tag(backend: Backend, request: Request) -> dict[str, Any]:
    """TagResource: groups alone have tags."""
    with backend.lock:
        backend.group_of(request["ResourceArn"]).tags |= _tags(request)
    return {}


def untag(backend: Backend, request: Request) -> dict[str, Any]:
    """UntagResource."""
    with backend.lock:
        group = backend.group_of(request["ResourceArn"])
        group.tags = {key: value for key, value in group.tags.items() if key not in request["TagKeys"]}
    return {}


def list_tags(backend: Backend, request: Request) -> dict[str, Any]:
    """ListTagsForResource."""
    tags = backend.group_of(request["ResourceArn"]).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _tags(request: Request) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}


def _page(name: str, items: Sequence[Any], request: Request) -> dict[str, Any]:
    size = request.get("MaxResults") or _PAGE
    page, token = page_of(items, token=request.get("NextToken"), size=size, refusal=ValidationException)
    return {name: list(page)} | ({"NextToken": token} if token else {})


OPERATIONS: Mapping[str, Operation] = {
    "CreateSchedule": create,
    "UpdateSchedule": update,
    "GetSchedule": get,
    "DeleteSchedule": delete,
    "ListSchedules": list_schedules,
    "CreateScheduleGroup": create_group,
    "GetScheduleGroup": get_group,
    "DeleteScheduleGroup": delete_group,
    "ListScheduleGroups": list_groups,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
}
"""All that the service has."""
