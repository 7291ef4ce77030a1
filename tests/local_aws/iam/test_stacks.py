"""Permissions on one stack: requests name it or one of its change sets, policies its ARN with the id."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

RESOURCES = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}}
BODY = json.dumps({"Resources": RESOURCES})
OTHER_BODY = json.dumps({"Resources": RESOURCES, "Description": "d"})
ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def stack(aws: Callable[[str], Any]) -> Iterator[str]:
    """The ARN of a stack that is there."""
    name = f"iam-{uuid.uuid4().hex[:10]}"
    yield aws("cloudformation").create_stack(StackName=name, TemplateBody=BODY)["StackId"]
    aws("cloudformation").delete_stack(StackName=name)


def name_of(stack: str) -> str:
    return stack.split("/")[1]


def with_other_id(stack: str) -> str:
    return f"{stack.rpartition('/')[0]}/{ID}"


def test_a_policy_may_be_about_the_exact_stack(role: Any, stack: str) -> None:
    describe = role.client("cloudformation").describe_stacks
    for asked in (name_of(stack), stack):
        role.may(("cloudformation:DescribeStacks", stack))
        assert role.denial(lambda asked=asked: describe(StackName=asked)) is None
        role.may(("cloudformation:DescribeStacks", with_other_id(stack)))
        message = role.denial(lambda asked=asked: describe(StackName=asked))
        assert message is not None
        assert f"not authorized to perform: cloudformation:DescribeStacks on resource: {stack} " in message


def test_a_change_set_is_its_stack_s(role: Any, stack: str, aws: Callable[[str], Any]) -> None:
    made = aws("cloudformation").create_change_set(StackName=stack, ChangeSetName="c", TemplateBody=OTHER_BODY)
    describe = role.client("cloudformation").describe_change_set
    role.may(("cloudformation:DescribeChangeSet", stack))
    assert describe(ChangeSetName=made["Id"])["StackId"] == stack
    role.may(("cloudformation:DescribeChangeSet", with_other_id(stack)))
    assert f"on resource: {stack} " in str(role.denial(lambda: describe(ChangeSetName=made["Id"])))


def test_a_stack_that_is_gone_is_found_by_its_arn_only(role: Any, aws: Callable[[str], Any]) -> None:
    cloudformation, name = aws("cloudformation"), f"iam-{uuid.uuid4().hex[:10]}"
    gone = cloudformation.create_stack(StackName=name, TemplateBody=BODY)["StackId"]
    cloudformation.delete_stack(StackName=name)
    describe = role.client("cloudformation").describe_stacks
    role.may(("cloudformation:DescribeStacks", gone))
    assert describe(StackName=gone)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert "stack/" + name + "/*" in str(role.denial(lambda: describe(StackName=name)))
    role.may(("cloudformation:DescribeStacks", f"{gone.rpartition('/')[0]}/*"))
    with pytest.raises(ClientError, match="does not exist"):
        describe(StackName=name)
