"""Buckets and their policies, read back from S3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_server import OPERATOR, LocalAws

BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
FULL = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
    "VersioningConfiguration": {"Status": "Enabled"},
    "PublicAccessBlockConfiguration": dict.fromkeys(BLOCKED, True),
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "access/"},
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "runs",
                "Status": "Enabled",
                "Prefix": "runs/",
                "ExpirationInDays": 30,
                "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": "7"}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 2},
            },
            {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        ]
    },
    "Tags": [{"Key": "project", "Value": "p"}],
}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def test_everything_said_of_a_bucket_holds(deployer: Deployer) -> None:
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Data", "Arn"]}}, "Name": {"Value": {"Ref": "Data"}}}
    name = deployer.create({"Data": bucket(**FULL), "Logs": bucket()}, Outputs=outputs)
    s3, at = deployer.client("s3"), {"Bucket": deployer.outputs(name)["Name"]}
    assert deployer.outputs(name)["Arn"] == f"arn:aws:s3:::{at['Bucket']}"
    encryption = s3.get_bucket_encryption(**at)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(**at)["Status"] == "Enabled"
    assert s3.get_public_access_block(**at)["PublicAccessBlockConfiguration"] == dict.fromkeys(BLOCKED, True)
    assert s3.get_bucket_ownership_controls(**at)["OwnershipControls"] == FULL["OwnershipControls"]
    logging = s3.get_bucket_logging(**at)["LoggingEnabled"]
    assert logging == {"TargetBucket": deployer.physical(name)["Logs"], "TargetPrefix": "access/"}
    runs, uploads = s3.get_bucket_lifecycle_configuration(**at)["Rules"]
    assert (runs["Filter"], runs["Expiration"]) == ({"Prefix": "runs/"}, {"Days": 30})
    assert runs["Transitions"] == [{"Days": 7, "StorageClass": "STANDARD_IA"}]
    assert runs["NoncurrentVersionExpiration"] == {"NoncurrentDays": 2}
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert s3.get_bucket_tagging(**at)["TagSet"] == FULL["Tags"]


def test_what_the_next_template_leaves_out_is_unset(deployer: Deployer) -> None:
    name = deployer.create({"Data": bucket(**FULL), "Logs": bucket()})
    s3, at = deployer.client("s3"), {"Bucket": deployer.physical(name)["Data"]}
    deployer.update(name, {"Data": bucket(Tags=[{"Key": "project", "Value": "q"}]), "Logs": bucket()})
    assert deployer.status(name) == "UPDATE_COMPLETE"
    assert deployer.physical(name)["Data"] == at["Bucket"]
    assert s3.get_bucket_versioning(**at)["Status"] == "Suspended"
    assert s3.get_bucket_tagging(**at)["TagSet"] == [{"Key": "project", "Value": "q"}]
    assert "LoggingEnabled" not in s3.get_bucket_logging(**at)
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(**at)


def test_a_bucket_with_objects_is_not_deleted(deployer: Deployer) -> None:
    name = deployer.create({"Data": bucket()})
    s3, at = deployer.client("s3"), {"Bucket": deployer.physical(name)["Data"]}
    s3.put_object(**at, Key="k", Body=b"")
    deployer.api.delete_stack(StackName=name)
    assert deployer.settled(name)
    assert deployer.status(name) == "DELETE_FAILED"
    assert "not empty" in deployer.reasons(name)["Data"]
    s3.delete_object(**at, Key="k")
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="does not exist"):
        deployer.describe(name)
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(**at)


def test_somebody_else_s_bucket_is_not_taken_over(local_aws: LocalAws) -> None:
    where = {"endpoint_url": local_aws.endpoint_url, "region_name": "us-east-1", **OPERATOR}
    s3, deployer = boto3.client("s3", **where), Deployer(lambda service: boto3.client(service, **where))
    s3.create_bucket(Bucket=(held := deployer.name("b")))
    name = deployer.attempt({"Data": bucket(BucketName=held)})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert deployer.reasons(name)["Data"] == f"{held} already exists"
    deployer.api.delete_stack(StackName=name)
    s3.head_bucket(Bucket=held)


def test_a_policy_is_kept_and_its_denial_locks_nobody_out(deployer: Deployer) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": {"Fn::Sub": "${Data.Arn}/*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": document}}
    name = deployer.create({"Policy": policy, "Data": bucket()})
    s3, at = deployer.client("s3"), {"Bucket": deployer.physical(name)["Data"]}
    kept = json.loads(s3.get_bucket_policy(**at)["Policy"])
    assert kept["Statement"] == [{**statement, "Resource": f"arn:aws:s3:::{at['Bucket']}/*"}]
    s3.put_object(**at, Key="k", Body=b"x")
    assert s3.get_object(**at, Key="k")["Body"].read() == b"x"
    s3.delete_object(**at, Key="k")
    deployer.update(name, {"Data": bucket()})
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(**at)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Expire": 1}]}}, "Rules[0].Expire"),
        ({"LoggingConfiguration": {"TargetObjectKeyFormat": {}}}, "LoggingConfiguration.TargetObjectKeyFormat"),
        ({"AccessControl": "Everyone"}, "AccessControl: 'Everyone'"),
        ({"VersioningConfiguration": {"State": "Enabled"}}, "VersioningConfiguration.State"),
        ({"LifecycleConfiguration": {}}, "#/LifecycleConfiguration: required key [Rules] not found"),
        ({"LoggingConfiguration": "on"}, "#/LoggingConfiguration: expected an object, found 'on'"),
        ({"Tags": [{"Name": "x", "Value": "y"}]}, "Property Tags: expected objects of Key and Value"),
    ],
)
def test_a_member_nobody_knows_fails_the_stack_by_name(
    deployer: Deployer, properties: dict[str, Any], named: str, aws: Callable[[str], Any]
) -> None:
    name = deployer.attempt({"Data": bucket(BucketName=(held := deployer.name("b")), **properties)})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert named in deployer.reasons(name)["Data"]
    with pytest.raises(ClientError, match="404"):
        aws("s3").head_bucket(Bucket=held)
