"""The model registry: groups of model packages, and the packages that are their versions."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.errors import ValidationException

_OF_ITS_OWN = ("ModelApprovalStatus", "CustomerMetadataProperties", "ClientToken", "Tags")
_MOST_PROPERTIES = 50


class ModelPackageGroup:
    """A name under which versions are registered; their numbers are never used twice."""

    def __init__(self, request: Mapping[str, Any], *, arn: str) -> None:
        self.name: str = request["ModelPackageGroupName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.numbers = itertools.count(1)
        self._description: str | None = request.get("ModelPackageGroupDescription")
        self._created = datetime.now(UTC)

    def describe(self) -> dict[str, Any]:
        """DescribeModelPackageGroup's answer."""
        return {**self.summary(), "CreatedBy": {}}

    def summary(self) -> dict[str, Any]:
        """This group's entry in ListModelPackageGroups."""
        described = {
            "ModelPackageGroupName": self.name,
            "ModelPackageGroupArn": self.arn,
            "CreationTime": self._created,
            "ModelPackageGroupStatus": "Completed",
        }
        return described | ({"ModelPackageGroupDescription": self._description} if self._description else {})


class ModelPackage:
    """One version of a group. What it was made of stays; its approval and its properties change."""

    def __init__(self, request: Mapping[str, Any], *, group: str, version: int, arn: str) -> None:
        self.arn, self.group, self.version = arn, group, version
        self._asked = {name: value for name, value in request.items() if name not in _OF_ITS_OWN}
        self._created = datetime.now(UTC)
        self._changes: dict[str, Any] = {
            "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
            "CustomerMetadataProperties": dict(request.get("CustomerMetadataProperties") or {}),
        }

    @property
    def approval(self) -> str:
        """ModelApprovalStatus."""
        return str(self._changes["ModelApprovalStatus"])

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """What an endpoint of this version would run."""
        return self._asked["InferenceSpecification"]["Containers"]  # type: ignore[no-any-return]

    def change(self, members: Mapping[str, Any], *, remove: Collection[str]) -> list[str]:
        """Take members of an UpdateModelPackage over, and remove properties by their keys.

        Returns the names of the members that changed. Raises ValidationException for too many properties.
        """
        properties = self._changes["CustomerMetadataProperties"] | members.get("CustomerMetadataProperties", {})
        properties = {key: value for key, value in properties.items() if key not in remove}
        if len(properties) > _MOST_PROPERTIES:
            raise ValidationException(
                f"{len(properties)} CustomerMetadataProperties, expected at most {_MOST_PROPERTIES}"
            )
        changed = {**members, "CustomerMetadataProperties": properties}
        names = [name for name, value in changed.items() if self._changes.get(name) != value]
        if names:
            self._changes = {**self._changes, **changed, "LastModifiedTime": datetime.now(UTC)}
        return names

    def describe(self) -> dict[str, Any]:
        """DescribeModelPackage's answer."""
        changes = {name: value for name, value in self._changes.items() if value}
        return {
            **self._asked,
            **changes,
            "ModelPackageGroupName": self.group,
            "ModelPackageVersion": self.version,
            "ModelPackageArn": self.arn,
            "CreationTime": self._created,
            "CreatedBy": {},
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
        }

    def summary(self) -> dict[str, Any]:
        """This version's entry in ListModelPackages."""
        described = self.describe()
        names = (
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "ModelPackageStatus",
            "ModelApprovalStatus",
        )
        return {name: described[name] for name in names if name in described}
