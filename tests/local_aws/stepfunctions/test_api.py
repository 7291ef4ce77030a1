"""Parameters of the API that moto drops or answers with a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.stepfunctions.workflows import Workflows, single

ARN = "arn:aws:states:eu-west-1:123456789012"
PASS = single({"Type": "Pass", "Output": {"secret": "{% $states.input.n %}"}})


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_the_history_without_execution_data(workflows: Workflows) -> None:
    execution = workflows.run(PASS, {"n": "hidden"}).described["executionArn"]
    history = workflows.states.get_execution_history
    whole = history(executionArn=execution, includeExecutionData=True)["events"]
    bare = history(executionArn=execution, includeExecutionData=False)["events"]
    assert [event["type"] for event in bare] == [event["type"] for event in whole]
    assert "hidden" in json.dumps(whole, default=str)
    assert "hidden" not in json.dumps(bare, default=str)
    assert bare[1]["stateEnteredEventDetails"] == {"name": "Only"}


@pytest.mark.parametrize("given", [{}, {"mapRunArn": f"{ARN}:mapRun:a/b:c"}])
def test_executions_are_listed_by_their_machine(workflows: Workflows, given: dict[str, str]) -> None:
    assert refusal(lambda: workflows.states.list_executions(**given))[0] == "ValidationException"


def test_no_execution_is_redriven(workflows: Workflows) -> None:
    arn = workflows.run(PASS).described["stateMachineArn"]
    listed = {
        redrive: workflows.states.list_executions(stateMachineArn=arn, redriveFilter=redrive)["executions"]
        for redrive in ("REDRIVEN", "NOT_REDRIVEN")
    }
    assert (len(listed["REDRIVEN"]), len(listed["NOT_REDRIVEN"])) == (0, 1)


def test_there_is_no_map_run(workflows: Workflows) -> None:
    arn = f"{ARN}:mapRun:a/b:c"
    for call in (
        lambda: workflows.states.describe_map_run(mapRunArn=arn),
        lambda: workflows.states.update_map_run(mapRunArn=arn, maxConcurrency=1),
    ):
        assert refusal(call) == ("ResourceNotFound", f"Resource not found: '{arn}'")


def test_metadata_only_is_refused_by_name(workflows: Workflows) -> None:
    execution = workflows.run(PASS).described
    states, only = workflows.states, {"includedData": "METADATA_ONLY"}
    for call in (
        lambda: states.describe_execution(executionArn=execution["executionArn"], **only),
        lambda: states.describe_state_machine(stateMachineArn=execution["stateMachineArn"], **only),
        lambda: states.describe_state_machine_for_execution(executionArn=execution["executionArn"], **only),
    ):
        assert "METADATA_ONLY" in refusal(call)[1]


def test_activities_are_refused_by_name(workflows: Workflows) -> None:
    code, message = refusal(lambda: workflows.states.create_activity(name="a"))
    assert code == "NotEmulated"
    assert "CreateActivity" in message


def test_keys_of_the_customers_are_refused_by_name(workflows: Workflows) -> None:
    theirs: dict[str, Any] = {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}}
    code, message = refusal(lambda: workflows.create(PASS, **theirs))
    assert (code, "CUSTOMER_MANAGED_KMS_KEY" in message) == ("InvalidEncryptionConfiguration", True)
    arn = workflows.create(PASS, encryptionConfiguration={"type": "AWS_OWNED_KEY"})
    update = workflows.states.update_state_machine
    assert refusal(lambda: update(stateMachineArn=arn, **theirs))[0] == "InvalidEncryptionConfiguration"
    assert refusal(lambda: update(stateMachineArn=arn))[0] == "MissingRequiredParameter"


def test_creating_again_with_other_tracing_is_another_machine(workflows: Workflows) -> None:
    given = {"name": workflows.name(), "definition": json.dumps(PASS), "roleArn": workflows.role_arn}
    create = workflows.states.create_state_machine
    create(**given, tracingConfiguration={"enabled": True})
    create(**given, tracingConfiguration={"enabled": True})
    assert refusal(lambda: create(**given))[0] == "StateMachineAlreadyExists"


def test_the_event_names_the_timeout(workflows: Workflows) -> None:
    """As measured on AWS (floci issue 2965)."""
    last = workflows.run(single({"Type": "Wait", "Seconds": 20}, TimeoutSeconds=1)).events[-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionTimedOut", 0)
    assert last["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
