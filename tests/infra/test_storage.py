"""How the bucket is kept, and what each stage does with it when the stacks go."""

from __future__ import annotations

import pytest

from tests.infra.rendering import Json, resources
from tests.infra.synthesis import Assembly

BUCKET, LOGS = "DatasetsBucket", "DatasetsAccessLogs"


@pytest.fixture
def buckets(storage: Json) -> dict[str, Json]:
    found = resources(storage, "AWS::S3::Bucket")
    assert found.keys() == {BUCKET, LOGS}
    return found


@pytest.mark.parametrize("name", [BUCKET, LOGS])
def test_encrypted_private_and_without_access_lists(buckets: dict[str, Json], name: str) -> None:
    bucket = buckets[name]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("name", [BUCKET, LOGS])
def test_refuses_everyone_without_tls_or_with_an_old_one(storage: Json, name: str) -> None:
    statements = resources(storage, "AWS::S3::BucketPolicy")[f"{name}Policy"]["PolicyDocument"]["Statement"]
    denied = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert [statement["Condition"] for statement in denied] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    ]
    for statement in denied:
        assert statement["Action"] == "s3:*"
        assert statement["Principal"] == {"AWS": "*"}
        everything, objects = statement["Resource"]
        assert objects == f"{everything}/*"
        assert everything.startswith(f"${{{name}")


def test_only_log_delivery_of_this_bucket_may_write_access_logs(storage: Json) -> None:
    statements = resources(storage, "AWS::S3::BucketPolicy")[f"{LOGS}Policy"]["PolicyDocument"]["Statement"]
    (allowed,) = (statement for statement in statements if statement["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": "${AWS::AccountId}"}
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"].startswith(f"${{{BUCKET}")


def test_versioned_and_logged(buckets: dict[str, Json]) -> None:
    assert buckets[BUCKET]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert buckets[BUCKET]["LoggingConfiguration"]["DestinationBucketName"].startswith(f"${{{LOGS}")


@pytest.mark.parametrize(("stage", "days"), [("dev", 30), ("prod", 365)])
def test_only_logs_and_old_versions_expire(assemblies: dict[str, Assembly], stage: str, days: int) -> None:
    buckets = resources(assemblies[stage].template("Storage"), "AWS::S3::Bucket")
    rules = {rule["Id"]: rule for bucket in buckets.values() for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert rules["TierRuns"]["Prefix"] == "runs/"
    assert [way["StorageClass"] for way in rules["TierRuns"]["Transitions"]] == ["INTELLIGENT_TIERING"]
    assert rules["ExpireLogs"]["ExpirationInDays"] == days
    assert rules["ExpireOldVersions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rules["AbortUploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {id_ for id_, rule in rules.items() if "ExpirationInDays" in rule} == {"ExpireLogs"}, (
        "a live endpoint loads its model again"
    )


@pytest.mark.parametrize(("stage", "policy"), [("dev", "Delete"), ("prod", "Retain")])
def test_prod_keeps_data_and_logs_when_its_stacks_go(assemblies: dict[str, Assembly], stage: str, policy: str) -> None:
    deployed = [
        resource
        for stack in ("Storage", "Pipeline")
        for resource in assemblies[stage].template(stack)["Resources"].values()
    ]
    kept = [resource for resource in deployed if resource["Type"] in ("AWS::S3::Bucket", "AWS::Logs::LogGroup")]
    functions = [resource for resource in deployed if resource["Type"] == "AWS::Lambda::Function"]
    assert len(kept) == 2 + len(functions) + 2, "the buckets, each function's log, the machine's and the API's"
    assert {(resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) for resource in kept} == {(policy, policy)}
