"""The bucket: ratings in; prepared channels, models and reports out."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.encryption import may_use
from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.teardown import Emptying

DATASETS = "datasets"
INCOMING = f"{DATASETS}/incoming"
"""Datasets whose arrival starts an execution, where the stage asks for that."""
RUNS = "runs"
MODELS = "models"
"""Serving bundles, one folder for each published version."""


class Datasets(Construct):
    """An encrypted, private, versioned bucket reached over TLS only, with an access-log bucket beside it."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, key: kms.IKey | None) -> None:
        super().__init__(scope, id_)
        removal = RemovalPolicy.RETAIN if stage.retain_data else RemovalPolicy.DESTROY
        # S3 delivers access logs to no bucket with a key of one's own (user guide, "Enabling server access logging").
        logs = _private_bucket(self, "AccessLogs", removal, expire_after=Duration.days(stage.log_retention_days))
        self.bucket = _private_bucket(self, "Bucket", removal, logs=logs, key=key)
        if stage.retrain_on_upload:
            _tell_eventbridge(self.bucket)
        # Runs are not expired: a live endpoint loads its model from there again whenever an instance is replaced.
        self.bucket.add_lifecycle_rule(
            id="TierRuns",
            prefix=f"{RUNS}/",
            transitions=[
                s3.Transition(
                    storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                    transition_after=Duration.days(stage.tier_runs_days),
                )
            ],
        )
        self.bucket.add_lifecycle_rule(id="ExpireOldVersions", noncurrent_version_expiration=Duration.days(30))
        self.bucket.add_lifecycle_rule(id="AbortUploads", abort_incomplete_multipart_upload_after=Duration.days(1))
        if not stage.retain_data:
            _empty_at_the_end(self, stage, self.bucket, logs)


def _private_bucket(
    scope: Construct,
    id_: str,
    removal: RemovalPolicy,
    *,
    logs: s3.Bucket | None = None,
    key: kms.IKey | None = None,
    expire_after: Duration | None = None,
) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        id_,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=logs is not None,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        server_access_logs_bucket=logs,
        server_access_logs_prefix="access/" if logs else None,
        removal_policy=removal,
    )
    if expire_after is not None:
        bucket.add_lifecycle_rule(id="ExpireLogs", expiration=expire_after)
    return bucket


def _empty_at_the_end(scope: Construct, stage: Stage, bucket: s3.Bucket, logs: s3.Bucket) -> None:
    """First the bucket. That of the logs when the other is gone, and the policy by which S3 delivers logs: else there
    would be new ones, of what was just deleted.
    """
    last = Emptying(scope, "LogsEmptying", stage=stage, bucket=logs).resource
    first = Emptying(scope, "Emptying", stage=stage, bucket=bucket).resource
    assert logs.policy is not None  # noqa: S101 - it enforces TLS
    assert bucket.policy is not None  # noqa: S101
    bucket.node.add_dependency(last)
    logs.policy.node.add_dependency(last)
    first.node.add_dependency(bucket.policy)


def _tell_eventbridge(bucket: s3.Bucket) -> None:
    """By the bucket's own property: the CDK's switch for it is a custom resource, with a function and a role more."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 - what every bucket is made of
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )


def may_read(bucket: s3.IBucket, *patterns: str) -> Permission:
    """Read the objects whose keys match (`runs/*/model/*`)."""
    return Permission(
        actions=["s3:GetObject"],
        resources=[bucket.arn_for_objects(key) for key in patterns],
        because=_any_object(patterns),
        also=_of_key(bucket, "Decrypt"),
    )


def may_write(bucket: s3.IBucket, *patterns: str) -> Permission:
    """Put the objects whose keys match."""
    return Permission(
        actions=["s3:PutObject"],
        resources=[bucket.arn_for_objects(key) for key in patterns],
        because=_any_object(patterns),
        # The parts of an upload are read to put them together (user guide, "Multipart upload API and permissions").
        also=_of_key(bucket, "GenerateDataKey", "Decrypt"),
    )


def may_abort(bucket: s3.IBucket, *patterns: str) -> Permission:
    """Throw away the parts of an upload that will not be completed."""
    return Permission(
        actions=["s3:AbortMultipartUpload"],
        resources=[bucket.arn_for_objects(key) for key in patterns],
        because=_any_object(patterns),
    )


def may_delete(bucket: s3.IBucket, *patterns: str) -> Permission:
    """Delete the objects whose keys match; in a versioned bucket they can be brought back for a while."""
    return Permission(
        actions=["s3:DeleteObject"],
        resources=[bucket.arn_for_objects(key) for key in patterns],
        because=_any_object(patterns),
    )


def may_list(bucket: s3.IBucket, *prefixes: str) -> Permission:
    """List the keys below the prefixes, and so learn that one is missing."""
    return Permission(
        actions=["s3:ListBucket"],
        resources=[bucket.bucket_arn],
        conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
    )


def _of_key(bucket: s3.IBucket, *actions: str) -> Permission | None:
    return may_use(bucket.encryption_key, *actions, via="s3") if bucket.encryption_key else None


def _any_object(patterns: tuple[str, ...]) -> str:
    named_by_executions = patterns[0].startswith((RUNS, MODELS))
    return EXECUTION_NAME if named_by_executions else "the * stands for a dataset's files, whichever it has"
