"""Parameters of the API that moto drops or answers with a traceback, and callbacks with a task's token."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.stepfunctions.workflows import Outcome, Workflows, single, task

ARN = "arn:aws:states:eu-west-1:123456789012"
PASS = single({"Type": "Pass", "Output": {"secret": "{% $states.input.n %}"}})
WAIT = single({"Type": "Wait", "Seconds": 20})


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


@pytest.fixture
def waiting(workflows: Workflows) -> tuple[str, str]:
    """An execution that waits for its task's token, and the token."""
    sqs = workflows.client("sqs")
    queue = sqs.create_queue(QueueName=workflows.name())["QueueUrl"]
    arguments = {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"}
    only = task("sqs:sendMessage.waitForTaskToken", arguments, TimeoutSeconds=20)
    execution = workflows.start(workflows.create(single(only)))
    received: list[Any] = []

    def receive() -> bool:
        received.extend(sqs.receive_message(QueueUrl=queue).get("Messages", []))
        return bool(received)

    workflows.until(receive)
    return execution, received[0]["Body"]


@pytest.mark.parametrize("error", ["Mine", "States.TaskFailed"])
def test_a_failure_keeps_its_error_and_cause(workflows: Workflows, waiting: tuple[str, str], error: str) -> None:
    execution, token = waiting
    workflows.states.send_task_failure(taskToken=token, error=error, cause="because")
    outcome: Outcome = workflows.ended(execution)
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", error, "because")


def test_a_success_is_json(workflows: Workflows, waiting: tuple[str, str]) -> None:
    execution, token = waiting
    send = workflows.states.send_task_success
    assert refusal(lambda: send(taskToken=token, output="{nope"))[0] == "InvalidOutput"
    assert workflows.states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    send(taskToken=token, output='{"n": 1}')
    assert workflows.ended(execution).output == {"n": 1}
