"""JSONata in states: variables, the context, what fails and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local_aws.stepfunctions.test_jsonata import JSON
from tests.local_aws.stepfunctions.workflows import Workflows, machine, single, task

ECHO = machine(
    {
        "Assign": {
            "Type": "Pass",
            "Assign": {"text": "{% $states.input.text %}", "value": "{% $states.input.value %}"},
            "Output": {},
            "Next": "Read",
        },
        "Read": {"Type": "Pass", "Output": {"text": "{% $text %}", "value": "{% $value %}"}, "End": True},
    }
)


@pytest.fixture(scope="module")
def echo(workflows: Workflows) -> str:
    return workflows.create(ECHO)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1), JSON)
def test_values_round_trip_through_variables(workflows: Workflows, echo: str, text: str, value: object) -> None:
    outcome = workflows.ended(workflows.start(echo, {"text": text, "value": value}))
    assert outcome.output == {"text": text, "value": value}


def test_quotes_backslashes_and_newlines_survive(workflows: Workflows, echo: str) -> None:
    text = 'say "hi"\\n {% $not %}\n\t é 😀 \u2028'
    outcome = workflows.ended(workflows.start(echo, {"text": text, "value": [text, {text: text}]}))
    assert outcome.output == {"text": text, "value": [text, {text: text}]}
    assigned = outcome.details("PassStateExited")[0]["assignedVariables"]
    assert assigned["text"] == '"say \\"hi\\"\\\\n {% $not %}\\n\\t é 😀 \u2028"'


def test_assign_and_output_see_the_same_variables(workflows: Workflows) -> None:
    states = {
        "First": {"Type": "Pass", "Assign": {"n": 1}, "Next": "Second"},
        "Second": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Output": "{% $n %}", "Next": "Third"},
        "Third": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $n %}"], "End": True},
    }
    assert workflows.run(machine(states)).output == [1, 2]


def test_the_context_object(workflows: Workflows) -> None:
    arn = workflows.create(single({"Type": "Pass", "Output": "{% $states.context %}"}))
    execution_arn = workflows.start(arn, {"a": 1}, name=workflows.name())
    outcome = workflows.ended(execution_arn)
    execution, state = outcome.output["Execution"], outcome.output["State"]
    assert execution == {
        "Id": execution_arn,
        "Input": {"a": 1},
        "Name": execution_arn.rpartition(":")[2],
        "RoleArn": workflows.role_arn,
        "StartTime": execution["StartTime"],
        "RedriveCount": 0,
    }
    assert outcome.output["StateMachine"] == {"Id": arn, "Name": arn.rpartition(":")[2]}
    assert (state["Name"], state["RetryCount"]) == ("Only", 0)
    for moment in (execution["StartTime"], state["EnteredTime"]):
        assert len(moment) == len("2026-08-28T20:34:59.712Z")
        assert moment.endswith("Z")


@pytest.mark.parametrize(
    ("state", "field", "expression"),
    [
        ({"Type": "Pass", "Output": {"v": [1, "{% $states.input.no %}"]}}, "Output/v[1]", "$states.input.no"),
        ({"Type": "Pass", "Assign": {"x": {"y": "{% $no %}"}}}, "Assign/x/y", "$no"),
        (task("aws-sdk:ssm:getParameter", {"Name": "{% $no %}"}), "Arguments/Name", "$no"),
        ({"Type": "Wait", "Seconds": "{% $no %}"}, "Seconds", "$no"),
        ({"Type": "Fail", "Cause": "{% $no %}"}, "Cause", "$no"),
        ({"Type": "Succeed", "Output": "{% $states.context.No %}"}, "Output", "$states.context.No"),
    ],
)
def test_nothing_fails_the_state_by_field_and_expression(
    workflows: Workflows, state: dict[str, object], field: str, expression: str
) -> None:
    outcome = workflows.run(single(state))
    assert outcome.error == "States.QueryEvaluationError"
    assert outcome.cause == (
        "An error occurred while executing the state 'Only' (entered at the event id #2). The JSONata expression "
        f"'{expression}' specified for the field '{field}' returned nothing (undefined)."
    )
    assert outcome.types.count("EvaluationFailed") == 1
    assert outcome.details("EvaluationFailed")[0]["location"] == field


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"Type": "Fail", "Error": "{% {} %}"}, "'Error' returned an unexpected result type. Expected 'string'"),
        ({"Type": "Wait", "Seconds": "{% 'x' %}"}, "Expected 'number', but was 'string' for value: \"x\""),
        ({"Type": "Pass", "Output": "{% $sum %}"}, "returned an unsupported result type"),
        ({"Type": "Pass", "Output": "{% 'a' + 1 %}"}, "threw an error during evaluation"),
    ],
)
def test_wrong_types_are_query_errors(workflows: Workflows, state: dict[str, object], words: str) -> None:
    outcome = workflows.run(single(state))
    assert outcome.error == "States.QueryEvaluationError"
    assert words in outcome.cause


def test_a_condition_must_be_boolean(workflows: Workflows) -> None:
    rules = [{"Condition": "{% false %}", "Next": "Done"}, {"Condition": "{% 1 %}", "Next": "Done"}]
    outcome = workflows.run(machine({"Pick": {"Type": "Choice", "Choices": rules}, "Done": {"Type": "Succeed"}}))
    assert "'Choices[1]/Condition' returned an unexpected result type. Expected 'boolean'" in outcome.cause


def test_an_error_in_output_or_arguments_is_caught(workflows: Workflows) -> None:
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput.Error %}", "Next": "B"}]
    list_rules = task("aws-sdk:eventbridge:listRules", Assign={"kept": 1}, Output="{% $states.result.no %}")
    states = {
        "A": {**list_rules, "Catch": catch, "Next": "B"},
        "B": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $exists($kept) %}"], "End": True},
    }
    assert workflows.run(machine(states)).output == ["States.QueryEvaluationError", False]


def test_jsonpath_states_read_variables_by_path(workflows: Workflows) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"x.$": "$.v"}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"got.$": "$x.a[1]", "id.$": "$$.Execution.Name"}, "End": True},
    }
    arn = workflows.create({"StartAt": "A", "States": states})
    name = workflows.name()
    outcome = workflows.ended(workflows.start(arn, {"v": {"a": [1, 'q"\n']}}, name=name))
    assert outcome.output == {"got": 'q"\n', "id": name}
