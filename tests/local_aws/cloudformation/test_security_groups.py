"""Security groups of stacks and their rules, those that stand in them and those of their own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.following import Properties, follow, tags

TYPE = "AWS::EC2::SecurityGroup"
RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def group(vpc: str, **properties: Any) -> Properties:
    return {"Type": TYPE, "Properties": {"GroupDescription": "d", "VpcId": vpc, **properties}}


def rule(side: str, **properties: Any) -> Properties:
    given = {"GroupId": {"Fn::GetAtt": ["A", "GroupId"]}, **RULE, **properties}
    return {"Type": f"AWS::EC2::SecurityGroup{side}", "Properties": given}


def rules(ec2: Any, held: str) -> list[dict[str, Any]]:
    """Each rule of a group, as a template writes it, and whether it is for what goes out."""
    told = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [held]}])["SecurityGroupRules"]
    return [_written(each) for each in told]


def _written(told: dict[str, Any]) -> dict[str, Any]:
    end = "Destination" if told["IsEgress"] else "Source"
    ports = {} if told["IpProtocol"] == "-1" else {name: told[name] for name in ("FromPort", "ToPort")}
    named = {
        "CidrIp": told.get("CidrIpv4"),
        "CidrIpv6": told.get("CidrIpv6"),
        f"{end}SecurityGroupId": told.get("ReferencedGroupInfo", {}).get("GroupId"),
        f"{end}PrefixListId": told.get("PrefixListId"),
        "Description": told.get("Description"),
    }
    sides = {name: value for name, value in named.items() if value}
    return {"IsEgress": told["IsEgress"], "IpProtocol": told["IpProtocol"], **ports, **sides}


def test_groups(vpc: str, deployer: Deployer) -> None:
    ec2 = deployer.client("ec2")

    def read(held: str) -> Properties:
        (told,) = ec2.describe_security_groups(GroupIds=[held])["SecurityGroups"]
        sides: dict[bool, list[Any]] = {True: [], False: []}
        for each in rules(ec2, held):
            sides[each.pop("IsEgress")].append(each)
        return {"SecurityGroupEgress": sides[True], "SecurityGroupIngress": sides[False], "Tags": told["Tags"]}

    follow(
        deployer,
        TYPE,
        read,
        required={"GroupDescription": "Of tests", "VpcId": vpc},
        first={
            "SecurityGroupEgress": [{**RULE, "CidrIp": "10.8.0.0/16", "Description": "a"}],
            "SecurityGroupIngress": [
                {**RULE, "CidrIp": "10.8.0.0/16", "Description": "said"},
                {**RULE, "CidrIpv6": "fd00::/8"},
                {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"},
            ],
            "Tags": tags("a=1", "b=2"),
        },
        second={
            "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
            "SecurityGroupIngress": [
                {**RULE, "CidrIpv6": "fd00::/8"},
                {**RULE, "CidrIp": "10.8.0.0/16", "Description": "another"},
            ],
            "Tags": tags("b=3"),
        },
        # What may go out is not let out again by itself.
        left={"SecurityGroupEgress": []},
    )


def test_a_group_that_says_nothing_of_what_goes_out_lets_all_out(vpc: str, deployer: Deployer) -> None:
    outputs = {name: {"Value": {"Fn::GetAtt": ["A", name]}} for name in ("GroupId", "Id", "VpcId")}
    name = deployer.create({"A": group(vpc)}, Outputs=outputs)
    held = deployer.physical(name)["A"]
    assert rules(deployer.client("ec2"), held) == [{"IsEgress": True, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
    assert deployer.outputs(name) == {"GroupId": held, "Id": held, "VpcId": vpc}


def test_another_description_takes_another_group(vpc: str, deployer: Deployer) -> None:
    name = deployer.create({"A": group(vpc)})
    before = deployer.physical(name)["A"]
    deployer.update(name, {"A": group(vpc, GroupDescription="e")})
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    assert deployer.physical(name)["A"] != before
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        deployer.client("ec2").describe_security_groups(GroupIds=[before])


def test_groups_that_name_each_other_by_rules_of_their_own(vpc: str, deployer: Deployer) -> None:
    other = {"Fn::GetAtt": ["B", "GroupId"]}
    resources = {
        "A": group(vpc, SecurityGroupEgress=[{**RULE, "CidrIp": "10.8.0.0/16"}]),
        "B": group(vpc, SecurityGroupIngress=[{**RULE, "CidrIp": "10.8.0.0/16"}]),
        "Out": rule("Egress", DestinationSecurityGroupId=other, Description="to B"),
        "In": rule("Ingress", GroupId=other, SourceSecurityGroupId={"Ref": "A"}, Description="from A"),
        "Within": rule("Ingress", SourceSecurityGroupId={"Ref": "A"}),
    }
    name = deployer.create(resources, Outputs={"Id": {"Value": {"Fn::GetAtt": ["In", "Id"]}}})
    made, ec2 = deployer.physical(name), deployer.client("ec2")
    assert deployer.outputs(name)["Id"] == made["In"]
    out = {"IsEgress": True, **RULE}
    assert rules(ec2, made["A"]) == [
        {**out, "CidrIp": "10.8.0.0/16"},
        {**out, "DestinationSecurityGroupId": made["B"], "Description": "to B"},
        {"IsEgress": False, **RULE, "SourceSecurityGroupId": made["A"]},
    ]
    resources["Out"] = rule("Egress", DestinationSecurityGroupId=other, Description="changed")
    resources["In"] = rule("Ingress", GroupId=other, SourceSecurityGroupId={"Ref": "A"})
    resources["A"] = group(vpc, SecurityGroupEgress=[{**RULE, "CidrIp": "10.8.1.0/24"}])
    deployer.update(name, resources)
    assert deployer.physical(name) == made
    assert rules(ec2, made["B"])[-1] == {"IsEgress": False, **RULE, "SourceSecurityGroupId": made["A"]}
    assert {**out, "DestinationSecurityGroupId": made["B"], "Description": "changed"} in rules(ec2, made["A"])
    assert {**out, "CidrIp": "10.8.1.0/24"} in rules(ec2, made["A"])
    resources["Within"] = rule("Ingress", SourceSecurityGroupId={"Ref": "A"}, ToPort=444)
    deployer.update(name, resources)
    assert deployer.physical(name)["Within"] != made["Within"]
    assert rules(ec2, made["A"])[-1]["ToPort"] == 444
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.describe_security_groups(GroupIds=[made["A"]])


def test_a_prefix_list_as_the_other_side(vpc: str, deployer: Deployer) -> None:
    named = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-1.s3"]}]
    ec2 = deployer.client("ec2")
    (found,) = ec2.describe_managed_prefix_lists(Filters=named)["PrefixLists"]
    resources = {"A": group(vpc), "R": rule("Egress", DestinationPrefixListId=found["PrefixListId"], Description="S3")}
    name = deployer.create(resources)
    told = rules(ec2, deployer.physical(name)["A"])[-1]
    assert (told["DestinationPrefixListId"], told["Description"]) == (found["PrefixListId"], "S3")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**RULE}, "Exactly one of CidrIp, CidrIpv6, SourcePrefixListId, SourceSecurityGroupId"),
        ({**RULE, "CidrIp": "10.0.0.0/8", "CidrIpv6": "::/0"}, "Exactly one of"),
        ({**RULE, "CidrIp": "10.0.0.0/8", "SourceSecurityGroupName": "g"}, "SourceSecurityGroupName is not emulated"),
        ({"CidrIp": "10.0.0.0/8"}, "required key [IpProtocol] not found"),
        ({"IpProtocol": "tcp", "FromPort": 1, "CidrIp": "10.0.0.0/8"}, "Must specify both from and to ports"),
        ({**RULE, "CidrIp": "10.0.0.0/8", "Description": "it's"}, "Invalid rule description"),
        ({**RULE, "SourceSecurityGroupId": "sg-00000000"}, "sg-00000000"),
    ],
)
def test_a_rule_that_cannot_be_fails_its_group(vpc: str, deployer: Deployer, given: Properties, said: str) -> None:
    name = deployer.attempt({"A": group(vpc, SecurityGroupIngress=[given])})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert said in deployer.reasons(name)["A"]


def test_an_update_that_fails_takes_the_rules_back(vpc: str, deployer: Deployer) -> None:
    old = {**RULE, "CidrIp": "10.8.0.0/16", "Description": "old"}
    name = deployer.create({"A": group(vpc, SecurityGroupIngress=[old])})
    ec2, held = deployer.client("ec2"), deployer.physical(name)["A"]
    before = rules(ec2, held)
    new = [{**RULE, "CidrIp": "10.8.1.0/24"}, {**RULE, "CidrIp": "nonsense"}]
    deployer.update(name, {"A": group(vpc, SecurityGroupIngress=new)})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert rules(ec2, held) == before
