"""Tags of EC2's resources, which all have them in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, tag_changes, tag_list


def tags_of(kind: str, job: Job) -> dict[str, Any]:
    """The argument of a Create action; none without tags, of which EC2 wants one at least. kind: EC2's own word."""
    tags = tag_list(job.properties.get("Tags", []))
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def tag(job: Job, before: Mapping[str, Any]) -> None:
    """Bring the tags of the resource `job.physical_id` from those of `before` to the job's."""
    tags, removed = tag_changes(job, before)
    if tags:
        job.call("ec2", "create_tags", Resources=[job.physical_id], Tags=tag_list(tags))
    if removed:
        job.call("ec2", "delete_tags", Resources=[job.physical_id], Tags=[{"Key": key} for key in removed])
