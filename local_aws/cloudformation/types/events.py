"""AWS::Events::*: rules with their targets, and buses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_list

_GONE = {"ResourceNotFoundException"}
_SETTINGS = ("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State")


class Rule(ResourceType):
    """A rule with its targets. `Ref` is its name, on a bus of one's own after the bus's and a bar."""

    type_name = "AWS::Events::Rule"
    properties = frozenset({"Name", "EventPattern", "Tags", "Targets", *_SETTINGS})
    required_members: ClassVar[Members] = {"Targets[]": frozenset({"Arn", "Id"})}
    immutable = frozenset({"Name", "EventBusName"})
    attributes = frozenset({"Arn"})

    def create(self, job: Job) -> str:
        name = job.name("Name", limit=64)
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("events", "put_rule", Name=name, **_settings(job), **tags)
        bus = _bus_name(job)
        return name if bus == "default" else f"{bus}|{name}"

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before and changed(job, before, "EventPattern", *_SETTINGS):
            job.call("events", "put_rule", Name=_name(job), **_settings(job))
        old, new = _targets(before), _targets(job.properties)
        if removed := sorted(old.keys() - new.keys()):
            job.call("events", "remove_targets", Rule=_name(job), EventBusName=_bus_name(job), Ids=removed)
        if put := [target for key, target in new.items() if old.get(key) != target]:
            job.call("events", "put_targets", Rule=_name(job), EventBusName=_bus_name(job), Targets=put)
        if before:
            _tag(job, before, self.describe(job)["Arn"])

    def delete(self, job: Job) -> None:
        bus = _bus_name(job)
        if ids := sorted(_targets(job.properties)):
            job.remove("events", "remove_targets", gone=_GONE, Rule=_name(job), EventBusName=bus, Ids=ids)
        job.remove("events", "delete_rule", gone=_GONE, Name=_name(job), EventBusName=bus)

    def describe(self, job: Job) -> dict[str, str]:
        bus = _bus_name(job)
        path = _name(job) if bus == "default" else f"{bus}/{_name(job)}"
        return {"Arn": f"arn:{job.partition}:events:{job.region}:{job.account}:rule/{path}"}


class EventBus(ResourceType):
    """A bus of one's own; `Ref` is its name."""

    type_name = "AWS::Events::EventBus"
    properties = frozenset({"Name", "Description", "Tags"})
    required = frozenset({"Name"})
    immutable = frozenset({"Name"})
    attributes = frozenset({"Arn", "Name"})

    def create(self, job: Job) -> str:
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("events", "create_event_bus", **job.given("Name", "Description"), **tags)
        return str(job.properties["Name"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        if changed(job, before, "Description"):
            job.call("events", "update_event_bus", Name=job.physical_id, **job.given("Description"))
        _tag(job, before, self.describe(job)["Arn"])

    def delete(self, job: Job) -> None:
        job.remove("events", "delete_event_bus", gone=_GONE, Name=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        arn = f"arn:{job.partition}:events:{job.region}:{job.account}:event-bus/{job.physical_id}"
        return {"Arn": arn, "Name": job.physical_id}


def _name(job: Job) -> str:
    return job.physical_id.rpartition("|")[2]


def _bus_name(job: Job) -> str:
    """The property may be a bus's ARN."""
    return str(job.properties.get("EventBusName", "default")).rpartition("/")[2]


def _settings(job: Job) -> dict[str, Any]:
    """All of it: PutRule takes what it is not given for unset."""
    given = job.given(*_SETTINGS)
    if "EventPattern" in job.properties:
        pattern = job.properties["EventPattern"]
        given["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return given


def _targets(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {str(target["Id"]): target for target in properties.get("Targets", [])}


def _tag(job: Job, before: Mapping[str, Any], arn: str) -> None:
    tags, removed = tag_changes(job, before)
    if tags:
        job.call("events", "tag_resource", ResourceARN=arn, Tags=tag_list(tags))
    if removed:
        job.call("events", "untag_resource", ResourceARN=arn, TagKeys=removed)
