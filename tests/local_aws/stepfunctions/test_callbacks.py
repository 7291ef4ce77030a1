"""Tasks that wait for their token: what reaches them, and what comes too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.stepfunctions.workflows import Json, Workflows, machine, task

Ask = Callable[..., tuple[str, str]]
# What the SDKs' users see when a token has been used or its task has timed out.
LATE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def refusal(call: Callable[..., Any], **given: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**given)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def ask(workflows: Workflows) -> Ask:
    """Starts an execution whose task sends its token and waits; answers the execution and the token.

    The machine rests in After once the task has ended, however it has.
    """
    sqs = workflows.client("sqs")
    queue = sqs.create_queue(QueueName=workflows.name())["QueueUrl"]

    def started(**fields: Json) -> tuple[str, str]:
        arguments = {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"}
        only = task("sqs:sendMessage.waitForTaskToken", arguments, **{"TimeoutSeconds": 20, "Next": "After", **fields})
        after = {"Type": "Wait", "Seconds": 20, "End": True}
        execution = workflows.start(workflows.create(machine({"Only": only, "After": after})))
        received: list[Any] = []

        def receive() -> bool:
            received.extend(sqs.receive_message(QueueUrl=queue).get("Messages", []))
            return bool(received)

        workflows.until(receive)
        return execution, received[0]["Body"]

    return started


def rests(workflows: Workflows, execution: str) -> None:
    """Wait until the task has ended."""
    history = workflows.states.get_execution_history
    workflows.until(lambda: history(executionArn=execution)["events"][-1]["type"] == "WaitStateEntered")


@pytest.mark.parametrize("error", ["Mine", "States.TaskFailed"])
def test_a_failure_keeps_its_error_and_cause(workflows: Workflows, ask: Ask, error: str) -> None:
    execution, token = ask()
    workflows.states.send_task_failure(taskToken=token, error=error, cause="because")
    outcome = workflows.ended(execution)
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", error, "because")


def test_a_success_is_json_and_comes_once(workflows: Workflows, ask: Ask) -> None:
    execution, token = ask()
    states = workflows.states
    assert refusal(states.send_task_success, taskToken=token, output="{nope")[0] == "InvalidOutput"
    states.send_task_heartbeat(taskToken=token)
    states.send_task_success(taskToken=token, output='{"n": 1}')
    assert refusal(states.send_task_success, taskToken=token, output="{}") == LATE
    assert refusal(states.send_task_failure, taskToken=token) == LATE
    assert refusal(states.send_task_heartbeat, taskToken=token) == LATE
    rests(workflows, execution)
    exited = states.get_execution_history(executionArn=execution)["events"][-2]["stateExitedEventDetails"]
    assert exited["output"] == '{"n":1}'


def test_an_answer_after_the_timeout_is_too_late(workflows: Workflows, ask: Ask) -> None:
    execution, token = ask(TimeoutSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "After"}])
    rests(workflows, execution)
    assert refusal(workflows.states.send_task_success, taskToken=token, output="{}") == LATE


def test_an_answer_after_the_heartbeats_is_too_late(workflows: Workflows, ask: Ask) -> None:
    execution, token = ask(HeartbeatSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "After"}])
    rests(workflows, execution)
    assert refusal(workflows.states.send_task_success, taskToken=token, output="{}") == LATE


def test_an_answer_to_a_stopped_execution_is_too_late(workflows: Workflows, ask: Ask) -> None:
    execution, token = ask()
    workflows.states.stop_execution(executionArn=execution)
    assert refusal(workflows.states.send_task_success, taskToken=token, output="{}") == LATE


def test_a_token_of_nobody_is_invalid(workflows: Workflows) -> None:
    assert refusal(workflows.states.send_task_success, taskToken="t", output="{}")[0] == "InvalidToken"
