"""Parameters, image repositories and keys: the rest of what the CDK's bootstrap stack holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer


def test_ssm_parameters(deployer: Deployer) -> None:
    def parameter(**properties: Any) -> dict[str, Any]:
        settings = {"Name": held, "Type": "String", **properties}
        return {"P": {"Type": "AWS::SSM::Parameter", "Properties": settings}}

    held = f"/{deployer.name('p')}"
    name = deployer.create(parameter(Value="one", Description="d", Tags={"k": "v", "old": "v"}))
    ssm = deployer.client("ssm")
    assert deployer.physical(name)["P"] == held
    assert ssm.get_parameter(Name=held)["Parameter"]["Value"] == "one"
    deployer.update(name, parameter(Value="two", Tags={"k": "w"}))
    assert ssm.get_parameter(Name=held)["Parameter"]["Value"] == "two"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=held)["TagList"]
    assert tags == [{"Key": "k", "Value": "w"}]
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name=held)


def test_image_repositories(deployer: Deployer) -> None:
    rule = {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan",
            "countNumber": 1}, "action": {"type": "expire"}}  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Allow", "Principal": "*",
              "Action": "ecr:BatchGetImage"}]}  # fmt: skip
    properties = {
        "ImageTagMutability": "IMMUTABLE",
        "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})},
        "RepositoryPolicyText": policy,
    }
    repository = {"Type": "AWS::ECR::Repository", "Properties": properties}
    outputs = {"Uri": {"Value": {"Fn::GetAtt": ["R", "RepositoryUri"]}}}
    name = deployer.create({"R": repository}, Outputs=outputs)
    ecr, held = deployer.client("ecr"), deployer.physical(name)["R"]
    (described,) = ecr.describe_repositories(repositoryNames=[held])["repositories"]
    assert (described["imageTagMutability"], described["repositoryUri"]) == ("IMMUTABLE", deployer.outputs(name)["Uri"])
    assert json.loads(ecr.get_repository_policy(repositoryName=held)["policyText"]) == policy
    kept = json.loads(ecr.get_lifecycle_policy(repositoryName=held)["lifecyclePolicyText"])
    assert kept["rules"][0]["rulePriority"] == 1
    deployer.update(name, {"R": {**repository, "Properties": {"ImageTagMutability": "MUTABLE"}}})
    (described,) = ecr.describe_repositories(repositoryNames=[held])["repositories"]
    assert described["imageTagMutability"] == "MUTABLE"
    with pytest.raises(ClientError, match="LifecyclePolicyNotFound"):
        ecr.get_lifecycle_policy(repositoryName=held)


def test_keys_and_their_aliases(deployer: Deployer) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    key = {"KeyPolicy": policy, "EnableKeyRotation": "true", "Description": "d", "PendingWindowInDays": 7}
    alias = f"alias/{deployer.name('k')}"
    parts = {
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": alias, "TargetKeyId": {"Ref": "Key"}}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": key},
    }
    name = deployer.create(parts)
    kms, made = deployer.client("kms"), deployer.physical(name)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == made["Key"]
    assert kms.get_key_rotation_status(KeyId=made["Key"])["KeyRotationEnabled"] is True
    assert json.loads(kms.get_key_policy(KeyId=made["Key"], PolicyName="default")["Policy"]) == policy
    deployer.api.delete_stack(StackName=name)
    assert kms.describe_key(KeyId=made["Key"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_cdk_metadata_makes_nothing(deployer: Deployer) -> None:
    name = deployer.create({"M": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:H4s"}}})
    assert deployer.status(name) == "CREATE_COMPLETE"
