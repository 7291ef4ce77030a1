"""AWS::Glue::Job and AWS::Glue::Connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types import base
from local_aws.cloudformation.types.base import Members, ResourceType, tag_changes, tag_map

_SETTINGS = (
    "Command",
    "Connections",
    "DefaultArguments",
    "Description",
    "ExecutionClass",
    "ExecutionProperty",
    "GlueVersion",
    "JobMode",
    "JobRunQueuingEnabled",
    "MaxCapacity",
    "MaxRetries",
    "NotificationProperty",
    "NumberOfWorkers",
    "Role",
    "Timeout",
    "WorkerType",
)


class Job(ResourceType):
    """A job; `Ref` is its name. An update repeats every property: the API resets what it does not name."""

    type_name = "AWS::Glue::Job"
    properties = frozenset({"Name", "Tags", *_SETTINGS})
    required = frozenset({"Command", "Role"})
    required_members: ClassVar[Members] = {"Command": frozenset(), "Connections": frozenset()}
    immutable = frozenset({"Name"})

    def create(self, job: base.Job) -> str:
        name = job.name("Name", limit=255)
        tags = {"Tags": tag_map(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("glue", "create_job", Name=name, **job.given(*_SETTINGS), **tags)
        return name

    def configure(self, job: base.Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        job.call("glue", "update_job", JobName=job.physical_id, JobUpdate=job.given(*_SETTINGS))
        _tag(job, before, "job")

    def delete(self, job: base.Job) -> None:
        job.remove("glue", "delete_job", gone=(), JobName=job.physical_id)


class Connection(ResourceType):
    """A connection; `Ref` is its name. An update repeats all of it."""

    type_name = "AWS::Glue::Connection"
    properties = frozenset({"CatalogId", "ConnectionInput", "Tags"})
    required = frozenset({"CatalogId", "ConnectionInput"})
    required_members: ClassVar[Members] = {"ConnectionInput": frozenset({"ConnectionType"})}
    immutable = frozenset({"CatalogId"})
    attributes = frozenset({"Name"})

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Another name takes another connection, too."""
        return super().replaces(before, after) or _named(before) != _named(after)

    def create(self, job: base.Job) -> str:
        name = _named(job.properties) or job.name("", limit=255)
        tags = {"Tags": tag_map(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("glue", "create_connection", **job.given("CatalogId"), ConnectionInput=_input(job, name), **tags)
        return name

    def configure(self, job: base.Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        of = {**job.given("CatalogId"), "Name": job.physical_id}
        job.call("glue", "update_connection", **of, ConnectionInput=_input(job, job.physical_id))
        _tag(job, before, "connection")

    def delete(self, job: base.Job) -> None:
        of = {**job.given("CatalogId"), "ConnectionName": job.physical_id}
        job.remove("glue", "delete_connection", gone={"EntityNotFoundException"}, **of)

    def describe(self, job: base.Job) -> dict[str, str]:
        return {"Name": job.physical_id}


def _named(properties: Mapping[str, Any]) -> str | None:
    name = properties["ConnectionInput"].get("Name")
    return None if name is None else str(name)


def _input(job: base.Job, name: str) -> dict[str, Any]:
    """The API wants the properties that a template may leave out."""
    return {"ConnectionProperties": {}, **job.properties["ConnectionInput"], "Name": name}


def _tag(job: base.Job, before: Mapping[str, Any], kind: str) -> None:
    arn = f"arn:{job.partition}:glue:{job.region}:{job.account}:{kind}/{job.physical_id}"
    tags, removed = tag_changes(job, before)
    if tags:
        job.call("glue", "tag_resource", ResourceArn=arn, TagsToAdd=tags)
    if removed:
        job.call("glue", "untag_resource", ResourceArn=arn, TagsToRemove=removed)
