"""AWS::DynamoDB::Table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_list

_AT_CREATION = ("AttributeDefinitions", "KeySchema", "ProvisionedThroughput", "DeletionProtectionEnabled")
_GONE = {"ResourceNotFoundException"}


class Table(ResourceType):
    """A table, provisioned or on demand; `Ref` is its name."""

    type_name = "AWS::DynamoDB::Table"
    properties = frozenset(
        {
            "TableName",
            "BillingMode",
            "PointInTimeRecoverySpecification",
            "SSESpecification",
            "Tags",
            "TimeToLiveSpecification",
            *_AT_CREATION,
        }
    )
    required = frozenset({"KeySchema", "AttributeDefinitions"})
    required_members: ClassVar[Members] = {
        "KeySchema[]": frozenset({"AttributeName", "KeyType"}),
        "AttributeDefinitions[]": frozenset({"AttributeName", "AttributeType"}),
        "ProvisionedThroughput": frozenset({"ReadCapacityUnits", "WriteCapacityUnits"}),
        "SSESpecification": frozenset({"SSEEnabled"}),
        "TimeToLiveSpecification": frozenset({"Enabled"}),
    }
    immutable = frozenset({"TableName", "KeySchema", "AttributeDefinitions"})
    attributes = frozenset({"Arn"})

    def create(self, job: Job) -> str:
        name = job.name("TableName", limit=255)
        job.call(
            "dynamodb",
            "create_table",
            TableName=name,
            BillingMode=_billing(job.properties),
            Tags=tag_list(job.properties.get("Tags", [])),
            **job.given(*_AT_CREATION),
            **({"SSESpecification": _encryption(job)} if "SSESpecification" in job.properties else {}),
        )
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        of = {"TableName": job.physical_id}
        if changed(job, before, "TimeToLiveSpecification"):
            self._time_to_live(job, before, of)
        if changed(job, before, "PointInTimeRecoverySpecification"):
            wanted = job.properties.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
            job.call("dynamodb", "update_continuous_backups", **of, PointInTimeRecoverySpecification=wanted)
        if before:
            self._settings(job, before, of)
            self._tag(job, before)

    def delete(self, job: Job) -> None:
        """Fails while the table is protected, as on AWS."""
        job.remove("dynamodb", "delete_table", gone=_GONE, TableName=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Arn": _arn(job)}

    def _settings(self, job: Job, before: Mapping[str, Any], of: Mapping[str, str]) -> None:
        if changed(job, before, "BillingMode", "ProvisionedThroughput"):
            throughput = job.given("ProvisionedThroughput")
            job.call("dynamodb", "update_table", **of, BillingMode=_billing(job.properties), **throughput)
        if changed(job, before, "SSESpecification"):
            job.call("dynamodb", "update_table", **of, SSESpecification=_encryption(job))
        if changed(job, before, "DeletionProtectionEnabled"):
            protected = job.properties.get("DeletionProtectionEnabled", False)
            job.call("dynamodb", "update_table", **of, DeletionProtectionEnabled=protected)

    def _time_to_live(self, job: Job, before: Mapping[str, Any], of: Mapping[str, str]) -> None:
        """A specification that is taken out is switched off: the API wants the attribute's name for that, too."""
        wanted = job.properties.get("TimeToLiveSpecification")
        if wanted is None:
            wanted = {**before["TimeToLiveSpecification"], "Enabled": False}
        job.call("dynamodb", "update_time_to_live", **of, TimeToLiveSpecification=wanted)

    def _tag(self, job: Job, before: Mapping[str, Any]) -> None:
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("dynamodb", "tag_resource", ResourceArn=_arn(job), Tags=tag_list(tags))
        if removed:
            job.call("dynamodb", "untag_resource", ResourceArn=_arn(job), TagKeys=removed)


def _billing(properties: Mapping[str, Any]) -> str:
    return str(properties.get("BillingMode", "PROVISIONED"))


def _encryption(job: Job) -> dict[str, Any]:
    """As the API names it, which says Enabled where templates say SSEEnabled."""
    given = dict(job.properties.get("SSESpecification", {"SSEEnabled": False}))
    return {"Enabled": given.pop("SSEEnabled"), **given}


def _arn(job: Job) -> str:
    return f"arn:{job.partition}:dynamodb:{job.region}:{job.account}:table/{job.physical_id}"
