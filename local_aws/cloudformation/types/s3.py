"""AWS::S3::Bucket and AWS::S3::BucketPolicy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.api import ApiRefused
from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_list
from local_aws.cloudformation.types.s3_lifecycle import lifecycle_rules

_CANNED_ACLS = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
}


class Bucket(ResourceType):
    """A bucket and all that is set on it; `Ref` is its name."""

    type_name = "AWS::S3::Bucket"
    properties = frozenset(
        {
            "BucketName",
            "AccessControl",
            "BucketEncryption",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )
    required_members: ClassVar[Members] = {
        "BucketEncryption": frozenset({"ServerSideEncryptionConfiguration"}),
        "LifecycleConfiguration": frozenset({"Rules"}),
        "LoggingConfiguration": frozenset(),
        "NotificationConfiguration": frozenset(),
    }
    immutable = frozenset({"BucketName"})
    attributes = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"})

    def create(self, job: Job) -> str:
        name = job.name("BucketName", limit=63)
        name = name if "BucketName" in job.properties else name.lower()
        if job.region == "us-east-1":
            _refuse_taken(job, name)
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": job.region}}
        job.call("s3", "create_bucket", Bucket=name, **(elsewhere if job.region != "us-east-1" else {}))
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        for name, (put, remove) in _FEATURES.items():
            if changed(job, before, name):
                if name in job.properties:
                    put(job, job.properties[name])
                else:
                    remove(job)

    def delete(self, job: Job) -> None:
        """Fails while the bucket holds objects, as on AWS."""
        job.remove("s3", "delete_bucket", gone={"NoSuchBucket"}, Bucket=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        name = job.physical_id
        return {
            "Arn": f"arn:{job.partition}:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{job.region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{job.region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.s3-website-{job.region}.amazonaws.com",
        }


class BucketPolicy(ResourceType):
    """A bucket's policy; kept and retrievable. `Ref` is the bucket."""

    type_name = "AWS::S3::BucketPolicy"
    properties = frozenset({"Bucket", "PolicyDocument"})
    required = properties
    immutable = frozenset({"Bucket"})

    def create(self, job: Job) -> str:
        """Fails where there is a policy: putting another would take it away, and the removal of either would too."""
        bucket = str(job.properties["Bucket"])
        try:
            job.call("s3", "get_bucket_policy", Bucket=bucket)
        except ApiRefused as error:
            if error.code == "NoSuchBucketPolicy":
                return bucket
            raise
        raise ResourceFailed(f"The bucket policy already exists on bucket {bucket}.")

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        del before
        policy = json.dumps(job.properties["PolicyDocument"])
        job.call("s3", "put_bucket_policy", Bucket=job.physical_id, Policy=policy)

    def delete(self, job: Job) -> None:
        gone = {"NoSuchBucket", "NoSuchBucketPolicy"}
        job.remove("s3", "delete_bucket_policy", gone=gone, Bucket=job.physical_id)


def _refuse_taken(job: Job, name: str) -> None:
    """CreateBucket there answers 200 for a bucket of one's own, which would then be deleted with the stack."""
    try:
        job.call("s3", "head_bucket", Bucket=name)
    except ApiRefused as error:
        if error.code == "404":
            return
        raise
    raise ResourceFailed(f"{name} already exists")


def _call(job: Job, operation: str, **arguments: Any) -> None:
    job.call("s3", operation, Bucket=job.physical_id, **arguments)


def _put_acl(job: Job, canned: str) -> None:
    if canned not in _CANNED_ACLS:
        raise ResourceFailed(f"Property AccessControl: {canned!r} is none of {sorted(_CANNED_ACLS)}")
    _call(job, "put_bucket_acl", ACL=_CANNED_ACLS[canned])


def _put_encryption(job: Job, encryption: Mapping[str, Any]) -> None:
    rules = []
    for rule in encryption["ServerSideEncryptionConfiguration"]:
        given = dict(rule)
        default = {"ApplyServerSideEncryptionByDefault": given.pop("ServerSideEncryptionByDefault", {})}
        rules.append(default | given)
    _call(job, "put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": rules})


def _put_lifecycle(job: Job, lifecycle: Mapping[str, Any]) -> None:
    rules = lifecycle_rules(lifecycle)
    _call(job, "put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})


def _put_logging(job: Job, logging: Mapping[str, Any]) -> None:
    unknown = sorted(logging.keys() - {"DestinationBucketName", "LogFilePrefix"})
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property LoggingConfiguration.{unknown[0]}")
    enabled = {
        "TargetBucket": logging.get("DestinationBucketName", job.physical_id),
        "TargetPrefix": logging.get("LogFilePrefix", ""),
    }
    _call(job, "put_bucket_logging", BucketLoggingStatus={"LoggingEnabled": enabled})


def _put_notifications(job: Job, notifications: Mapping[str, Any]) -> None:
    """To EventBridge, on or off (`EventBridgeEnabled` is on unless told otherwise); the other kinds are refused."""
    unknown = sorted(notifications.keys() - {"EventBridgeConfiguration"})
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property NotificationConfiguration.{unknown[0]}")
    settings = notifications.get("EventBridgeConfiguration", {"EventBridgeEnabled": False})
    is_on = str(settings.get("EventBridgeEnabled", True)).lower() == "true"
    wanted: dict[str, Any] = {"EventBridgeConfiguration": {}} if is_on else {}
    _call(job, "put_bucket_notification_configuration", NotificationConfiguration=wanted)


_FEATURES: dict[str, tuple[Callable[[Job, Any], None], Callable[[Job], None]]] = {
    "PublicAccessBlockConfiguration": (
        lambda job, value: _call(job, "put_public_access_block", PublicAccessBlockConfiguration=value),
        lambda job: _call(job, "delete_public_access_block"),
    ),
    "OwnershipControls": (
        lambda job, value: _call(job, "put_bucket_ownership_controls", OwnershipControls=value),
        lambda job: _call(job, "delete_bucket_ownership_controls"),
    ),
    "AccessControl": (_put_acl, lambda job: _put_acl(job, "Private")),
    "BucketEncryption": (_put_encryption, lambda job: _call(job, "delete_bucket_encryption")),
    "VersioningConfiguration": (
        lambda job, value: _call(job, "put_bucket_versioning", VersioningConfiguration=value),
        lambda job: _call(job, "put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
    ),
    "LifecycleConfiguration": (_put_lifecycle, lambda job: _call(job, "delete_bucket_lifecycle")),
    "NotificationConfiguration": (_put_notifications, lambda job: _put_notifications(job, {})),
    "LoggingConfiguration": (_put_logging, lambda job: _call(job, "put_bucket_logging", BucketLoggingStatus={})),
    "Tags": (
        lambda job, value: _call(job, "put_bucket_tagging", Tagging={"TagSet": tag_list(value)}),
        lambda job: _call(job, "delete_bucket_tagging"),
    ),
}
"""Property → (how to set it, how to unset it)."""
