"""The model registry: the versions of one model package group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError


class UnknownPackage(LookupError):
    """The group has no such package."""


@dataclass(frozen=True)
class Package:
    """A version. status: its ModelApprovalStatus; version: the name of the execution that it is of."""

    arn: str
    status: str
    version: str


class Registry:
    """The packages of a group."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._sagemaker: Any = boto3.client("sagemaker")

    def packages(self) -> list[Package]:
        """All of them, the newest first."""
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=self._group, SortBy="CreationTime", SortOrder="Descending"
        )
        listed = pages.build_full_result()["ModelPackageSummaryList"]
        return [self.package(entry["ModelPackageArn"]) for entry in listed]

    def package(self, arn: str) -> Package:
        """The one of that ARN. Raises UnknownPackage."""
        if f":model-package/{self._group}/" not in arn:
            raise UnknownPackage(f"package {arn!r:.300}, expected one of the group {self._group}")
        try:
            found = self._sagemaker.describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            if "does not exist" not in error.response["Error"]["Message"]:
                raise
            raise UnknownPackage(f"package {arn} does not exist in the group {self._group}") from error
        execution = found.get("MetadataProperties", {}).get("GeneratedBy", "")
        return Package(arn, found["ModelApprovalStatus"], execution.rpartition(":")[2])

    def delete(self, package: Package) -> None:
        """Take it out of the registry."""
        self._sagemaker.delete_model_package(ModelPackageName=package.arn)
