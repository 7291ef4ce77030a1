"""Every property of stores, keys, logs and roles that can change in place: set, changed and taken out again."""

from __future__ import annotations

import ast
import json
import uuid
from datetime import UTC, datetime, timedelta

from tests.local_aws.cloudformation.conftest import Deployer, trusting
from tests.local_aws.cloudformation.following import Properties, follow, statement, tags, told, unless

ACCOUNT = "arn:aws:iam::123456789012"


def test_image_repositories(deployer: Deployer) -> None:
    def properties(mutability: str, count: int, *pairs: str) -> Properties:
        selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": count}
        rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
        return {
            "ImageTagMutability": mutability,
            "ImageScanningConfiguration": {"ScanOnPush": count == 2},
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})},
            "RepositoryPolicyText": statement(Sid=f"s{count}", Principal="*", Action="ecr:BatchGetImage"),
            "Tags": tags(*pairs),
        }

    def read(held: str) -> Properties:
        (described,) = ecr.describe_repositories(repositoryNames=[held])["repositories"]
        lifecycle = unless(ecr.get_lifecycle_policy, repositoryName=held).get("lifecyclePolicyText")
        policy = unless(ecr.get_repository_policy, repositoryName=held).get("policyText")
        return {
            "ImageTagMutability": described["imageTagMutability"],
            "ImageScanningConfiguration": told(described["imageScanningConfiguration"]),
            "LifecyclePolicy": lifecycle and {"LifecyclePolicyText": json.dumps(json.loads(lifecycle))},
            "RepositoryPolicyText": policy and json.loads(policy),
            "Tags": ecr.list_tags_for_resource(resourceArn=described["repositoryArn"])["tags"],
        }

    ecr = deployer.client("ecr")
    follow(
        deployer,
        "AWS::ECR::Repository",
        read,
        first=properties("MUTABLE", 1, "k=v", "old=v"),
        second=properties("IMMUTABLE", 2, "k=w"),
        elsewhere=frozenset({"EmptyOnDelete"}),
    )


def test_a_repository_is_emptied_where_the_template_says_so(deployer: Deployer) -> None:
    def repository(properties: Properties) -> Properties:
        return {"R": {"Type": "AWS::ECR::Repository", "Properties": properties}}

    def deployed(before: Properties, after: Properties) -> str:
        name = deployer.create(repository(before))
        manifest = json.dumps({"mediaType": "application/vnd.oci.image.manifest.v1+json"})
        ecr.put_image(repositoryName=deployer.physical(name)["R"], imageManifest=manifest, imageTag="t")
        deployer.update(name, repository(after))
        stack = str(deployer.describe(name)["StackId"])
        deployer.api.delete_stack(StackName=name)
        return deployer.status(deployer.settled(stack))

    ecr = deployer.client("ecr")
    assert deployed({}, {"EmptyOnDelete": True}) == "DELETE_COMPLETE"
    assert deployed({"EmptyOnDelete": True}, {"ImageTagMutability": "MUTABLE"}) == "DELETE_FAILED"


def test_keys(deployer: Deployer) -> None:
    def properties(number: int, *pairs: str) -> Properties:
        return {
            "KeyPolicy": statement(
                Sid=f"s{number}", Principal={"AWS": f"{ACCOUNT}:root"}, Action="kms:*", Resource="*"
            ),
            "Description": f"key {number}",
            "EnableKeyRotation": number == 2,
            "Tags": tags(*pairs),
        }

    def read(held: str) -> Properties:
        found = kms.list_resource_tags(KeyId=held)["Tags"]
        return {
            "KeyPolicy": json.loads(kms.get_key_policy(KeyId=held, PolicyName="default")["Policy"]),
            "Description": kms.describe_key(KeyId=held)["KeyMetadata"]["Description"],
            "EnableKeyRotation": kms.get_key_rotation_status(KeyId=held)["KeyRotationEnabled"],
            "Tags": [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in found],
        }

    kms = deployer.client("kms")
    first, second = properties(1, "k=v", "old=v"), properties(2, "k=w")
    follow(deployer, "AWS::KMS::Key", read, first=first, second=second, elsewhere=frozenset({"PendingWindowInDays"}))


def test_a_key_waits_for_its_deletion_as_long_as_the_template_says(deployer: Deployer) -> None:
    def days(*settings: Properties) -> float:
        name = ""
        for setting in settings:
            resource = {"R": {"Type": "AWS::KMS::Key", "Properties": setting}}
            name = deployer.update(name, resource) if name else deployer.create(resource)
        key = deployer.physical(name)["R"]
        deployer.api.delete_stack(StackName=name)
        left = kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] - datetime.now(UTC)
        return float(round(left / timedelta(days=1)))

    kms = deployer.client("kms")
    assert days({"PendingWindowInDays": 7}) == 7
    assert days({"PendingWindowInDays": 7}, {"PendingWindowInDays": 9}) == 9
    assert days({"PendingWindowInDays": 7}, {"Description": "d"}) == 30


def test_ssm_parameters(deployer: Deployer) -> None:
    def properties(number: int, *pairs: str) -> Properties:
        expiry = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": f"203{number}-01-01T00:00:00Z"}}
        return {
            "Description": f"parameter {number}",
            "AllowedPattern": f"v{{{number}}}|v",
            "DataType": "text" if number == 1 else "aws:ec2:image",
            "Policies": json.dumps([expiry]),
            "Tier": "Standard" if number == 1 else "Advanced",
            "Tags": tags(*pairs),
        }

    def read(held: str) -> Properties:
        chosen = [{"Key": "Name", "Values": [held]}]
        (described,) = ssm.describe_parameters(ParameterFilters=chosen)["Parameters"]
        # The service (moto) writes a policy as Python does.
        policies = [ast.literal_eval(policy["PolicyText"]) for policy in described.get("Policies", [])]
        return {
            "Description": described.get("Description"),
            "AllowedPattern": described.get("AllowedPattern"),
            "DataType": described["DataType"],
            "Policies": json.dumps(policies),
            "Tier": described["Tier"],
            "Tags": ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=held)["TagList"],
        }

    ssm = deployer.client("ssm")
    follow(
        deployer,
        "AWS::SSM::Parameter",
        read,
        first=properties(1, "k=v", "old=v"),
        second=properties(2, "k=w"),
        required={"Type": "String", "Value": "v"},
        left={"Tier": "Advanced"},
    )


def test_log_groups(deployer: Deployer) -> None:
    def read(held: str) -> Properties:
        (described,) = logs.describe_log_groups(logGroupNamePrefix=held)["logGroups"]
        found = logs.list_tags_for_resource(resourceArn=described["arn"].removesuffix(":*"))["tags"]
        return {
            "RetentionInDays": described.get("retentionInDays"),
            "KmsKeyId": described.get("kmsKeyId"),
            "Tags": tags(*(f"{key}={value}" for key, value in found.items())),
        }

    logs = deployer.client("logs")
    first = {"RetentionInDays": 7, "KmsKeyId": _key(1), "Tags": tags("k=v", "old=v")}
    second = {"RetentionInDays": 14, "KmsKeyId": _key(2), "Tags": tags("k=w")}
    follow(deployer, "AWS::Logs::LogGroup", read, first=first, second=second)


def _key(number: int) -> str:
    return f"arn:aws:kms:eu-central-1:123456789012:key/{uuid.UUID(int=number)}"


def test_roles(deployer: Deployer) -> None:
    def properties(number: int, policy: str, *pairs: str) -> Properties:
        arn = f"arn:aws:iam::aws:policy/{policy}"
        document = statement(Action=f"s3:{policy}", Resource="*")
        return {
            "Description": f"role {number}",
            "MaxSessionDuration": 3600 * (number + 1),
            "PermissionsBoundary": arn,
            "ManagedPolicyArns": [arn],
            "Policies": [{"PolicyName": f"p{number}", "PolicyDocument": document}],
            "Tags": tags(*pairs),
        }

    def read(held: str) -> Properties:
        at = {"RoleName": held}
        role = iam.get_role(**at)["Role"]
        inline = iam.list_role_policies(**at)["PolicyNames"]
        documents = {name: iam.get_role_policy(**at, PolicyName=name)["PolicyDocument"] for name in inline}
        attached = iam.list_attached_role_policies(**at)["AttachedPolicies"]
        return {
            "Description": role.get("Description") or None,
            "MaxSessionDuration": role["MaxSessionDuration"],
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "Policies": [{"PolicyName": name, "PolicyDocument": found} for name, found in documents.items()],
            "Tags": role.get("Tags", []),
        }

    iam = deployer.client("iam")
    follow(
        deployer,
        "AWS::IAM::Role",
        read,
        first=properties(1, "ReadOnlyAccess", "k=v", "old=v"),
        second=properties(2, "AmazonS3ReadOnlyAccess", "k=w"),
        required={"AssumeRolePolicyDocument": trusting("lambda")},
    )
