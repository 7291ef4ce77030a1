"""AWS::EC2::SecurityGroup, SecurityGroupIngress and SecurityGroupEgress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed
from local_aws.cloudformation.types.ec2_tags import tag, tags_of

_GROUP_GONE = "InvalidGroup.NotFound"
_RULE_GONE = "InvalidPermission.NotFound"
_PORTS = ("IpProtocol", "FromPort", "ToPort")
_SIDES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    side: {
        "CidrIp": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        f"{end}PrefixListId": ("PrefixListIds", "PrefixListId"),
        f"{end}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    for side, end in (("Ingress", "Source"), ("Egress", "Destination"))
}
"""The properties that name a rule's other side, and where they are in the API's IpPermission."""
_EVERYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
"""The egress rule of a group that sets none."""


class SecurityGroup(ResourceType):
    """A group with the rules that stand in it; `Ref` is its id. Rules of their own are let be."""

    type_name = "AWS::EC2::SecurityGroup"
    properties = frozenset(
        {"GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "Tags", "VpcId"}
    )
    required = frozenset({"GroupDescription"})
    required_members: ClassVar[Members] = {f"SecurityGroup{side}[]": frozenset({"IpProtocol"}) for side in _SIDES}
    immutable = frozenset({"GroupDescription", "GroupName", "VpcId"})
    attributes = frozenset({"GroupId", "Id", "VpcId"})

    def create(self, job: Job) -> str:
        about = {"GroupName": job.name("GroupName", limit=255), "Description": job.properties["GroupDescription"]}
        tags = tags_of("security-group", job)
        return str(job.call("ec2", "create_security_group", **about, **job.given("VpcId"), **tags)["GroupId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        """Rules that are gone are taken away before others are added, so that one may follow another."""
        if not before and job.properties.get("SecurityGroupEgress"):
            self._revoke(job, "Egress", [_EVERYTHING])
        for side in _SIDES:
            old, new = (held.get(f"SecurityGroup{side}", []) for held in (before, job.properties))
            self._revoke(job, side, [rule for rule in old if rule not in new])
            for rule in new:
                if rule not in old:
                    _authorize(job, side, job.physical_id, rule)
        if before:
            tag(job, before)

    def delete(self, job: Job) -> None:
        """Fails while a rule names it or an interface has it, as on AWS."""
        job.remove("ec2", "delete_security_group", gone={_GROUP_GONE}, GroupId=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        (group,) = job.call("ec2", "describe_security_groups", GroupIds=[job.physical_id])["SecurityGroups"]
        return {"GroupId": job.physical_id, "Id": job.physical_id, "VpcId": group["VpcId"]}

    @staticmethod
    def _revoke(job: Job, side: str, rules: list[Mapping[str, Any]]) -> None:
        for rule in rules:
            permission = permission_of(side, rule)
            operation = f"revoke_security_group_{side.lower()}"
            job.remove("ec2", operation, gone={_RULE_GONE}, GroupId=job.physical_id, IpPermissions=[permission])


class _Rule(ResourceType):
    """A rule of a group; `Ref` is the rule's id. Its description alone can be changed."""

    side: ClassVar[str]
    required = frozenset({"GroupId", "IpProtocol"})
    attributes = frozenset({"Id"})

    def create(self, job: Job) -> str:
        rule = {name: value for name, value in job.properties.items() if name != "GroupId"}
        return _authorize(job, self.side, job.properties["GroupId"], rule)

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before and changed(job, before, "Description"):
            told = {"SecurityGroupRuleId": job.physical_id, **job.given("Description")}
            operation = f"update_security_group_rule_descriptions_{self.side.lower()}"
            job.call("ec2", operation, **job.given("GroupId"), SecurityGroupRuleDescriptions=[told])

    def delete(self, job: Job) -> None:
        gone = {_GROUP_GONE, _RULE_GONE, "InvalidSecurityGroupRuleId.NotFound"}
        rule = {**job.given("GroupId"), "SecurityGroupRuleIds": [job.physical_id]}
        job.remove("ec2", f"revoke_security_group_{self.side.lower()}", gone=gone, **rule)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Id": job.physical_id}


class SecurityGroupIngress(_Rule):
    """What may come in."""

    type_name = "AWS::EC2::SecurityGroupIngress"
    side = "Ingress"
    properties = frozenset({"Description", "GroupId", *_PORTS, *_SIDES["Ingress"]})
    immutable = properties - {"Description"}


class SecurityGroupEgress(_Rule):
    """What may go out."""

    type_name = "AWS::EC2::SecurityGroupEgress"
    side = "Egress"
    properties = frozenset({"Description", "GroupId", *_PORTS, *_SIDES["Egress"]})
    immutable = properties - {"Description"}


def permission_of(side: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the API's IpPermission. Raises ResourceFailed for one without, or with two, other sides."""
    ends = _SIDES[side]
    if unknown := rule.keys() - ends.keys() - {*_PORTS, "Description"}:
        raise ResourceFailed(f"Property SecurityGroup{side}: {', '.join(sorted(unknown))} is not emulated")
    named = [name for name in ends if rule.get(name)]
    if len(named) != 1:
        raise ResourceFailed(f"Exactly one of {', '.join(ends)} must be specified and not empty")
    where, member = ends[named[0]]
    told = {"Description": rule["Description"]} if "Description" in rule else {}
    return {**{name: rule[name] for name in _PORTS if name in rule}, where: [{member: rule[named[0]], **told}]}


def _authorize(job: Job, side: str, group: str, rule: Mapping[str, Any]) -> str:
    """The id of the rule that was made."""
    operation, permission = f"authorize_security_group_{side.lower()}", permission_of(side, rule)
    (made,) = job.call("ec2", operation, GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    return str(made["SecurityGroupRuleId"])
