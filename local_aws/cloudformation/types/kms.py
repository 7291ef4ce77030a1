"""AWS::KMS::Key and AWS::KMS::Alias: keys exist and are named; nothing local is encrypted with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, changed, tag_changes, tag_map


class Key(ResourceType):
    """A key; `Ref` is its id. Deleting one schedules its deletion, as on AWS."""

    type_name = "AWS::KMS::Key"
    properties = frozenset(
        {
            "KeyPolicy",
            "Description",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "EnableKeyRotation",
            "PendingWindowInDays",
            "Tags",
        }
    )
    immutable = frozenset({"KeySpec", "KeyUsage", "MultiRegion"})
    attributes = frozenset({"Arn", "KeyId"})

    def create(self, job: Job) -> str:
        policy = {"Policy": _policy(job)} if "KeyPolicy" in job.properties else {}
        tags = _tags(tag_map(job.properties.get("Tags", [])))
        given = job.given("Description", "KeySpec", "KeyUsage", "MultiRegion")
        answer = job.call("kms", "create_key", **given, **policy, Tags=tags)
        return str(answer["KeyMetadata"]["KeyId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if changed(job, before, "EnableKeyRotation"):
            rotates = str(job.properties.get("EnableKeyRotation", False)).lower() == "true"
            job.call("kms", "enable_key_rotation" if rotates else "disable_key_rotation", KeyId=job.physical_id)
        if before:
            self._settings(job, before, {"KeyId": job.physical_id})

    def delete(self, job: Job) -> None:
        gone = {"NotFoundException", "KMSInvalidStateException"}
        days = job.given("PendingWindowInDays")
        job.remove("kms", "schedule_key_deletion", gone=gone, KeyId=job.physical_id, **days)

    def describe(self, job: Job) -> dict[str, str]:
        arn = f"arn:{job.partition}:kms:{job.region}:{job.account}:key/{job.physical_id}"
        return {"Arn": arn, "KeyId": job.physical_id}

    def _settings(self, job: Job, before: Mapping[str, Any], of: Mapping[str, str]) -> None:
        if changed(job, before, "KeyPolicy"):
            job.call("kms", "put_key_policy", **of, PolicyName="default", Policy=_policy(job))
        if changed(job, before, "Description"):
            job.call("kms", "update_key_description", **of, Description=job.properties.get("Description", ""))
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("kms", "tag_resource", **of, Tags=_tags(tags))
        if removed:
            job.call("kms", "untag_resource", **of, TagKeys=removed)


class Alias(ResourceType):
    """A key's other name; `Ref` is it."""

    type_name = "AWS::KMS::Alias"
    properties = frozenset({"AliasName", "TargetKeyId"})
    required = properties
    immutable = frozenset({"AliasName"})

    def create(self, job: Job) -> str:
        job.call("kms", "create_alias", **job.properties)
        return str(job.properties["AliasName"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            job.call("kms", "update_alias", **job.properties)

    def delete(self, job: Job) -> None:
        job.remove("kms", "delete_alias", gone={"NotFoundException"}, AliasName=job.physical_id)


def _policy(job: Job) -> str:
    """The key's policy; without one, that of "Default key policy" in the KMS Developer Guide."""
    root = f"arn:{job.partition}:iam::{job.account}:root"
    default = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    return json.dumps(job.properties.get("KeyPolicy", default))


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
