"""Values that stacks offer each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.test_rollback import parameter


def export(name: str, value: Any) -> dict[str, Any]:
    return {"O": {"Value": value, "Export": {"Name": {"Fn::Sub": name}}}}


def test_imports_bind_stacks_together(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    held = f"shared-{deployer.name()}"
    owner = deployer.create({"P": parameter("one")}, Outputs=export(held, {"Fn::GetAtt": ["P", "Value"]}))
    user = deployer.create({"Q": parameter({"Fn::ImportValue": {"Fn::Sub": held}})})
    value = aws("ssm").get_parameter(Name=deployer.physical(user)["Q"])["Parameter"]["Value"]
    assert value == "one"
    exports = deployer.api.get_paginator("list_exports").paginate().build_full_result()["Exports"]
    assert {item["Value"] for item in exports if item["Name"] == held} == {"one"}
    assert deployer.api.list_imports(ExportName=held)["Imports"] == [user]

    deployer.update(owner, {"P": parameter("two")}, Outputs=export(held, {"Fn::GetAtt": ["P", "Value"]}))
    assert deployer.status(owner) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot update export {held} as it is in use by {user}" in deployer.describe(owner)["StackStatusReason"]
    deployer.api.delete_stack(StackName=owner)
    assert deployer.status(deployer.settled(owner)) == "DELETE_FAILED"
    assert f"{held} cannot be deleted as it is in use by {user}" in deployer.describe(owner)["StackStatusReason"]

    deployer.api.delete_stack(StackName=user)
    deployer.api.delete_stack(StackName=owner)
    with pytest.raises(ClientError, match="does not exist"):
        deployer.describe(owner)


def test_a_name_is_exported_once(deployer: Deployer) -> None:
    held = f"shared-{deployer.name()}"
    owner = deployer.create({"P": parameter()}, Outputs=export(held, "x"))
    second = deployer.attempt({"P": parameter()}, Outputs=export(held, "y"))
    assert deployer.status(second) == "ROLLBACK_COMPLETE"
    assert f"already exported by stack {owner}" in deployer.describe(second)["StackStatusReason"]


def test_a_missing_export_is_named_before_anything_is_made(deployer: Deployer) -> None:
    name = deployer.name()
    with pytest.raises(ClientError, match="No export named nobody-offers-this found"):
        deployer.api.create_change_set(
            StackName=name,
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody='{"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String",'
            ' "Value": {"Fn::ImportValue": "nobody-offers-this"}}}}}',
        )
    with pytest.raises(ClientError, match="does not exist"):
        deployer.describe(name)
