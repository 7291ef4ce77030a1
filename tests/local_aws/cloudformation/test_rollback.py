"""What fails is undone, says why, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.stacks import Stacks
from local_aws.cloudformation.submission import Submission
from local_aws.cloudformation.types.base import Job, ResourceType
from local_aws.world import World
from tests.local_aws.cloudformation.conftest import IAM, Deployer, template

Trust = Callable[[str], dict[str, Any]]


def parameter(value: Any = "v", **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}, **more}


def named(name: str, value: str = "v", **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": value}, **more}


def taken(aws: Callable[[str], Any], name: str) -> dict[str, Any]:
    """A resource that cannot be made: its name is somebody else's."""
    aws("ssm").put_parameter(Name=name, Type="String", Value="theirs")
    return named(name)


def test_a_failed_creation_removes_what_it_made(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    first, second = f"/{deployer.name()}", f"/{deployer.name()}"
    resources = {"First": named(first), "Second": {**taken(aws, second), "DependsOn": "First"}}
    name = deployer.attempt(resources | {"Third": parameter({"Ref": "Second"})})
    assert deployer.events(name) == [
        (name, "CREATE_IN_PROGRESS"),
        ("First", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_COMPLETE"),
        ("Second", "CREATE_IN_PROGRESS"),
        ("Second", "CREATE_FAILED"),
        (name, "ROLLBACK_IN_PROGRESS"),
        ("First", "DELETE_IN_PROGRESS"),
        ("First", "DELETE_COMPLETE"),
        (name, "ROLLBACK_COMPLETE"),
    ]
    assert "ParameterAlreadyExists" in deployer.reasons(name)["Second"]
    assert "[Second]" in deployer.describe(name)["StackStatusReason"]
    with pytest.raises(ClientError, match="ParameterNotFound"):
        aws("ssm").get_parameter(Name=first)
    # Not its own: it was there before.
    assert aws("ssm").get_parameter(Name=second)["Parameter"]["Value"] == "theirs"
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        deployer.update(name, resources)


def test_what_was_half_made_is_removed_too(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    held = deployer.name("b")
    logging = {"LoggingConfiguration": {"DestinationBucketName": deployer.name("nowhere")}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": held, **logging}}
    name = deployer.attempt({"Bucket": bucket})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="404"):
        aws("s3").head_bucket(Bucket=held)


def test_a_role_whose_policy_has_no_name_is_not_begun(deployer: Deployer, trust: Trust) -> None:
    held, document = deployer.name("r"), {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    properties = {
        "RoleName": held,
        "AssumeRolePolicyDocument": trust("lambda"),
        "Policies": [{"PolicyDocument": document}],
    }
    name = deployer.attempt({"R": {"Type": "AWS::IAM::Role", "Properties": properties}})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert "#/Policies/0: required key [PolicyName] not found" in deployer.reasons(name)["R"]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        deployer.client("iam").get_role(RoleName=held)


class Broken(ResourceType):
    """A type with a fault of ours: it can be made, but be neither set up nor removed."""

    type_name = "Test::Type::Broken"
    properties = frozenset()

    def create(self, job: Job) -> str:
        return job.logical_id

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        raise KeyError("configure")

    def delete(self, job: Job) -> None:
        raise KeyError("delete")


def test_a_fault_of_ours_leaves_no_stack_in_progress(tmp_path: Path) -> None:
    kind = Broken()
    stacks = Stacks(Environment(World(tmp_path, port=0), "eu-west-1", types={kind.type_name: kind}))
    body = template({"R": {"Type": kind.type_name}})
    submission = Submission("s", body, parameters={}, previous=[], tags=None, capabilities=[], role_arn=None)
    stack = stacks.create(submission, roll_back=True, protected=False)
    assert (stack.status, stack.reason) == ("ROLLBACK_FAILED", "The following resource(s) failed to roll back: [R]. ")
    assert [
        (event.status, event.reason) for event in stack.events if event.status in ("CREATE_FAILED", "DELETE_FAILED")
    ] == [
        ("CREATE_FAILED", "Internal failure of the local CloudFormation: KeyError: 'configure'"),
        ("DELETE_FAILED", "Internal failure of the local CloudFormation: KeyError: 'delete'"),
    ]


def test_retention_decides_what_a_rollback_leaves(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    kept, gone = f"/{deployer.name()}", f"/{deployer.name()}"
    resources = {
        "Kept": named(kept, DeletionPolicy="Retain"),
        "Gone": named(gone, DeletionPolicy="RetainExceptOnCreate"),
        "Bad": {**taken(aws, f"/{deployer.name()}"), "DependsOn": ["Kept", "Gone"]},
    }
    name = deployer.attempt(resources)
    assert ("Kept", "DELETE_SKIPPED") in deployer.events(name)
    assert aws("ssm").get_parameter(Name=kept)["Parameter"]["Value"] == "v"
    with pytest.raises(ClientError, match="ParameterNotFound"):
        aws("ssm").get_parameter(Name=gone)


def test_a_failed_update_restores_what_was(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    changed, replaced, added = (f"/{deployer.name()}" for _ in range(3))
    before = {"Changed": named(changed, "one"), "Replaced": named(replaced), "Dropped": parameter()}
    name = deployer.create(before, Outputs={"O": {"Value": {"Fn::GetAtt": ["Changed", "Value"]}}})
    made = deployer.physical(name)
    after = {
        "Changed": named(changed, "two"),
        "Replaced": named(f"{replaced}-new"),
        "Added": named(added),
        "Bad": {**taken(aws, f"/{deployer.name()}"), "DependsOn": ["Changed", "Replaced", "Added"]},
    }
    deployer.update(name, after, Outputs={"O": {"Value": {"Fn::GetAtt": ["Changed", "Value"]}}})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.physical(name) == made
    assert deployer.outputs(name) == {"O": "one"}
    ssm = aws("ssm")
    assert ssm.get_parameter(Name=changed)["Parameter"]["Value"] == "one"
    assert ssm.get_parameter(Name=made["Dropped"])["Parameter"]["Value"] == "v"
    for gone in (added, f"{replaced}-new"):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            ssm.get_parameter(Name=gone)
    # The stack is whole again: the next update succeeds.
    deployer.update(name, {"Changed": named(changed, "three")})
    assert deployer.status(name) == "UPDATE_COMPLETE"
    assert ssm.get_parameter(Name=changed)["Parameter"]["Value"] == "three"


def test_an_output_that_cannot_be_worked_out_fails_the_stack(deployer: Deployer) -> None:
    name = deployer.attempt({"P": parameter()}, Outputs={"O": {"Value": {"Fn::Split": [",", "a,b"]}}})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert "Output O must evaluate to a string" in deployer.describe(name)["StackStatusReason"]


def test_without_rollback_what_works_stays_and_is_taken_up_again(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    first, blocked = f"/{deployer.name()}", f"/{deployer.name()}"
    resources = {"First": named(first), "Second": {**taken(aws, blocked), "DependsOn": "First"}}
    name = deployer.attempt(resources, DisableRollback=True)
    assert deployer.status(name) == "CREATE_FAILED"
    assert deployer.physical(name) == {"First": first}
    aws("ssm").delete_parameter(Name=blocked)
    deployer.update(name, resources)
    assert deployer.status(name) == "UPDATE_COMPLETE"
    assert deployer.physical(name) == {"First": first, "Second": blocked}


def test_nothing_is_begun_for_a_template_that_cannot_work(deployer: Deployer) -> None:
    name = deployer.name()
    resources = {"Fine": parameter(), "Bad": {"Type": "AWS::Moon::Base"}}
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Moon::Base\]"):
        deployer.api.create_stack(StackName=name, TemplateBody=template(resources), Capabilities=IAM)
    with pytest.raises(ClientError, match="does not exist"):
        deployer.describe(name)


def test_a_deployment_may_do_what_its_role_may(deployer: Deployer, aws: Callable[[str], Any], trust: Trust) -> None:
    iam, held = aws("iam"), deployer.name("deploys")
    role = iam.create_role(RoleName=held, AssumeRolePolicyDocument=json.dumps(trust("cloudformation")))["Role"]["Arn"]
    refused = deployer.attempt({"P": parameter()}, RoleARN=role)
    assert deployer.status(refused) == "ROLLBACK_COMPLETE"
    assert "ssm:PutParameter" in deployer.reasons(refused)["P"]
    allowed = {"Effect": "Allow", "Action": ["ssm:PutParameter", "ssm:DeleteParameter"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=held, PolicyName="p", PolicyDocument=document)
    deployer.create({"P": parameter()}, RoleARN=role)


def test_a_role_that_cannot_be_assumed_is_refused(deployer: Deployer, aws: Callable[[str], Any], trust: Trust) -> None:
    iam, api, body = aws("iam"), deployer.api, template({"P": parameter()})

    def made(service: str) -> str:
        document = json.dumps(trust(service))
        return str(iam.create_role(RoleName=deployer.name(), AssumeRolePolicyDocument=document)["Role"]["Arn"])

    def refused(call: Callable[..., Any], role: str, **arguments: Any) -> None:
        with pytest.raises(ClientError, match=f"Role {role} is invalid or cannot be assumed"):
            call(**{"StackName": name, **arguments})

    name, stranger, gone, passing = (
        deployer.create({"P": parameter()}),
        made("lambda"),
        f"{made('x')}-not",
        made("cloudformation"),
    )
    for role in (stranger, gone):
        refused(api.create_stack, role, StackName=deployer.name(), TemplateBody=body, RoleARN=role)
        refused(api.update_stack, role, TemplateBody=template({"P": parameter("w")}), RoleARN=role)
        refused(api.create_change_set, role, ChangeSetName="c", TemplateBody=body, RoleARN=role)
        refused(api.delete_stack, role, RoleARN=role)
    changed = template({"P": parameter("x")})
    api.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=changed, RoleARN=passing)
    iam.delete_role(RoleName=passing.rpartition("/")[2])
    refused(api.execute_change_set, passing, ChangeSetName="c")
    assert deployer.status(name) == "CREATE_COMPLETE"
