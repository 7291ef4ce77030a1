"""The edges of updates: names that move, types that change, policies that outlive a failure, what cannot be removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import IAM, Deployer, template, trusting
from tests.local_aws.cloudformation.providing import HANDLER, TYPE
from tests.local_aws.cloudformation.test_exports import export
from tests.local_aws.cloudformation.test_rollback import named, parameter, taken

Aws = Callable[[str], Any]


def value(aws: Aws, name: str) -> str:
    return str(aws("ssm").get_parameter(Name=name)["Parameter"]["Value"])


def test_a_logical_id_keeps_its_type(deployer: Deployer) -> None:
    name = deployer.create({"A": parameter()})
    body = template({"A": {"Type": "AWS::S3::Bucket"}})
    said = r"Update of resource type is not permitted\. .* following resources: \[A\]"
    with pytest.raises(ClientError, match=said):
        deployer.api.update_stack(StackName=name, TemplateBody=body)
    with pytest.raises(ClientError, match=said):
        deployer.api.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=body)
    assert deployer.status(name) == "CREATE_COMPLETE"


def test_another_logical_id_is_another_resource(deployer: Deployer, aws: Aws) -> None:
    name = deployer.create({"Old": parameter()})
    before = deployer.physical(name)["Old"]
    deployer.update(name, {"New": parameter()})
    after = deployer.physical(name)
    assert set(after) == {"New"}
    assert after["New"] != before
    with pytest.raises(ClientError, match="ParameterNotFound"):
        value(aws, before)


def test_a_name_cannot_move_to_another_logical_id(deployer: Deployer, aws: Aws) -> None:
    held = f"/{deployer.name()}"
    name = deployer.create({"Old": named(held, "old")})
    deployer.update(name, {"New": named(held, "new")})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert "ParameterAlreadyExists" in deployer.reasons(name)["New"]
    assert (deployer.physical(name), value(aws, held)) == ({"Old": held}, "old")


def test_a_bucket_has_one_policy(deployer: Deployer, aws: Aws) -> None:
    """Else the removal of the first would take the second one's away."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["B", "Arn"]}}
    policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    bucket, declared = {"Type": "AWS::S3::Bucket"}, {"Type": "AWS::S3::BucketPolicy", "Properties": policy}
    name = deployer.create({"B": bucket, "Old": declared})
    deployer.update(name, {"B": bucket, "New": declared})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    held = deployer.physical(name)["B"]
    assert deployer.reasons(name)["New"] == f"The bucket policy already exists on bucket {held}."
    assert json.loads(aws("s3").get_bucket_policy(Bucket=held)["Policy"])["Statement"][0]["Effect"] == "Deny"


def test_what_was_replaced_can_be_retained(deployer: Deployer, aws: Aws) -> None:
    old, new = f"/{deployer.name()}", f"/{deployer.name()}"
    name = deployer.create({"P": named(old, "old")})
    deployer.update(name, {"P": named(new, "new", UpdateReplacePolicy="Retain")})
    assert deployer.physical(name) == {"P": new}
    assert (value(aws, old), value(aws, new)) == ("old", "new")
    assert ("P", "DELETE_SKIPPED") in deployer.events(name)


def test_a_policy_that_failed_to_change_is_what_it_was(deployer: Deployer, aws: Aws) -> None:
    held = f"/{deployer.name()}"
    name = deployer.create({"P": named(held, DeletionPolicy="Retain")})
    deployer.update(name, {"P": named(held), "Bad": {**taken(aws, f"/{deployer.name()}"), "DependsOn": "P"}})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    deployer.api.delete_stack(StackName=name)
    assert value(aws, held) == "v"


def test_a_policy_alone_can_change(deployer: Deployer, aws: Aws) -> None:
    held = f"/{deployer.name()}"
    name = deployer.create({"P": named(held, DeletionPolicy="Retain")})
    deployer.update(name, {"P": named(held)})
    assert deployer.status(name) == "UPDATE_COMPLETE"
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        value(aws, held)


def test_an_export_in_use_stays(deployer: Deployer) -> None:
    held = f"shared-{deployer.name()}"
    owner = deployer.create({"P": parameter("one")}, Outputs=export(held, {"Ref": "P"}))
    user = deployer.create({"Q": parameter({"Fn::ImportValue": held})})
    before = deployer.physical(owner)
    deployer.update(owner, {"Other": parameter()})
    assert deployer.status(owner) == "UPDATE_ROLLBACK_COMPLETE"
    said = f"Cannot delete export {held} as it is in use by {user}"
    assert said in deployer.describe(owner)["StackStatusReason"]
    assert deployer.physical(owner) == before


def test_an_update_s_rollback_cleans_up_last(deployer: Deployer, aws: Aws) -> None:
    name = deployer.create({"Changed": parameter("one")})
    seen = len(deployer.events(name))
    after = {"Changed": parameter("two"), "Added": parameter({"Ref": "Changed"})}
    deployer.update(name, {**after, "Bad": {**taken(aws, f"/{deployer.name()}"), "DependsOn": "Added"}})
    rollback = deployer.events(name)[seen:]
    assert rollback[rollback.index(("Bad", "CREATE_FAILED")) + 1 :] == [
        (name, "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Changed", "UPDATE_IN_PROGRESS"),
        ("Changed", "UPDATE_COMPLETE"),
        (name, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Added", "DELETE_IN_PROGRESS"),
        ("Added", "DELETE_COMPLETE"),
        (name, "UPDATE_ROLLBACK_COMPLETE"),
    ]


def test_what_cannot_be_removed_is_left_over(deployer: Deployer, aws: Aws) -> None:
    s3, held = aws("s3"), deployer.name("full")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": held}}
    name = deployer.create({"B": bucket, "P": parameter()})
    s3.put_object(Bucket=held, Key="k", Body=b"")
    deployer.update(name, {"P": parameter()})
    assert deployer.status(name) == "UPDATE_COMPLETE"
    assert "BucketNotEmpty" in deployer.reasons(name)["B"]
    assert set(deployer.physical(name)) == {"P"}
    s3.delete_object(Bucket=held, Key="k")
    s3.delete_bucket(Bucket=held)


def test_a_stack_whose_deletion_failed_is_deleted_once_it_can_be(deployer: Deployer, aws: Aws) -> None:
    s3, held = aws("s3"), deployer.name("full")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": held}}
    name = deployer.create({"B": bucket, "P": parameter(), "Q": parameter({"Ref": "B"})})
    s3.put_object(Bucket=held, Key="k", Body=b"")
    deployer.api.delete_stack(StackName=name)
    assert (deployer.status(name), set(deployer.physical(name))) == ("DELETE_FAILED", {"B"})
    with pytest.raises(ClientError, match="DELETE_FAILED state and can not be updated"):
        deployer.api.update_stack(StackName=name, TemplateBody=template({"P": parameter()}), Capabilities=IAM)
    with pytest.raises(ClientError, match="RetainResources takes logical ids"):
        deployer.api.delete_stack(StackName=name, RetainResources=["P"])
    s3.delete_object(Bucket=held, Key="k")
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="does not exist"):
        deployer.status(name)


def test_what_depends_on_it_goes_before_what_was_replaced(deployer: Deployer, tmp_path: Path) -> None:
    """The function is asked to delete before it is deleted itself."""

    def stack(function: str) -> dict[str, Any]:
        properties = {
            "FunctionName": function,
            "Code": {"ZipFile": HANDLER},
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Environment": {"Variables": {"SEEN": str(tmp_path / "seen")}},
        }
        trust = {"AssumeRolePolicyDocument": trusting("lambda")}
        return {
            "Role": {"Type": "AWS::IAM::Role", "Properties": trust},
            "F": {"Type": "AWS::Lambda::Function", "Properties": properties},
        }

    asked = {"Type": TYPE, "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}}
    name = deployer.create({**stack(deployer.name("f")), "R": asked})
    seen = len(deployer.events(name))
    deployer.update(name, stack(deployer.name("g")))
    assert deployer.status(name) == "UPDATE_COMPLETE"
    events = deployer.events(name)[seen:]
    assert events.index(("R", "DELETE_COMPLETE")) < events.index(("F", "DELETE_IN_PROGRESS"))
    types = [json.loads(line)["RequestType"] for line in (tmp_path / "seen").read_text().splitlines()]
    assert types == ["Create", "Delete"]
