"""AWS::SSM::Parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, tag_changes, tag_list

_DEFAULTS = {"Description": "", "AllowedPattern": "", "DataType": "text", "Policies": "[]"}
"""What unsets them; the API leaves what an update does not name as it was. A tier is never lowered, as on AWS."""
_TEXT = ("Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Policies")


class Parameter(ResourceType):
    """A parameter of the store; `Ref` is its name."""

    type_name = "AWS::SSM::Parameter"
    properties = frozenset({"Name", "Tags", *_TEXT})
    required = frozenset({"Type", "Value"})
    immutable = frozenset({"Name"})
    attributes = frozenset({"Type", "Value"})

    def create(self, job: Job) -> str:
        name = job.name("Name", limit=512)
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("ssm", "put_parameter", Name=name, **job.given(*_TEXT), **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        unset = {name: default for name, default in _DEFAULTS.items() if name in before}
        job.call("ssm", "put_parameter", Name=job.physical_id, Overwrite=True, **(unset | job.given(*_TEXT)))
        tags, removed = tag_changes(job, before)
        of = {"ResourceType": "Parameter", "ResourceId": job.physical_id}
        if tags:
            job.call("ssm", "add_tags_to_resource", **of, Tags=tag_list(tags))
        if removed:
            job.call("ssm", "remove_tags_from_resource", **of, TagKeys=removed)

    def delete(self, job: Job) -> None:
        job.remove("ssm", "delete_parameter", gone={"ParameterNotFound"}, Name=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Type": job.properties["Type"], "Value": job.properties["Value"]}
