"""Updates: what is added, changed, replaced and dropped, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import IAM, Deployer, template
from tests.local_aws.cloudformation.test_rollback import named, parameter


def test_add_change_replace_and_drop(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    old, new = f"/{deployer.name()}", f"/{deployer.name()}"
    before = {
        "Same": parameter(),
        "Dropped": parameter(),
        "Replaced": named(old),
        "User": parameter({"Fn::Sub": "uses ${Replaced}"}),
    }
    name = deployer.create(before)
    made, seen = deployer.physical(name), len(deployer.events(name))
    after = {
        "Same": parameter(),
        "Replaced": named(new),
        "User": parameter({"Fn::Sub": "uses ${Replaced}"}),
        "Added": parameter({"Ref": "User"}),
    }
    deployer.update(name, after)
    assert deployer.events(name)[seen:] == [
        (name, "UPDATE_IN_PROGRESS"),
        ("Replaced", "UPDATE_IN_PROGRESS"),
        ("Replaced", "CREATE_IN_PROGRESS"),
        ("Replaced", "CREATE_IN_PROGRESS"),
        ("Replaced", "CREATE_COMPLETE"),
        ("User", "UPDATE_IN_PROGRESS"),
        ("User", "UPDATE_COMPLETE"),
        ("Added", "CREATE_IN_PROGRESS"),
        ("Added", "CREATE_IN_PROGRESS"),
        ("Added", "CREATE_COMPLETE"),
        (name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Replaced", "DELETE_IN_PROGRESS"),
        ("Replaced", "DELETE_COMPLETE"),
        ("Dropped", "DELETE_IN_PROGRESS"),
        ("Dropped", "DELETE_COMPLETE"),
        (name, "UPDATE_COMPLETE"),
    ]
    now, ssm = deployer.physical(name), aws("ssm")
    assert set(now) == {"Same", "Replaced", "User", "Added"}
    assert (now["Same"], now["User"], now["Replaced"]) == (made["Same"], made["User"], new)
    assert ssm.get_parameter(Name=now["User"])["Parameter"]["Value"] == f"uses {new}"
    for gone in (old, made["Dropped"]):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            ssm.get_parameter(Name=gone)


def test_outputs_alone_can_change(deployer: Deployer) -> None:
    name = deployer.create({"P": parameter()}, Outputs={"A": {"Value": "1"}})
    deployer.update(name, {"P": parameter()}, Outputs={"B": {"Value": "2", "Description": "second"}})
    assert deployer.outputs(name) == {"B": "2"}


def test_an_update_without_changes_is_refused(deployer: Deployer) -> None:
    name = deployer.create({"P": parameter()})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        deployer.update(name, {"P": parameter()})


def test_parameters_keep_their_value_or_change(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    resources = {"P": parameter({"Fn::Join": ["-", [{"Ref": "A"}, {"Ref": "B"}]]})}
    sections = {"Parameters": {"A": {"Type": "String"}, "B": {"Type": "String", "NoEcho": True}}}
    name = deployer.name()
    deployer.stacks.append(name)
    body = template(resources, **sections)
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in (("A", "1"), ("B", "2"))]
    deployer.api.create_stack(StackName=name, TemplateBody=body, Parameters=given)
    again = [{"ParameterKey": "A", "ParameterValue": "3"}, {"ParameterKey": "B", "UsePreviousValue": True}]
    deployer.api.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=again, Capabilities=IAM)
    value = aws("ssm").get_parameter(Name=deployer.physical(deployer.settled(name))["P"])["Parameter"]["Value"]
    assert value == "3-2"
    shown = {item["ParameterKey"]: item["ParameterValue"] for item in deployer.describe(name)["Parameters"]}
    assert shown == {"A": "3", "B": "****"}


def test_what_is_retained_outlives_its_stack(deployer: Deployer, aws: Callable[[str], Any]) -> None:
    dropped, kept = f"/{deployer.name()}", f"/{deployer.name()}"
    retained = {"Dropped": named(dropped, DeletionPolicy="Retain"), "Kept": named(kept, DeletionPolicy="Retain")}
    name = deployer.create({**retained, "P": parameter()})
    arn = deployer.describe(name)["StackId"]
    deployer.update(name, {"Kept": retained["Kept"], "P": parameter()})
    deployer.api.delete_stack(StackName=name)
    assert deployer.status(arn) == "DELETE_COMPLETE"
    events = deployer.events(arn)
    assert ("Dropped", "DELETE_SKIPPED") in events
    assert ("Kept", "DELETE_SKIPPED") in events
    assert {aws("ssm").get_parameter(Name=held)["Parameter"]["Value"] for held in (dropped, kept)} == {"v"}
