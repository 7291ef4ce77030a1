"""AWS::SQS::Queue and AWS::SQS::QueuePolicy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, tag_changes, tag_map

_DEFAULTS = {
    "DelaySeconds": 0,
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 1_048_576,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedrivePolicy": "",
    "VisibilityTimeout": 30,
}
"""What unsets them (SetQueueAttributes' documentation)."""
_OF_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_GONE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}


class Queue(ResourceType):
    """A queue; `Ref` is its URL."""

    type_name = "AWS::SQS::Queue"
    properties = frozenset({"QueueName", "FifoQueue", "SqsManagedSseEnabled", "Tags", *_DEFAULTS, *_OF_FIFO})
    immutable = frozenset({"QueueName", "FifoQueue"})
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})

    def create(self, job: Job) -> str:
        name = job.name("QueueName", limit=80)
        if job.properties.get("FifoQueue") in (True, "true") and not name.endswith(".fifo"):
            name = f"{name[: 80 - len('.fifo')]}.fifo"
        given = _attributes(job.given(*_DEFAULTS, *_OF_FIFO, "FifoQueue", "SqsManagedSseEnabled"))
        answer = job.call("sqs", "create_queue", QueueName=name, Attributes=given, tags=tag_map(_tags(job)))
        return str(answer["QueueUrl"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        unset = {name: default for name, default in _DEFAULTS.items() if name in before}
        wanted = _attributes(unset | job.given(*_DEFAULTS, *_OF_FIFO, "SqsManagedSseEnabled"))
        job.call("sqs", "set_queue_attributes", QueueUrl=job.physical_id, Attributes=wanted)
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("sqs", "tag_queue", QueueUrl=job.physical_id, Tags=tags)
        if removed:
            job.call("sqs", "untag_queue", QueueUrl=job.physical_id, TagKeys=removed)

    def delete(self, job: Job) -> None:
        job.remove("sqs", "delete_queue", gone=_GONE, QueueUrl=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        name = job.physical_id.rpartition("/")[2]
        arn = f"arn:{job.partition}:sqs:{job.region}:{job.account}:{name}"
        return {"Arn": arn, "QueueName": name, "QueueUrl": job.physical_id}


class QueuePolicy(ResourceType):
    """The policy of queues; kept and retrievable, not enforced on callers. `Ref` is a name of its own."""

    type_name = "AWS::SQS::QueuePolicy"
    properties = frozenset({"PolicyDocument", "Queues"})
    required = properties
    required_members: ClassVar[Members] = {"PolicyDocument": frozenset({"Statement"})}

    def create(self, job: Job) -> str:
        _set_policy(job, _queues(job.properties), json.dumps(job.properties["PolicyDocument"]))
        return job.name("", limit=128)

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            left = [url for url in _queues(before) if url not in _queues(job.properties)]
            _set_policy(job, left, "")
            _set_policy(job, _queues(job.properties), json.dumps(job.properties["PolicyDocument"]))

    def delete(self, job: Job) -> None:
        _set_policy(job, _queues(job.properties), "")


def _set_policy(job: Job, urls: list[str], policy: str) -> None:
    for url in urls:
        job.remove("sqs", "set_queue_attributes", gone=_GONE, QueueUrl=url, Attributes={"Policy": policy})


def _queues(properties: Mapping[str, Any]) -> list[str]:
    urls = properties["Queues"]
    if not isinstance(urls, list):
        raise ResourceFailed(f"Property Queues: expected a list, got {urls!r}")
    return [str(url) for url in urls]


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    """As the API wants them: text, JSON for objects, `true` and `false`."""

    def text(value: Any) -> str:
        return json.dumps(value) if isinstance(value, (dict, bool)) else str(value)

    return {name: text(value) for name, value in properties.items()}


def _tags(job: Job) -> Any:
    return job.properties.get("Tags", [])
