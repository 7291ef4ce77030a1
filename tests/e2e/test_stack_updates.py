"""A second `cdk deploy`, by the stock CLI and without a restart: what is changed, added, removed and rolled back."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.cdk import Cdk
from tests.e2e.conftest import PREFIX, Cloud, environment

pytestmark = pytest.mark.e2e
PIPELINE = f"{PREFIX}-pipeline"
STACK, TAKEN = "Updating", "/updating/taken"


@pytest.fixture(scope="module")
def cdk(cloud: Cloud, root: Path) -> Cdk:
    return Cdk(root / "node_modules" / ".bin" / "cdk", cloud)


@pytest.fixture(scope="module")
def assemblies(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small app's, one for each of its states."""
    folder = tmp_path_factory.mktemp("updating")
    command = [sys.executable, "-m", "tests.e2e.updating_app", str(folder), STACK, TAKEN]
    subprocess.run(command, cwd=root, env=environment(CDK_VALIDATION="false"), check=True, capture_output=True)
    return folder


def test_a_stack_becomes_what_its_app_says(cdk: Cdk, cloud: Cloud, assemblies: Path) -> None:
    cloud.client("ssm").put_parameter(Name=TAKEN, Type="String", Value="theirs")
    status, said = cdk.deploy(assemblies / "first")
    assert status == 0, said
    before = _resources(cloud)
    assert _seen(cloud) == (["one", "hello"], ("Begin",), ["Old"])

    status, said = cdk.deploy(assemblies / "broken")
    assert status != 0
    assert "ParameterAlreadyExists" in said.split("Failed resources:")[1], said
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert _resources(cloud) == before
    assert _seen(cloud) == (["one", "hello"], ("Begin",), ["Old"])

    status, said = cdk.deploy(assemblies / "second")
    assert status == 0, said
    after = _resources(cloud)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name[:3] for name in changed} == {"Old", "New"}
    assert _seen(cloud) == (["two", "goodbye"], ("Begin Anew",), ["New"])
    assert cdk.run("diff", assemblies / "first", "--fail")[0] == 1

    status, said = cdk.run("destroy", assemblies / "second", "--all", "--force")
    assert status == 0, said
    _assert_gone(cloud, after)


def test_the_pipeline_is_changed_and_changed_back(cdk: Cdk, cloud: Cloud, tmp_path: Path) -> None:
    status, said = cdk.run("diff", cloud.assembly, "--fail")
    assert (status, said.count("There were no differences")) == (0, 2), said
    before, resources = _pipeline(cloud), _resources(cloud, PIPELINE)
    start = json.loads(before["definition"])["StartAt"]
    changed = tmp_path / "assembly"
    shutil.copytree(cloud.assembly, changed)
    function = _change(changed, start)
    try:
        status, said = cdk.deploy(changed)
        assert status == 0, said
        assert json.loads(_pipeline(cloud)["definition"])["StartAt"] == f"{start} Anew"
        assert _resources(cloud, PIPELINE).keys() - resources.keys() == {"AddedQueue"}
        settings = cloud.client("lambda").get_function_configuration(FunctionName=resources[function])
        assert settings["Environment"]["Variables"]["ADDED"] == "yes"
    finally:
        status, said = cdk.deploy(cloud.assembly)
    assert status == 0, said
    assert (_pipeline(cloud), _resources(cloud, PIPELINE)) == (before, resources)
    settings = cloud.client("lambda").get_function_configuration(FunctionName=resources[function])
    assert "ADDED" not in settings["Environment"]["Variables"]


def _seen(cloud: Cloud) -> tuple[list[str], tuple[str, ...], list[str]]:
    """What the function answers, the states of an execution, and the queues by the beginning of their logical ids."""
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for output in cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    }
    answer = cloud.client("lambda").invoke(FunctionName=outputs["FunctionName"])["Payload"].read()
    started = cloud.client("stepfunctions").start_execution(stateMachineArn=outputs["MachineArn"], input="{}")
    states = cloud.finish(started["executionArn"]).states
    queues = cloud.client("sqs").list_queues(QueueNamePrefix=f"{STACK}-").get("QueueUrls", [])
    return json.loads(answer), states, [url.rpartition("/")[2].split("-")[1][:3] for url in queues]


def _resources(cloud: Cloud, stack: str = STACK) -> dict[str, str]:
    """Physical ids by logical ones."""
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = pages.build_full_result()["StackResourceSummaries"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


def _assert_gone(cloud: Cloud, resources: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        _resources(cloud)
    of_kind = {name.rstrip("0123456789ABCDEF"): physical for name, physical in resources.items()}
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.client("lambda").get_function(FunctionName=of_kind["Function"])
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        cloud.client("stepfunctions").describe_state_machine(stateMachineArn=of_kind["Machine"])
    assert not cloud.client("sqs").list_queues(QueueNamePrefix=f"{STACK}-").get("QueueUrls")
    roles = cloud.client("iam").get_paginator("list_roles").paginate().build_full_result()["Roles"]
    assert not [role["RoleName"] for role in roles if role["RoleName"].startswith(f"{STACK}-")]


def _pipeline(cloud: Cloud) -> dict[str, Any]:
    machine = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=cloud.outputs["StateMachineArn"])
    return {name: machine[name] for name in ("definition", "roleArn", "loggingConfiguration")}


def _change(assembly: Path, start: str) -> str:
    """Rename the first state, set a variable and add a queue. Returns the logical id of the function."""
    manifest = json.loads((assembly / "manifest.json").read_text())
    (artifact,) = (
        name for name, made in manifest["artifacts"].items() if made.get("properties", {}).get("stackName") == PIPELINE
    )
    path = assembly / manifest["artifacts"][artifact]["properties"]["templateFile"]
    text = path.read_text()
    template = json.loads(text.replace(start, f"{start} Anew"))
    functions = {name: made for name, made in template["Resources"].items() if made["Type"] == "AWS::Lambda::Function"}
    function: str = next(name for name in functions if name.startswith("FunctionsValidate"))
    functions[function]["Properties"]["Environment"]["Variables"]["ADDED"] = "yes"
    template["Resources"]["AddedQueue"] = {"Type": "AWS::SQS::Queue"}
    path.write_text(json.dumps(template, indent=1))
    _name_anew([assembly / "manifest.json", assembly / f"{artifact}.assets.json"], text, path.read_text())
    return function


def _name_anew(lists: list[Path], before: str, after: str) -> None:
    """The CLI uploads a template under its digest, and what is there already not again."""
    old, new = (hashlib.sha256(text.encode()).hexdigest() for text in (before, after))
    for listed in lists:
        assert old in listed.read_text(), f"{listed} does not name the template by its digest {old}"
        listed.write_text(listed.read_text().replace(old, new))
