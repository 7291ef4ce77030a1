"""The API: what is kept, what is checked with the role, what is idempotent, what an execution's life looks like."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.stepfunctions.workflows import Workflows, allow, machine, single, task

PASS = single({"Type": "Pass"})
WAIT = single({"Type": "Wait", "Seconds": 20})
ECHO = single(
    {"Type": "Pass", "Output": {"mine": "{% $states.input.n %}", "name": "{% $states.context.Execution.Name %}"}}
)
DELIVERY = (
    "CreateLogDelivery",
    "DeleteLogDelivery",
    "DescribeLogGroups",
    "DescribeResourcePolicies",
    "GetLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "UpdateLogDelivery",
)


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def logging(workflows: Workflows) -> dict[str, Any]:
    group = f"/aws/vendedlogs/states/{workflows.name()}"
    workflows.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*"
    return {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }


def messages(workflows: Workflows, logging: dict[str, Any]) -> list[dict[str, Any]]:
    group = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"].split(":")[6]
    events = workflows.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_what_was_configured_is_described(workflows: Workflows, logging: dict[str, Any]) -> None:
    arn = workflows.create(PASS, loggingConfiguration=logging, tracingConfiguration={"enabled": True})
    described = workflows.states.describe_state_machine(stateMachineArn=arn)
    assert json.loads(described["definition"]) == PASS
    assert described["loggingConfiguration"] == logging
    assert described["tracingConfiguration"] == {"enabled": True}
    assert (described["type"], described["status"], described["roleArn"]) == ("STANDARD", "ACTIVE", workflows.role_arn)


def test_an_update_is_a_new_revision_and_leaves_executions_alone(workflows: Workflows) -> None:
    arn = workflows.create(WAIT)
    before = workflows.states.describe_state_machine(stateMachineArn=arn)["revisionId"]
    running = workflows.start(arn)
    updated = workflows.states.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS))
    described = workflows.states.describe_state_machine(stateMachineArn=arn)
    assert described["revisionId"] == updated["revisionId"] != before
    assert workflows.ended(workflows.start(arn)).status == "SUCCEEDED"
    of_running = workflows.states.describe_state_machine_for_execution(executionArn=running)
    assert json.loads(of_running["definition"]) == WAIT
    workflows.states.stop_execution(executionArn=running)


def test_a_version_runs_what_it_was_made_of(workflows: Workflows) -> None:
    made = workflows.states.create_state_machine(
        name=workflows.name(), definition=json.dumps(PASS), roleArn=workflows.role_arn, publish=True
    )
    workflows.states.update_state_machine(stateMachineArn=made["stateMachineArn"], definition=json.dumps(WAIT))
    outcome = workflows.ended(workflows.start(made["stateMachineVersionArn"]))
    assert outcome.status == "SUCCEEDED"
    assert outcome.described["stateMachineArn"] == made["stateMachineArn"]


def test_creating_again_is_idempotent_only_for_the_same_machine(workflows: Workflows) -> None:
    name, role = workflows.name(), workflows.role_arn
    create = workflows.states.create_state_machine
    first = create(name=name, definition=json.dumps(PASS), roleArn=role)["stateMachineArn"]
    assert create(name=name, definition=json.dumps(PASS, indent=2), roleArn=role)["stateMachineArn"] == first
    with pytest.raises(ClientError) as error:
        create(name=name, definition=json.dumps(WAIT), roleArn=role)
    assert refused(error) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{first}'")


def test_express_machines_are_refused_by_name(workflows: Workflows) -> None:
    with pytest.raises(ClientError) as error:
        workflows.create(PASS, type="EXPRESS")
    assert refused(error)[0] == "StateMachineTypeNotSupported"


def test_the_role_must_trust_step_functions(workflows: Workflows) -> None:
    with pytest.raises(ClientError) as error:
        workflows.create(PASS, role_arn=workflows.role(service="lambda.amazonaws.com"))
    code, message = refused(error)
    assert code == "AccessDeniedException"
    assert "states.amazonaws.com" in message


@pytest.mark.parametrize("missing", DELIVERY)
def test_logging_needs_every_delivery_permission(workflows: Workflows, logging: dict[str, Any], missing: str) -> None:
    role = workflows.role([allow(*(f"logs:{action}" for action in DELIVERY if action != missing))])
    with pytest.raises(ClientError) as error:
        workflows.create(PASS, role_arn=role, loggingConfiguration=logging)
    code, message = refused(error)
    assert code == "AccessDeniedException"
    assert message.startswith("The state machine IAM Role is not authorized to access the Log Destination")
    assert f"logs:{missing}" in message


def test_logging_needs_no_more_than_those(workflows: Workflows, logging: dict[str, Any]) -> None:
    role = workflows.role([allow(*(f"logs:{action}" for action in DELIVERY))])
    workflows.run(PASS, role_arn=role, loggingConfiguration=logging)
    assert [message["type"] for message in messages(workflows, logging)] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize("with_data", [True, False])
def test_the_history_is_delivered_as_log_events(
    workflows: Workflows, logging: dict[str, Any], *, with_data: bool
) -> None:
    outcome = workflows.run(
        single({"Type": "Pass", "Output": {"x": "é"}}),
        loggingConfiguration={**logging, "includeExecutionData": with_data},
    )
    exited = messages(workflows, logging)[2]
    data = {"output": '{"x":"é"}', "outputDetails": {"truncated": False}} if with_data else {}
    event = outcome.events[2]
    assert exited == {
        "id": "3",
        "type": "PassStateExited",
        "details": {"name": "Only", **data},
        "previous_event_id": "2",
        "event_timestamp": str(round(event["timestamp"].timestamp() * 1000)),
        "execution_arn": outcome.described["executionArn"],
        "redrive_count": "0",
    }


def test_the_level_selects_events(workflows: Workflows, logging: dict[str, Any]) -> None:
    workflows.run(single({"Type": "Fail", "Error": "E"}), loggingConfiguration={**logging, "level": "FATAL"})
    assert [message["type"] for message in messages(workflows, logging)] == ["ExecutionFailed"]


def test_a_level_without_a_group_is_refused(workflows: Workflows) -> None:
    with pytest.raises(ClientError) as error:
        workflows.create(PASS, loggingConfiguration={"level": "ALL"})
    assert refused(error)[0] == "InvalidLoggingConfiguration"


def test_tracing_that_is_denied_is_dropped(workflows: Workflows) -> None:
    role = workflows.role([allow("ssm:GetParameter")])
    assert workflows.run(PASS, role_arn=role, tracingConfiguration={"enabled": True}).status == "SUCCEEDED"


def test_an_execution_without_a_name_gets_its_own(workflows: Workflows) -> None:
    arn = workflows.create(ECHO)
    first, second = workflows.start(arn, {"n": 1}), workflows.start(arn, {"n": 1})
    assert first != second
    assert workflows.ended(first).output["name"] == first.rpartition(":")[2]


def test_starting_again_is_idempotent_while_it_runs(workflows: Workflows) -> None:
    arn, name = workflows.create(WAIT), workflows.name()
    first = workflows.start(arn, {"a": 1}, name=name)
    assert workflows.start(arn, {"a": 1}, name=name) == first
    with pytest.raises(ClientError) as error:
        workflows.start(arn, {"a": 2}, name=name)
    assert refused(error) == ("ExecutionAlreadyExists", f"Execution Already Exists: '{first}'")
    workflows.states.stop_execution(executionArn=first)
    with pytest.raises(ClientError) as error:
        workflows.start(arn, {"a": 1}, name=name)
    assert refused(error)[0] == "ExecutionAlreadyExists"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a b", "{}", "InvalidName"),
        ("x" * 81, "{}", "ValidationException"),
        ("ok", "{", "InvalidExecutionInput"),
        ("ok", json.dumps("x" * 262_143), "ValidationException"),
    ],
)
def test_names_and_inputs_are_checked(workflows: Workflows, name: str, text: str, code: str) -> None:
    arn = workflows.create(PASS)
    with pytest.raises(ClientError) as error:
        workflows.states.start_execution(stateMachineArn=arn, name=name, input=text)
    assert refused(error)[0] == code


def test_an_input_may_be_262144_bytes(workflows: Workflows) -> None:
    arn = workflows.create(single({"Type": "Pass", "Output": "{% $length($states.input) %}"}))
    assert workflows.ended(workflows.start(arn, "x" * (262_144 - 2))).output == 262_142


def test_stop_ends_it_at_once_and_for_good(workflows: Workflows) -> None:
    execution = workflows.start(workflows.create(WAIT))
    workflows.until(lambda: len(workflows.states.get_execution_history(executionArn=execution)["events"]) == 2)
    workflows.states.stop_execution(executionArn=execution, error="Mine", cause="because")
    outcome = workflows.ended(execution)
    assert (outcome.status, outcome.error, outcome.cause) == ("ABORTED", "Mine", "because")
    assert outcome.types == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    assert outcome.details("ExecutionAborted") == [{"error": "Mine", "cause": "because"}]
    again = workflows.states.stop_execution(executionArn=execution, error="Other")
    assert again["stopDate"] == outcome.described["stopDate"]
    assert workflows.ended(execution).error == "Mine"


def test_the_history_streams_and_comes_in_pages_and_backwards(workflows: Workflows) -> None:
    definition = machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 20, "End": True}})
    execution = workflows.start(workflows.create(definition))
    history = workflows.states.get_execution_history
    workflows.until(lambda: len(history(executionArn=execution)["events"]) == 4)
    assert workflows.states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    workflows.states.stop_execution(executionArn=execution)
    pages = workflows.states.get_paginator("get_execution_history")
    events = list(pages.paginate(executionArn=execution, PaginationConfig={"PageSize": 2}).search("events[]"))
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5]
    assert [event["id"] for event in history(executionArn=execution, reverseOrder=True, maxResults=2)["events"]] == [
        5,
        4,
    ]
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert (
        abs((times[0] - workflows.states.describe_execution(executionArn=execution)["startDate"]).total_seconds()) < 1
    )


def test_executions_at_once_do_not_mix(workflows: Workflows) -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": "{% $n & '-' & $states.input %}", "End": True}}}
    definitions = [
        machine(
            {
                "Keep": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "Each"},
                "Each": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": inner, "End": True},
            }
        ),
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": True}}},
    ]
    results: dict[int, Any] = {}

    def run(number: int) -> None:
        results[number] = workflows.run(definitions[number % 2], {"n": number}).output

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: ([f"{n}-{item}" for item in (1, 2, 3)] if n % 2 == 0 else {"n": n}) for n in range(8)}


def test_the_managed_rule_is_put_with_the_role(workflows: Workflows) -> None:
    rule = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    sync = single(task("sagemaker:createTrainingJob.sync", "{% $states.input %}"))
    arn = f"arn:aws:events:eu-west-1:123456789012:rule/{rule}"
    actions = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    for missing in actions:
        role = workflows.role([allow(*(action for action in actions if action != missing), resource=arn)])
        with pytest.raises(ClientError) as error:
            workflows.create(sync, role_arn=role)
        code, message = refused(error)
        assert code == "AccessDeniedException"
        assert message.startswith(f"'{role}' is not authorized to create managed-rule.")
        assert missing in message
    workflows.create(sync, role_arn=workflows.role([allow(*actions, resource=arn)]))
    assert workflows.client("events").describe_rule(Name=rule)["State"] == "ENABLED"
