"""AWS::Logs::*: log groups and who may write to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, changed, tag_changes, tag_map

_GONE = {"ResourceNotFoundException"}


class LogGroup(ResourceType):
    """A log group with its retention; `Ref` is its name."""

    type_name = "AWS::Logs::LogGroup"
    properties = frozenset({"LogGroupName", "RetentionInDays", "KmsKeyId", "Tags"})
    inert = frozenset({"LogGroupClass"})
    immutable = frozenset({"LogGroupName"})
    attributes = frozenset({"Arn"})

    def create(self, job: Job) -> str:
        name = job.name("LogGroupName", limit=512)
        tags = {"tags": tag_map(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("logs", "create_log_group", LogGroupName=name, **job.given("KmsKeyId"), **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if changed(job, before, "RetentionInDays"):
            if "RetentionInDays" in job.properties:
                days = job.properties["RetentionInDays"]
                job.call("logs", "put_retention_policy", LogGroupName=job.physical_id, RetentionInDays=days)
            else:
                job.call("logs", "delete_retention_policy", LogGroupName=job.physical_id)
        if before:
            self._tag(job, before)
            if changed(job, before, "KmsKeyId"):
                self._set_key(job)

    def delete(self, job: Job) -> None:
        job.remove("logs", "delete_log_group", gone=_GONE, LogGroupName=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Arn": f"{_arn(job)}:*"}

    def _set_key(self, job: Job) -> None:
        key = job.given("KmsKeyId")
        job.call("logs", "associate_kms_key" if key else "disassociate_kms_key", LogGroupName=job.physical_id, **key)

    def _tag(self, job: Job, before: Mapping[str, Any]) -> None:
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("logs", "tag_resource", ResourceArn=_arn(job), Tags=tags)
        if removed:
            job.call("logs", "untag_resource", ResourceArn=_arn(job), TagKeys=removed)


class LogResourcePolicy(ResourceType):
    """A policy that lets services write logs; kept and retrievable, not enforced. `Ref` is its name."""

    type_name = "AWS::Logs::ResourcePolicy"
    properties = frozenset({"PolicyName", "PolicyDocument"})
    required = properties
    immutable = frozenset({"PolicyName"})

    def create(self, job: Job) -> str:
        job.call("logs", "put_resource_policy", **job.properties)
        return str(job.properties["PolicyName"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            job.call("logs", "put_resource_policy", **job.properties)

    def delete(self, job: Job) -> None:
        job.remove("logs", "delete_resource_policy", gone=_GONE, PolicyName=job.physical_id)


def _arn(job: Job) -> str:
    return f"arn:{job.partition}:logs:{job.region}:{job.account}:log-group:{job.physical_id}"
