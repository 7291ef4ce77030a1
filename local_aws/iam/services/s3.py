"""S3: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, unquote, urlparse

from moto.s3.models import FakeDeleteMarker, s3_backends

from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Rule, Service

_CONDITION_KEYS = {
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
    "VersionId": "s3:VersionId",
    "ACL": "s3:x-amz-acl",
    "CopySource": "s3:x-amz-copy-source",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "StorageClass": "s3:x-amz-storage-class",
}


def _arn(call: Call, resource: str) -> str:
    return f"arn:{call.partition}:s3:::{resource}"


def _check(action: str, resource: str, call: Call) -> Check:
    given = {key: str(call.get(name)) for name, key in _CONDITION_KEYS.items() if call.get(name) is not None}
    return Check(f"s3:{action}", resource, Context.of(given))


def _bucket(action: str) -> Rule:
    return lambda call: [_check(action, _arn(call, call.get("Bucket")), call)]


def _object(action: str) -> Rule:
    return lambda call: [_check(action, _arn(call, f"{call.get('Bucket')}/{call.get('Key')}"), call)]


def _version(action: str, of_version: str) -> Rule:
    """The action, or its counterpart for a request that names a version."""
    return lambda call: _object(of_version if call.get("VersionId") else action)(call)


def _reading(*rules: Rule) -> Rule:
    """A read of an object that may be missing: only who may list the bucket is told so, others get AccessDenied.

    GetObject API reference: "If the object you request doesn't exist, the error that Amazon S3 returns depends on
    whether you also have the s3:ListBucket permission".
    """

    def rule(call: Call) -> Iterator[Check]:
        for inner in rules:
            yield from inner(call)
        bucket = s3_backends[call.account][call.partition].buckets.get(call.get("Bucket"))
        if bucket is not None and not call.get("VersionId"):
            found = bucket.keys.get(call.get("Key"))
            if found is None or isinstance(found, FakeDeleteMarker):
                yield Check("s3:ListBucket", _arn(call, call.get("Bucket")))

    return rule


def _writing(call: Call) -> Iterator[Check]:
    yield from _object("PutObject")(call)
    if call.get("Tagging"):
        yield from _object("PutObjectTagging")(call)
    if call.get("ACL"):
        yield from _object("PutObjectAcl")(call)


def _copying(call: Call) -> Iterator[Check]:
    # Read as moto reads it when it copies: whatever else the header may hold must not hide the key from a Deny.
    source = urlparse(str(call.get("CopySource")))
    action = "GetObjectVersion" if "versionId" in parse_qs(source.query) else "GetObject"
    yield _check(action, _arn(call, unquote(source.path).lstrip("/")), call)
    yield from _writing(call)


def _deleting_many(call: Call) -> Iterator[Check]:
    for item in call.get("Delete.Objects") or ():
        action = "DeleteObjectVersion" if item.get("VersionId") else "DeleteObject"
        yield _check(action, _arn(call, f"{call.get('Bucket')}/{item['Key']}"), call)


def _rows(rule: Callable[[str], Rule], actions: dict[str, str]) -> dict[str, Rule]:
    return {operation: rule(action) for operation, action in actions.items()}


_BUCKET_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "CreateBucket": "CreateBucket",
    "DeleteBucket": "DeleteBucket",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketAcl": "GetBucketAcl",
    "PutBucketAcl": "PutBucketAcl",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketLogging": "GetBucketLogging",
    "PutBucketLogging": "PutBucketLogging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "PutBucketPolicy": "PutBucketPolicy",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "GetBucketTagging": "GetBucketTagging",
    "PutBucketTagging": "PutBucketTagging",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "PutBucketVersioning": "PutBucketVersioning",
    "GetBucketWebsite": "GetBucketWebsite",
    "PutBucketWebsite": "PutBucketWebsite",
    "DeleteBucketWebsite": "DeleteBucketWebsite",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
}

_OBJECT_ACTIONS = {
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "ListParts": "ListMultipartUploadParts",
    "RestoreObject": "RestoreObject",
    "GetObjectLegalHold": "GetObjectLegalHold",
    "PutObjectLegalHold": "PutObjectLegalHold",
    "GetObjectRetention": "GetObjectRetention",
    "PutObjectRetention": "PutObjectRetention",
}

OPERATIONS: dict[str, Rule] = {
    **_rows(_bucket, _BUCKET_ACTIONS),
    **_rows(_object, _OBJECT_ACTIONS),
    "ListBuckets": lambda call: [Check("s3:ListAllMyBuckets", "*")],
    "GetObject": _reading(_version("GetObject", "GetObjectVersion")),
    "HeadObject": _reading(_version("GetObject", "GetObjectVersion")),
    "SelectObjectContent": _reading(_object("GetObject")),
    "GetObjectAttributes": _reading(
        _version("GetObject", "GetObjectVersion"), _version("GetObjectAttributes", "GetObjectVersionAttributes")
    ),
    "GetObjectTagging": _version("GetObjectTagging", "GetObjectVersionTagging"),
    "PutObjectTagging": _version("PutObjectTagging", "PutObjectVersionTagging"),
    "DeleteObjectTagging": _version("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "GetObjectAcl": _version("GetObjectAcl", "GetObjectVersionAcl"),
    "PutObjectAcl": _version("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObject": _writing,
    "CreateMultipartUpload": _writing,
    "CopyObject": _copying,
    "UploadPartCopy": _copying,
    "DeleteObject": _version("DeleteObject", "DeleteObjectVersion"),
    "DeleteObjects": _deleting_many,
}

S3 = Service(prefix="s3", models=("s3",), operations=OPERATIONS)
