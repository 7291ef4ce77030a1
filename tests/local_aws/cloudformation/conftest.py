"""Stacks deployed over HTTP, named apart from every other test's and removed afterwards."""

from __future__ import annotations

import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

IAM = ["CAPABILITY_NAMED_IAM"]


@dataclass
class Deployer:
    """Deploys templates as stacks of their own and looks at what came of them."""

    client: Callable[[str], Any]
    stacks: list[str] = field(default_factory=list)

    @property
    def api(self) -> Any:
        return self.client("cloudformation")

    def name(self, prefix: str = "t") -> str:
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    def create(self, resources: dict[str, Any], **more: Any) -> str:
        """Returns the name of the stack, which must have succeeded."""
        name = self.attempt(resources, **more)
        assert self.status(name) == "CREATE_COMPLETE", self.reasons(name)
        return name

    def attempt(self, resources: dict[str, Any], *, name: str | None = None, **more: Any) -> str:
        """Returns the stack's name, whatever became of it."""
        name = name or self.name()
        self.stacks.append(name)
        request = {key: more.pop(key) for key in list(more) if key in ("Tags", "DisableRollback", "RoleARN")}
        body = template(resources, **more)
        self.api.create_stack(StackName=name, TemplateBody=body, Capabilities=IAM, **request)
        return self.settled(name)

    def update(self, name: str, resources: dict[str, Any], **more: Any) -> str:
        self.api.update_stack(StackName=name, TemplateBody=template(resources, **more), Capabilities=IAM)
        return self.settled(name)

    def settled(self, name: str) -> str:
        for _ in range(2000):
            if not self.status(name).endswith("_IN_PROGRESS"):
                return name
        raise AssertionError(f"{name} is still {self.status(name)}")

    def describe(self, name: str) -> dict[str, Any]:
        stack: dict[str, Any] = self.api.describe_stacks(StackName=name)["Stacks"][0]
        return stack

    def status(self, name: str) -> str:
        return str(self.describe(name)["StackStatus"])

    def outputs(self, name: str) -> dict[str, str]:
        return {item["OutputKey"]: item["OutputValue"] for item in self.describe(name).get("Outputs", [])}

    def physical(self, name: str) -> dict[str, str]:
        resources = self.api.describe_stack_resources(StackName=name)["StackResources"]
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}

    def events(self, name: str) -> list[tuple[str, str]]:
        """(logical id, status), the oldest first."""
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(events)]

    def reasons(self, name: str) -> dict[str, str]:
        """Why each resource failed, by logical id."""
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        }


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


@pytest.fixture
def deployer(aws: Callable[[str], Any]) -> Iterator[Deployer]:
    made = Deployer(cache(aws))
    yield made
    for name in reversed(made.stacks):
        try:
            made.api.delete_stack(StackName=name)
        except ClientError as error:
            raise AssertionError(f"{name} could not be deleted") from error


@pytest.fixture
def vpc(aws: Callable[[str], Any]) -> Iterator[str]:
    """A VPC of 10.8.0.0/16 that no stack has made; ask for it before the deployer, for it must be empty in the end."""
    ec2 = aws("ec2")
    made = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    yield made
    ec2.delete_vpc(VpcId=made)


@pytest.fixture
def trust() -> Callable[[str], dict[str, Any]]:
    """A trust policy for a service."""
    return trusting


def trusting(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def raw_template(api: Any, name: str) -> str:
    """What is on the wire: botocore hands out templates parsed."""
    seen: list[bytes] = []
    api.meta.events.register(
        "before-parse.cloudformation.GetTemplate", lambda response_dict, **_: seen.append(response_dict["body"])
    )
    api.get_template(StackName=name)
    answer = ET.fromstring(seen[-1])  # noqa: S314  # our own server's
    (found,) = [element.text or "" for element in answer.iter() if element.tag.endswith("TemplateBody")]
    return found
