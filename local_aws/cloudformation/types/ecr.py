"""AWS::ECR::Repository: the CDK's bootstrap has one for images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, changed, tag_changes, tag_list

_AT_CREATION = ("ImageTagMutability", "ImageScanningConfiguration", "EncryptionConfiguration")


class Repository(ResourceType):
    """A repository with its policies; `Ref` is its name."""

    type_name = "AWS::ECR::Repository"
    properties = frozenset(
        {
            "RepositoryName",
            "EmptyOnDelete",
            "LifecyclePolicy",
            "RepositoryPolicyText",
            "Tags",
            *_AT_CREATION,
        }
    )
    immutable = frozenset({"RepositoryName", "EncryptionConfiguration"})
    attributes = frozenset({"Arn", "RepositoryUri"})

    def create(self, job: Job) -> str:
        name = job.name("RepositoryName", limit=256).lower()
        tags = {"tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("ecr", "create_repository", RepositoryName=name, **job.given(*_AT_CREATION), **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        of = {"RepositoryName": job.physical_id}
        if changed(job, before, "LifecyclePolicy"):
            self._lifecycle(job, of)
        if changed(job, before, "RepositoryPolicyText"):
            self._policy(job, of)
        if before:
            self._settings(job, before, of)

    def delete(self, job: Job) -> None:
        gone, force = {"RepositoryNotFoundException"}, job.properties.get("EmptyOnDelete", False)
        job.remove("ecr", "delete_repository", gone=gone, RepositoryName=job.physical_id, Force=force)

    def describe(self, job: Job) -> dict[str, str]:
        registry = f"{job.account}.dkr.ecr.{job.region}.amazonaws.com"
        return {
            "Arn": _arn(job),
            "RepositoryUri": f"{registry}/{job.physical_id}",
        }

    def _settings(self, job: Job, before: Mapping[str, Any], of: Mapping[str, str]) -> None:
        if changed(job, before, "ImageTagMutability"):
            mutability = job.properties.get("ImageTagMutability", "MUTABLE")
            job.call("ecr", "put_image_tag_mutability", **of, ImageTagMutability=mutability)
        if changed(job, before, "ImageScanningConfiguration"):
            scanning = job.properties.get("ImageScanningConfiguration", {"ScanOnPush": False})
            job.call("ecr", "put_image_scanning_configuration", **of, ImageScanningConfiguration=scanning)
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("ecr", "tag_resource", resourceArn=_arn(job), tags=tag_list(tags))
        if removed:
            job.call("ecr", "untag_resource", resourceArn=_arn(job), tagKeys=removed)

    def _lifecycle(self, job: Job, of: Mapping[str, str]) -> None:
        text = job.properties.get("LifecyclePolicy", {}).get("LifecyclePolicyText")
        if text is None:
            job.remove("ecr", "delete_lifecycle_policy", gone={"LifecyclePolicyNotFoundException"}, **of)
        else:
            job.call("ecr", "put_lifecycle_policy", **of, LifecyclePolicyText=text)

    def _policy(self, job: Job, of: Mapping[str, str]) -> None:
        policy = job.properties.get("RepositoryPolicyText")
        if policy is None:
            job.remove("ecr", "delete_repository_policy", gone={"RepositoryPolicyNotFoundException"}, **of)
        else:
            job.call("ecr", "set_repository_policy", **of, PolicyText=json.dumps(policy))


def _arn(job: Job) -> str:
    return f"arn:{job.partition}:ecr:{job.region}:{job.account}:repository/{job.physical_id}"
