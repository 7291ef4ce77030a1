"""STS, IAM and KMS: their pages in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from moto.kms.models import kms_backends

from local_aws.iam.context import Context
from local_aws.iam.roles import find_named
from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, on, same


def _assuming(call: Call) -> Iterator[Check]:
    given = {
        "sts:ExternalId": call.get("ExternalId"),
        "sts:RoleSessionName": call.get("RoleSessionName"),
        "sts:SourceIdentity": call.get("SourceIdentity"),
    }
    context = Context.of({key: value for key, value in given.items() if value})
    role = call.get("RoleArn") or "*"
    yield Check("sts:AssumeRole", role, context)
    if call.get("Tags"):
        yield Check("sts:TagSession", role, context)


# GetCallerIdentity needs no permission, and an explicit Deny does not stop it (STS API reference).
STS = Service(prefix="sts", models=("sts",), operations={"AssumeRole": _assuming, "GetCallerIdentity": lambda call: ()})


def _role(call: Call) -> Iterator[Check]:
    """Roles by name: a role that exists is asked about with its path."""
    name = call.get("RoleName")
    role = find_named(call.account, call.region, name)
    path = role.path if role else call.get("Path") or "/"
    arn = f"arn:{call.partition}:iam::{call.account}:role{path}{name}"
    yield Check(f"iam:{call.operation}", arn if name else "*")


def _policy(call: Call) -> Iterator[Check]:
    path = call.get("Path") or "/"
    yield Check("iam:CreatePolicy", f"arn:{call.partition}:iam::{call.account}:policy{path}{call.get('PolicyName')}")


def _named(kind: str, parameter: str) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        yield Check(f"iam:{call.operation}", f"arn:{call.partition}:iam::{call.account}:{kind}/{call.get(parameter)}")

    return rule


def _policy_calls(kind: str) -> list[str]:
    return [f"{verb}{kind}Policy" for verb in ("Attach", "Delete", "Detach", "Put")]


IAM = Service(
    prefix="iam",
    models=("iam",),
    operations={
        **same(
            _role,
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "ListRoleTags",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        ),
        **same(_named("user", "UserName"), *_policy_calls("User")),
        **same(_named("group", "GroupName"), *_policy_calls("Group")),
        "CreatePolicy": _policy,
        **same(
            on("{PolicyArn}"),
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "GetPolicy",
            "GetPolicyVersion",
            "ListPolicyVersions",
        ),
        **same(anywhere, "ListRoles", "ListPolicies"),
    },
)


def _key(call: Call) -> Iterator[Check]:
    """Aliases are asked about as the key they stand for."""
    given = call.get("KeyId")
    key = given if not given or ":key/" in given else call.arn(f"key/{_key_id(call, given)}")
    yield Check(f"kms:{call.operation}", key or "*")


def _key_id(call: Call, given: str) -> str:
    kms = kms_backends[call.account][call.region]
    alias = kms.get_alias_name(given)
    return str(kms.get_key_id_from_alias(alias) or alias).rpartition("key/")[2]


def _alias(call: Call) -> Iterator[Check]:
    yield Check(f"kms:{call.operation}", call.arn(str(call.get("AliasName"))))
    target = call.get("TargetKeyId")
    if target:
        yield Check(f"kms:{call.operation}", target if ":key/" in target else call.arn(f"key/{target}"))


KMS = Service(
    prefix="kms",
    models=("kms",),
    operations={
        **same(
            _key,
            "Decrypt",
            "DisableKeyRotation",
            "EnableKeyRotation",
            "Encrypt",
            "DescribeKey",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "GetPublicKey",
            "ListResourceTags",
            "PutKeyPolicy",
            "ScheduleKeyDeletion",
            "Sign",
            "TagResource",
            "UntagResource",
            "UpdateKeyDescription",
            "Verify",
        ),
        **same(_alias, "CreateAlias", "DeleteAlias", "UpdateAlias"),
        **same(anywhere, "ListKeys", "ListAliases", "CreateKey", "GenerateRandom"),
    },
)
