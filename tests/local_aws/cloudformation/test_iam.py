"""Roles and policies, read back from IAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer, template

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
Trust = Callable[[str], dict[str, Any]]


def allow(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def inline(name: str, action: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": allow(action)}


def role(trust: Trust, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust("lambda"), **properties}}


def test_everything_said_of_a_role_holds_and_follows_the_template(deployer: Deployer, trust: Trust) -> None:
    first = role(
        trust,
        Path="/service/",
        Description="d",
        MaxSessionDuration="7200",
        ManagedPolicyArns=[BASIC],
        Policies=[inline("a", "s3:GetObject"), inline("b", "s3:PutObject")],
        Tags=[{"Key": "k", "Value": "v"}, {"Key": "old", "Value": "v"}],
    )
    name = deployer.create({"Role": first}, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}})
    iam, at = deployer.client("iam"), {"RoleName": deployer.physical(name)["Role"]}
    made = iam.get_role(**at)["Role"]
    assert deployer.outputs(name)["Arn"] == made["Arn"] == f"arn:aws:iam::123456789012:role/service/{at['RoleName']}"
    assert (made["Description"], made["MaxSessionDuration"]) == ("d", 7200)
    assert made["AssumeRolePolicyDocument"] == trust("lambda")
    assert made["Tags"] == [{"Key": "k", "Value": "v"}, {"Key": "old", "Value": "v"}]
    assert attached(iam, at) == {BASIC}
    assert iam.get_role_policy(**at, PolicyName="a")["PolicyDocument"] == allow("s3:GetObject")

    second = role(
        trust,
        Path="/service/",
        AssumeRolePolicyDocument=trust("states"),
        ManagedPolicyArns=[READ],
        Policies=[inline("b", "s3:DeleteObject")],
        Tags=[{"Key": "k", "Value": "w"}],
    )
    deployer.update(name, {"Role": second})
    made = iam.get_role(**at)["Role"]
    assert made["AssumeRolePolicyDocument"] == trust("states")
    assert (made["MaxSessionDuration"], made["Tags"]) == (3600, [{"Key": "k", "Value": "w"}])
    assert attached(iam, at) == {READ}
    assert iam.list_role_policies(**at)["PolicyNames"] == ["b"]
    assert iam.get_role_policy(**at, PolicyName="b")["PolicyDocument"] == allow("s3:DeleteObject")


def attached(iam: Any, at: dict[str, str]) -> set[str]:
    return {policy["PolicyArn"] for policy in iam.list_attached_role_policies(**at)["AttachedPolicies"]}


def test_policies_come_and_go_with_their_roles(deployer: Deployer, trust: Trust) -> None:
    roles = {"One": role(trust), "Two": role(trust)}
    own = {"PolicyName": "own", "PolicyDocument": allow("sns:Publish"), "Roles": [{"Ref": "One"}]}
    shared = {"PolicyDocument": allow("sqs:SendMessage"), "Roles": [{"Ref": "One"}, {"Ref": "Two"}]}
    policies = {
        "Own": {"Type": "AWS::IAM::Policy", "Properties": own},
        "Shared": {"Type": "AWS::IAM::ManagedPolicy", "Properties": shared},
    }
    name = deployer.create(policies | roles)
    iam, made = deployer.client("iam"), deployer.physical(name)
    one, two = {"RoleName": made["One"]}, {"RoleName": made["Two"]}
    assert iam.get_role_policy(**one, PolicyName="own")["PolicyDocument"] == allow("sns:Publish")
    assert attached(iam, one) == attached(iam, two) == {made["Shared"]}

    policies["Own"]["Properties"] = {**own, "Roles": [{"Ref": "Two"}]}
    policies["Shared"]["Properties"] = {**shared, "PolicyDocument": allow("sqs:*"), "Roles": [{"Ref": "One"}]}
    deployer.update(name, policies | roles)
    assert iam.list_role_policies(**one)["PolicyNames"] == []
    assert iam.list_role_policies(**two)["PolicyNames"] == ["own"]
    assert (attached(iam, one), attached(iam, two)) == ({made["Shared"]}, set())
    version = iam.get_policy(PolicyArn=made["Shared"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=made["Shared"], VersionId=version)["PolicyVersion"]["Document"]
    assert document == allow("sqs:*")

    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(**one)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=made["Shared"])


def test_iam_resources_must_be_acknowledged(deployer: Deployer, trust: Trust) -> None:
    body, named = template({"R": role(trust)}), template({"R": role(trust, RoleName="r")})
    for text, capabilities in ((body, []), (named, ["CAPABILITY_IAM"])):
        with pytest.raises(ClientError, match="InsufficientCapabilities"):
            deployer.api.create_stack(StackName=deployer.name(), TemplateBody=text, Capabilities=capabilities)
