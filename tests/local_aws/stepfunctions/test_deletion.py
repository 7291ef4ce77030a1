"""What becomes of a deleted machine's executions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.stepfunctions.workflows import Workflows, single

PASS = single({"Type": "Pass"})
WAIT = single({"Type": "Wait", "Seconds": 20})


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_running_executions_end_and_all_stay_describable(workflows: Workflows) -> None:
    arn = workflows.create(WAIT)
    ended = workflows.start(arn, {"n": 1})
    workflows.states.stop_execution(executionArn=ended, error="Mine")
    running = workflows.start(arn, {"n": 2})
    workflows.states.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError) as error:
        workflows.states.describe_state_machine(stateMachineArn=arn)
    assert code(error) == "StateMachineDoesNotExist"
    describe = workflows.states.describe_execution
    assert (describe(executionArn=ended)["status"], describe(executionArn=ended)["error"]) == ("ABORTED", "Mine")
    described = describe(executionArn=running)
    assert (described["status"], described["input"], described["stateMachineArn"]) == ("ABORTED", '{"n": 2}', arn)
    outcome = workflows.ended(running)
    assert outcome.types[-1] == "ExecutionAborted"
    assert workflows.states.describe_state_machine_for_execution(executionArn=running)["stateMachineArn"] == arn
    with pytest.raises(ClientError) as error:
        workflows.start(arn)
    assert code(error) == "StateMachineDoesNotExist"


def test_the_next_machine_of_the_name_starts_afresh(workflows: Workflows) -> None:
    create, name = workflows.states.create_state_machine, workflows.name()
    tags = [{"key": "a", "value": "b"}]
    arn = create(name=name, definition=json.dumps(PASS), roleArn=workflows.role_arn, tags=tags)["stateMachineArn"]
    first = workflows.ended(workflows.start(arn, {"n": 1}, name="one"))
    workflows.states.delete_state_machine(stateMachineArn=arn)
    assert create(name=name, definition=json.dumps(PASS), roleArn=workflows.role_arn)["stateMachineArn"] == arn
    assert workflows.states.list_executions(stateMachineArn=arn)["executions"] == []
    assert workflows.states.list_tags_for_resource(resourceArn=arn)["tags"] == []
    assert workflows.ended(first.described["executionArn"]).output == {"n": 1}
    second = workflows.ended(workflows.start(arn, {"n": 2}, name="one"))
    assert second.output == {"n": 2}


def test_deleting_what_is_not_there_is_no_error(workflows: Workflows) -> None:
    arn = workflows.create(PASS)
    for _ in range(2):
        workflows.states.delete_state_machine(stateMachineArn=arn)
