"""AWS::SageMaker::ModelPackageGroup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, tag_changes, tag_list


class ModelPackageGroup(ResourceType):
    """A group of the model registry; `Ref` is its ARN. It cannot be deleted while it has versions."""

    type_name = "AWS::SageMaker::ModelPackageGroup"
    properties = frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription", "Tags"})
    required = frozenset({"ModelPackageGroupName"})
    immutable = frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription"})
    attributes = frozenset({"CreationTime", "ModelPackageGroupArn", "ModelPackageGroupStatus"})

    def create(self, job: Job) -> str:
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        asked = job.given("ModelPackageGroupName", "ModelPackageGroupDescription")
        return str(job.call("sagemaker", "create_model_package_group", **asked, **tags)["ModelPackageGroupArn"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        tags, removed = tag_changes(job, before) if before else ({}, [])
        if tags:
            job.call("sagemaker", "add_tags", ResourceArn=job.physical_id, Tags=tag_list(tags))
        if removed:
            job.call("sagemaker", "delete_tags", ResourceArn=job.physical_id, TagKeys=removed)

    def delete(self, job: Job) -> None:
        name = job.physical_id.rpartition("/")[2]
        # The one refusal of that name is of a group that is not there.
        gone = {"ValidationException"}
        job.remove("sagemaker", "delete_model_package_group", gone=gone, ModelPackageGroupName=name)

    def describe(self, job: Job) -> dict[str, str]:
        name = job.physical_id.rpartition("/")[2]
        described = job.call("sagemaker", "describe_model_package_group", ModelPackageGroupName=name)
        return {
            "CreationTime": described["CreationTime"].isoformat(),
            "ModelPackageGroupArn": described["ModelPackageGroupArn"],
            "ModelPackageGroupStatus": described["ModelPackageGroupStatus"],
        }
