"""AWS::Glue::Job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types import base
from local_aws.cloudformation.types.base import Members, ResourceType, tag_changes, tag_map

_SETTINGS = (
    "Command",
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
    required_members: ClassVar[Members] = {"Command": frozenset()}
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
        arn = f"arn:{job.partition}:glue:{job.region}:{job.account}:job/{job.physical_id}"
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("glue", "tag_resource", ResourceArn=arn, TagsToAdd=tags)
        if removed:
            job.call("glue", "untag_resource", ResourceArn=arn, TagsToRemove=removed)

    def delete(self, job: base.Job) -> None:
        job.remove("glue", "delete_job", gone=(), JobName=job.physical_id)
