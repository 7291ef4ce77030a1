"""Parameters of Systems Manager from a state machine: how one value is switched from another, by the machine's role."""

from __future__ import annotations

import pytest

from tests.local_aws.stepfunctions.workflows import Json, Workflows, allow, machine, single, task

PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter"


@pytest.fixture
def name(workflows: Workflows) -> str:
    made = f"/{workflows.name('stage')}/model"
    workflows.client("ssm").put_parameter(Name=made, Type="String", Value="none")
    return made


def switch(name: str, value: str) -> Json:
    return task("aws-sdk:ssm:putParameter", {"Name": name, "Value": value, "Overwrite": True})


def test_a_parameter_is_switched_and_read_back(workflows: Workflows, name: str) -> None:
    role = workflows.role([allow("ssm:PutParameter", "ssm:GetParameter", resource=f"{PARAMETER}{name}")])
    read = task("aws-sdk:ssm:getParameter", {"Name": name})
    before = workflows.run(single(read), role_arn=role).output["Parameter"]
    outcome = workflows.run(
        machine({"Switch Version": {**switch(name, "run-7"), "Next": "Read"}, "Read": {**read, "End": True}}),
        role_arn=role,
    )
    after = outcome.output["Parameter"]
    assert (before["Value"], after["Value"]) == ("none", "run-7")
    assert (before["Version"], after["Version"]) == (1, 2)
    assert workflows.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "run-7"


@pytest.mark.parametrize(
    "statement",
    [
        allow("ssm:PutParameter", resource=f"{PARAMETER}/another/model"),
        allow("ssm:GetParameter"),
    ],
    ids=["another parameter", "another action"],
)
def test_the_machines_role_must_be_allowed_to(workflows: Workflows, name: str, statement: dict[str, Json]) -> None:
    outcome = workflows.run(single(switch(name, "run-7")), role_arn=workflows.role([statement]))
    assert outcome.error == "Ssm.AccessDeniedException"
    assert f"ssm:PutParameter on resource: {PARAMETER}{name}" in outcome.cause
    assert workflows.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "none"


def test_without_overwrite_a_parameter_stays(workflows: Workflows, name: str) -> None:
    put = task("aws-sdk:ssm:putParameter", {"Name": name, "Value": "run-7", "Type": "String"})
    assert workflows.run(single(put)).error == "Ssm.ParameterAlreadyExistsException"
