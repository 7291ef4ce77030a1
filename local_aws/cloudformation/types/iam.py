"""AWS::IAM::*: roles and policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_list

_T = TypeVar("_T")
_GONE = {"NoSuchEntity"}
_PRINCIPALS = {"Roles": ("role", "RoleName"), "Users": ("user", "UserName"), "Groups": ("group", "GroupName")}


class Role(ResourceType):
    """A role with its inline and managed policies; `Ref` is its name."""

    type_name = "AWS::IAM::Role"
    properties = frozenset(
        {
            "RoleName",
            "AssumeRolePolicyDocument",
            "Path",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
            "ManagedPolicyArns",
            "Policies",
            "Tags",
        }
    )
    required = frozenset({"AssumeRolePolicyDocument"})
    required_members: ClassVar[Members] = {"Policies[]": frozenset({"PolicyName", "PolicyDocument"})}
    immutable = frozenset({"RoleName", "Path"})
    attributes = frozenset({"Arn", "RoleId"})

    def create(self, job: Job) -> str:
        name = job.name("RoleName", limit=64)
        job.call(
            "iam",
            "create_role",
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(job.properties["AssumeRolePolicyDocument"]),
            Tags=tag_list(job.properties.get("Tags", [])),
            **job.given("Path", "Description", "MaxSessionDuration", "PermissionsBoundary"),
        )
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        role = {"RoleName": job.physical_id}
        old, new = before.get("ManagedPolicyArns", []), job.properties.get("ManagedPolicyArns", [])
        for arn in _only_in(new, old):
            job.call("iam", "attach_role_policy", **role, PolicyArn=arn)
        for arn in _only_in(old, new):
            job.remove("iam", "detach_role_policy", gone=_GONE, **role, PolicyArn=arn)
        inline, stale = _documents(job.properties), _documents(before)
        for name, document in inline.items():
            if stale.get(name) != document:
                job.call("iam", "put_role_policy", **role, PolicyName=name, PolicyDocument=document)
        for name in _only_in(stale, inline):
            job.remove("iam", "delete_role_policy", gone=_GONE, **role, PolicyName=name)
        if before:
            self._settings(job, before, role)

    def delete(self, job: Job) -> None:
        role = {"RoleName": job.physical_id}
        for arn in job.properties.get("ManagedPolicyArns", []):
            job.remove("iam", "detach_role_policy", gone=_GONE, **role, PolicyArn=arn)
        for name in _documents(job.properties):
            job.remove("iam", "delete_role_policy", gone=_GONE, **role, PolicyName=name)
        job.remove("iam", "delete_role", gone=_GONE, **role)

    def describe(self, job: Job) -> dict[str, str]:
        role = job.call("iam", "get_role", RoleName=job.physical_id)["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def _settings(self, job: Job, before: Mapping[str, Any], role: Mapping[str, str]) -> None:
        if changed(job, before, "AssumeRolePolicyDocument"):
            document = json.dumps(job.properties["AssumeRolePolicyDocument"])
            job.call("iam", "update_assume_role_policy", **role, PolicyDocument=document)
        if changed(job, before, "Description", "MaxSessionDuration"):
            settings = {"Description": "", "MaxSessionDuration": 3600}
            job.call("iam", "update_role", **role, **(settings | job.given(*settings)))
        if changed(job, before, "PermissionsBoundary"):
            boundary = job.given("PermissionsBoundary")
            verb = "put" if boundary else "delete"
            job.call("iam", f"{verb}_role_permissions_boundary", **role, **boundary)
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("iam", "tag_role", **role, Tags=tag_list(tags))
        if removed:
            job.call("iam", "untag_role", **role, TagKeys=removed)


class Policy(ResourceType):
    """An inline policy put on roles, users and groups; `Ref` is its name."""

    type_name = "AWS::IAM::Policy"
    properties = frozenset({"PolicyName", "PolicyDocument", *_PRINCIPALS})
    required = frozenset({"PolicyName", "PolicyDocument"})
    immutable = frozenset({"PolicyName"})

    def create(self, job: Job) -> str:
        return str(job.properties["PolicyName"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        document = json.dumps(job.properties["PolicyDocument"])
        for kind, key, name in _principals(job.properties):
            of = {key: name, "PolicyName": job.physical_id}
            job.call("iam", f"put_{kind}_policy", **of, PolicyDocument=document)
        for kind, key, name in _only_in(_principals(before), _principals(job.properties)):
            of = {key: name, "PolicyName": job.physical_id}
            job.remove("iam", f"delete_{kind}_policy", gone=_GONE, **of)

    def delete(self, job: Job) -> None:
        for kind, key, name in _principals(job.properties):
            of = {key: name, "PolicyName": job.physical_id}
            job.remove("iam", f"delete_{kind}_policy", gone=_GONE, **of)


class ManagedPolicy(ResourceType):
    """A customer managed policy and whom it is attached to; `Ref` is its ARN."""

    type_name = "AWS::IAM::ManagedPolicy"
    properties = frozenset({"ManagedPolicyName", "PolicyDocument", "Description", "Path", *_PRINCIPALS})
    required = frozenset({"PolicyDocument"})
    immutable = frozenset({"ManagedPolicyName", "Description", "Path"})
    attributes = frozenset({"PolicyArn"})

    def create(self, job: Job) -> str:
        answer = job.call(
            "iam",
            "create_policy",
            PolicyName=job.name("ManagedPolicyName", limit=128),
            PolicyDocument=json.dumps(job.properties["PolicyDocument"]),
            **job.given("Description", "Path"),
        )
        return str(answer["Policy"]["Arn"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before and changed(job, before, "PolicyDocument"):
            self._new_version(job)
        old, new = _principals(before), _principals(job.properties)
        for kind, key, name in _only_in(new, old):
            job.call("iam", f"attach_{kind}_policy", **{key: name}, PolicyArn=job.physical_id)
        for kind, key, name in _only_in(old, new):
            job.remove("iam", f"detach_{kind}_policy", gone=_GONE, **{key: name}, PolicyArn=job.physical_id)

    def delete(self, job: Job) -> None:
        for kind, key, name in _principals(job.properties):
            job.remove("iam", f"detach_{kind}_policy", gone=_GONE, **{key: name}, PolicyArn=job.physical_id)
        self._drop_old_versions(job)
        job.remove("iam", "delete_policy", gone=_GONE, PolicyArn=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"PolicyArn": job.physical_id}

    def _new_version(self, job: Job) -> None:
        document = json.dumps(job.properties["PolicyDocument"])
        of = {"PolicyArn": job.physical_id}
        job.call("iam", "create_policy_version", **of, PolicyDocument=document, SetAsDefault=True)
        self._drop_old_versions(job)

    def _drop_old_versions(self, job: Job) -> None:
        """IAM keeps at most five versions, and a policy with more than its default cannot be deleted."""
        of = {"PolicyArn": job.physical_id}
        for version in job.call("iam", "list_policy_versions", **of)["Versions"]:
            if not version["IsDefaultVersion"]:
                job.call("iam", "delete_policy_version", **of, VersionId=version["VersionId"])


def _documents(properties: Mapping[str, Any]) -> dict[str, str]:
    return {policy["PolicyName"]: json.dumps(policy["PolicyDocument"]) for policy in properties.get("Policies", [])}


def _principals(properties: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(API noun, name of its argument, principal) of everyone the policy is for."""
    return [(kind, key, name) for field, (kind, key) in _PRINCIPALS.items() for name in properties.get(field, [])]


def _only_in(left: Iterable[_T], right: Iterable[_T]) -> list[_T]:
    unwanted = set(right)
    return [item for item in left if item not in unwanted]
