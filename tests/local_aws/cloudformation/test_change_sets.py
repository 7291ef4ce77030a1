"""Change sets, and the questions clients ask of stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import IAM, Deployer, raw_template, template
from tests.local_aws.cloudformation.test_rollback import named, parameter


def change_set(deployer: Deployer, name: str, kind: str, body: str, held: str = "c") -> dict[str, Any]:
    request = {"StackName": name, "ChangeSetName": held, "ChangeSetType": kind, "Capabilities": IAM}
    deployer.api.create_change_set(**request, TemplateBody=body, Tags=[{"Key": "k", "Value": "v"}])
    described: dict[str, Any] = deployer.api.describe_change_set(StackName=name, ChangeSetName=held)
    return described


def changes(described: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    found = [change["ResourceChange"] for change in described["Changes"]]
    return {(item["Action"], item["LogicalResourceId"], item.get("Replacement")) for item in found}


def test_a_stack_through_its_change_sets(deployer: Deployer) -> None:
    name = deployer.name()
    deployer.stacks.append(name)
    before = {"A": parameter(), "B": named(f"/{name}"), "C": parameter({"Ref": "A"})}
    first = change_set(deployer, name, "CREATE", template(before, Outputs={"O": {"Value": {"Ref": "B"}}}))
    assert (first["Status"], first["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(first) == {("Add", "A", None), ("Add", "B", None), ("Add", "C", None)}
    assert deployer.status(name) == "REVIEW_IN_PROGRESS"
    deployer.api.execute_change_set(StackName=name, ChangeSetName="c")
    assert deployer.status(deployer.settled(name)) == "CREATE_COMPLETE"
    assert deployer.outputs(name) == {"O": f"/{name}"}
    assert deployer.describe(name)["Tags"] == [{"Key": "k", "Value": "v"}]

    after = {"A": parameter("w"), "B": named(f"/{name}-2"), "D": parameter({"Ref": "B"})}
    second = change_set(deployer, name, "UPDATE", template(after))
    assert changes(second) == {
        ("Modify", "A", "False"), ("Modify", "B", "True"), ("Remove", "C", None), ("Add", "D", None),
    }  # fmt: skip
    deployer.api.execute_change_set(StackName=name, ChangeSetName="c")
    assert set(deployer.physical(deployer.settled(name))) == {"A", "B", "D"}
    assert deployer.api.list_change_sets(StackName=name)["Summaries"] == []


def test_one_without_changes_fails_in_the_words_the_cdk_knows(deployer: Deployer) -> None:
    name = deployer.create({"A": parameter()}, Tags=[{"Key": "k", "Value": "v"}])
    described = change_set(deployer, name, "UPDATE", template({"A": parameter()}))
    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        deployer.api.execute_change_set(StackName=name, ChangeSetName="c")
    deployer.api.delete_change_set(StackName=name, ChangeSetName="c")
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        deployer.api.describe_change_set(StackName=name, ChangeSetName="c")


def test_the_kind_must_fit_the_stack(deployer: Deployer) -> None:
    name, body = deployer.create({"A": parameter()}), template({"A": parameter("w")})
    with pytest.raises(ClientError, match="already exists"):
        change_set(deployer, name, "CREATE", body)
    with pytest.raises(ClientError, match="does not exist"):
        change_set(deployer, deployer.name(), "UPDATE", body)
    with pytest.raises(ClientError, match="IMPORT is not emulated"):
        change_set(deployer, name, "IMPORT", body)


@pytest.mark.parametrize("indent", [None, 1])
def test_the_template_comes_back_byte_for_byte(deployer: Deployer, indent: int | None) -> None:
    text = '  é <&> "quoted" 日本 \\n tab\\t  '
    body = json.dumps({"Resources": {"A": parameter(text)}}, indent=indent, ensure_ascii=False) + "\n\n"
    s3, bucket, name = deployer.client("s3"), deployer.name("templates"), deployer.name()
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="a/t.json", Body=body.encode())
    deployer.stacks.append(name)
    deployer.api.create_stack(StackName=name, TemplateURL=f"https://s3.eu-west-1.amazonaws.com/{bucket}/a/t.json")
    assert raw_template(deployer.client("cloudformation"), deployer.settled(name)) == body
    held = deployer.physical(name)["A"]
    assert deployer.client("ssm").get_parameter(Name=held)["Parameter"]["Value"] == text


def test_questions_about_a_stack(deployer: Deployer) -> None:
    name = deployer.create({"A": parameter()}, Description="d")
    api, held = deployer.api, deployer.physical(name)["A"]
    assert api.get_template(StackName=name)["TemplateBody"]["Resources"] == {"A": parameter()}
    detail = api.describe_stack_resource(StackName=name, LogicalResourceId="A")["StackResourceDetail"]
    assert (detail["PhysicalResourceId"], detail["ResourceStatus"]) == (held, "CREATE_COMPLETE")
    (summary,) = api.list_stack_resources(StackName=name)["StackResourceSummaries"]
    assert (summary["ResourceType"], summary["PhysicalResourceId"]) == ("AWS::SSM::Parameter", held)
    listed = api.get_paginator("list_stacks").paginate().build_full_result()["StackSummaries"]
    assert {item["TemplateDescription"] for item in listed if item["StackName"] == name} == {"d"}
    assert api.get_template_summary(StackName=name)["ResourceTypes"] == ["AWS::SSM::Parameter"]
    with pytest.raises(ClientError, match="Resource Z does not exist"):
        api.describe_stack_resource(StackName=name, LogicalResourceId="Z")
    with pytest.raises(ClientError, match="'page two'") as refused:
        api.list_stack_resources(StackName=name, NextToken="page two")
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("name", ["bad_name!", "1st", "x" * 129])
def test_a_name_that_aws_would_not_take_is_refused(deployer: Deployer, name: str) -> None:
    body = template({"A": parameter()})
    with pytest.raises(ClientError, match="at 'stackName' failed to satisfy constraint"):
        deployer.api.create_stack(StackName=name, TemplateBody=body)
    with pytest.raises(ClientError, match="at 'stackName' failed to satisfy constraint"):
        deployer.api.create_change_set(StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)


def test_a_protected_stack_is_not_deleted(deployer: Deployer) -> None:
    name = deployer.create({"A": parameter()})
    deployer.api.update_termination_protection(StackName=name, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection"):
        deployer.api.delete_stack(StackName=name)
    deployer.api.update_termination_protection(StackName=name, EnableTerminationProtection=False)


def test_an_action_that_is_not_emulated_says_so(deployer: Deployer) -> None:
    with pytest.raises(ClientError, match="ListStackSets is not emulated") as refused:
        deployer.api.list_stack_sets()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    body = template({"A": parameter()})
    with pytest.raises(ClientError, match="Not emulated: TimeoutInMinutes"):
        deployer.api.create_stack(StackName=deployer.name(), TemplateBody=body, TimeoutInMinutes=5)
