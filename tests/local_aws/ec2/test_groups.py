"""Security groups: what a rule may say, what it is told apart by, and which groups stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.ec2.conftest import Net, refused

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def from_group(held: str, **pair: str) -> list[dict[str, Any]]:
    return [{**HTTPS, "UserIdGroupPairs": [{"GroupId": held, **pair}]}]


def from_block(block: str = "10.0.0.0/16", **more: str) -> list[dict[str, Any]]:
    return [{**HTTPS, "IpRanges": [{"CidrIp": block, **more}]}]


def test_a_default_group_stays(net: Net) -> None:
    held = net.default_group()
    said = f'the specified group: "{held}" name: "default" cannot be deleted by a user'
    assert refused(net.ec2.delete_security_group, GroupId=held) == ("CannotDelete", said)


@pytest.mark.parametrize("side", ["ingress", "egress"])
def test_a_group_that_another_s_rule_names_stays(net: Net, side: str) -> None:
    one, other = net.group("one"), net.group("other")
    getattr(net.ec2, f"authorize_security_group_{side}")(GroupId=other, IpPermissions=from_group(one))
    said = f"resource {one} has a dependent object"
    assert refused(net.ec2.delete_security_group, GroupId=one) == ("DependencyViolation", said)
    getattr(net.ec2, f"revoke_security_group_{side}")(GroupId=other, IpPermissions=from_group(one))
    net.ec2.delete_security_group(GroupId=one)


def test_a_group_that_only_names_itself_goes(net: Net) -> None:
    held = net.group()
    net.ec2.authorize_security_group_ingress(GroupId=held, IpPermissions=from_group(held))
    net.ec2.delete_security_group(GroupId=held)
    assert [group["GroupName"] for group in net.of("SecurityGroups")] == ["default"]


def test_rules_are_told_apart_without_their_descriptions(net: Net) -> None:
    one, other = net.group("one"), net.group("other")
    for said, again in ((from_group(other, Description="a"), from_group(other, Description="b")),
                        (from_block(Description="a"), from_block())):  # fmt: skip
        net.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=said)
        code, _ = refused(net.ec2.authorize_security_group_ingress, GroupId=one, IpPermissions=again)
        assert code == "InvalidPermission.Duplicate"
        net.ec2.revoke_security_group_ingress(GroupId=one, IpPermissions=again)
    assert not next(group for group in net.of("SecurityGroups") if group["GroupId"] == one)["IpPermissions"]


def test_a_rule_is_described_by_its_id(net: Net) -> None:
    one, other = net.group("one"), net.group("other")
    made = [
        net.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=given)["SecurityGroupRules"][0]
        for given in (from_group(other, Description="a"), from_block(Description="b"))
    ]
    assert [rule["Description"] for rule in made] == ["a", "b"]
    ids = [rule["SecurityGroupRuleId"] for rule in made]
    told = [{"SecurityGroupRuleId": ids[0], "Description": "c"}, {"SecurityGroupRuleId": ids[1]}]
    net.ec2.update_security_group_rule_descriptions_ingress(GroupId=one, SecurityGroupRuleDescriptions=told)
    rules = net.ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
    assert [rule.get("Description") for rule in rules] == ["c", None]
    (permission,) = next(group for group in net.of("SecurityGroups") if group["GroupId"] == one)["IpPermissions"]
    assert [pair["Description"] for pair in permission["UserIdGroupPairs"]] == ["c"]
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/16"}]


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        ([{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}], "InvalidParameterValue"),
        ([{"FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}], "InvalidParameterValue"),
        (from_block("nonsense"), "InvalidParameterValue"),
        (from_block(Description="it's"), "InvalidParameterValue"),
        (from_block(Description="x" * 256), "InvalidParameterValue"),
        (from_group("sg-00000000"), "InvalidGroup.NotFound"),
    ],
)
def test_rules_that_cannot_be(net: Net, permissions: Any, code: str) -> None:
    held = net.group()
    assert refused(net.ec2.authorize_security_group_egress, GroupId=held, IpPermissions=permissions)[0] == code


def test_a_rule_names_groups_of_its_own_network(net: Net) -> None:
    held, other = net.group(), net.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    foreign = net.ec2.create_security_group(VpcId=other, GroupName="g", Description="d")["GroupId"]
    answer = refused(net.ec2.authorize_security_group_ingress, GroupId=held, IpPermissions=from_group(foreign))
    said = "You have specified two resources that belong to different networks."
    assert answer == ("InvalidGroup.NotFound", said)
    net.ec2.delete_security_group(GroupId=foreign)
    net.ec2.delete_vpc(VpcId=other)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"GroupName": "sg-mine"}, "InvalidParameterValue"),
        ({"Description": "ünder"}, "InvalidParameterValue"),
        ({"GroupName": "default"}, "InvalidGroup.Duplicate"),
        ({"VpcId": "vpc-00000000"}, "InvalidVpcID.NotFound"),
    ],
)
def test_groups_that_cannot_be(net: Net, arguments: dict[str, Any], code: str) -> None:
    wanted = {"VpcId": net.id, "GroupName": "g", "Description": "d", **arguments}
    assert refused(net.ec2.create_security_group, **wanted)[0] == code
