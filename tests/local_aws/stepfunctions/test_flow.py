"""Choice, Wait, Fail, Map, Parallel, Retry, Catch, time limits and size limits."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest

from tests.local_aws.stepfunctions.workflows import Json, Workflows, machine, single, task

FAIL = {"Type": "Fail", "Error": "Boom", "Cause": "it broke"}
DONE = {"Type": "Succeed"}
# A call that fails the same way whatever the role may do.
NO_PARAMETER = task("aws-sdk:ssm:getParameter", {"Name": "/sfn/none"})


def branch(state: dict[str, Json], *, name: str = "Inner", **fields: Json) -> dict[str, Json]:
    last = {} if state["Type"] in {"Fail", "Succeed"} else {"End": True}
    return {"StartAt": name, "States": {name: {**state, **last}}, **fields}


def caught(state: dict[str, Json], errors: list[str]) -> dict[str, Json]:
    """A machine whose output is the error that the state's Catch saw."""
    catch = [{"ErrorEquals": errors, "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
    return machine({"Only": {**state, "Catch": catch, "Next": "Caught"}, "Caught": DONE})


@pytest.mark.parametrize(("n", "expected"), [(1, ["one", 1]), (2, ["rule", 2]), (3, ["default", 3])])
def test_choice_takes_the_first_rule_that_holds_or_the_default(workflows: Workflows, n: int, expected: Json) -> None:
    rules = [
        {"Condition": "{% $states.input.n = 1 %}", "Output": ["one", "{% $states.input.n %}"], "Next": "Left"},
        {"Condition": "{% $states.input.n < 3 %}", "Output": ["rule", "{% $states.input.n %}"], "Next": "Right"},
    ]
    pick = {"Type": "Choice", "Choices": rules, "Default": "Right", "Output": ["default", "{% $states.input.n %}"]}
    assert workflows.run(machine({"Pick": pick, "Left": DONE, "Right": DONE}), {"n": n}).output == expected


@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
def test_no_choice_matched(workflows: Workflows, language: str) -> None:
    rule = {"Condition": "{% false %}"} if language == "JSONata" else {"Variable": "$.n", "NumericEquals": 0}
    pick = {"Type": "Choice", "Choices": [{**rule, "Next": "Done"}]}
    outcome = workflows.run(machine({"Pick": pick, "Done": DONE}) | {"QueryLanguage": language}, {"n": 1})
    assert (outcome.status, outcome.error) == ("FAILED", "States.NoChoiceMatched")


def test_fail_says_what_its_expressions_say(workflows: Workflows) -> None:
    fail = {"Type": "Fail", "Error": "{% $states.input.Error %}", "Cause": "{% 'again: ' & $states.input.Cause %}"}
    outcome = workflows.run(single(fail), {"Error": "States.TaskFailed", "Cause": 'a "b"'})
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", "States.TaskFailed", 'again: a "b"')
    assert outcome.types[-2:] == ["FailStateEntered", "ExecutionFailed"]


@pytest.mark.parametrize("kind", ["Seconds", "Timestamp", "zone"])
def test_wait_takes_its_time(workflows: Workflows, kind: str) -> None:
    given: dict[str, Any] = {"until": 1}
    if kind != "Seconds":
        zone = datetime.UTC if kind == "Timestamp" else datetime.timezone(datetime.timedelta(hours=-7))
        given["until"] = (datetime.datetime.now(zone) + datetime.timedelta(seconds=1)).isoformat()
    field = "Seconds" if kind == "Seconds" else "Timestamp"
    outcome = workflows.run(single({"Type": "Wait", field: "{% $states.input.until %}"}), given)
    started, stopped = outcome.described["startDate"], outcome.described["stopDate"]
    assert outcome.output == given
    assert 0.9 <= (stopped - started).total_seconds() < 2.5


def test_map_keeps_order_and_gives_each_item_its_place(workflows: Workflows) -> None:
    each = {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "MaxConcurrency": 2,
        "ItemSelector": {
            "at": "{% $states.context.Map.Item.Index %}",
            "item": "{% $states.context.Map.Item.Value %}",
            "all": "{% $count($states.input.items) %}",
        },
        "ItemProcessor": branch({"Type": "Pass", "Output": "{% $states.input %}"}),
    }
    items = ["a", None, {"k": [1]}, 'q"', 5]
    expected = [{"at": at, "item": item, "all": 5} for at, item in enumerate(items)]
    assert workflows.run(single(each), {"items": items}).output == expected


def test_a_map_over_nothing_is_nothing(workflows: Workflows) -> None:
    assert workflows.run(single({"Type": "Map", "Items": [], "ItemProcessor": branch(FAIL)})).output == []


def test_parallel_collects_its_branches(workflows: Workflows) -> None:
    both = {
        "Type": "Parallel",
        "Arguments": {"n": "{% $states.input.n + 1 %}"},
        "Branches": [
            branch({"Type": "Pass", "Output": "{% $states.input.n %}"}),
            branch({"Type": "Wait", "Seconds": 1}, name="Other"),
        ],
        "Output": "{% $states.result %}",
    }
    assert workflows.run(single(both), {"n": 1}).output == [2, {"n": 2}]


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Map", "Items": [1, 2], "ItemProcessor": branch(FAIL)},
        {"Type": "Parallel", "Branches": [branch(FAIL), branch({"Type": "Wait", "Seconds": 20}, name="Other")]},
    ],
)
def test_a_failing_branch_fails_the_whole_at_once(workflows: Workflows, state: dict[str, Json]) -> None:
    begun = time.monotonic()
    assert workflows.run(caught(state, ["Boom"])).output == {"Error": "Boom", "Cause": "it broke"}
    assert time.monotonic() - begun < 10
    outcome = workflows.run(single(state))
    assert (outcome.error, outcome.cause) == ("Boom", "it broke")


def test_reserved_errors_leave_a_branch_under_their_own_name(workflows: Workflows) -> None:
    inner = branch({"Type": "Pass", "Output": "{% $no %}"})
    outcome = workflows.run(single({"Type": "Parallel", "Branches": [inner]}))
    assert outcome.error == "States.QueryEvaluationError"


def test_a_retry_evaluates_its_arguments_anew(workflows: Workflows) -> None:
    arguments = {"Name": "{% '/sfn/none-' & $states.context.State.RetryCount %}"}
    retry = [
        {"ErrorEquals": ["Other"], "MaxAttempts": 9},
        {"ErrorEquals": ["Ssm.ParameterNotFoundException"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1},
    ]
    outcome = workflows.run(single(task("aws-sdk:ssm:getParameter", arguments, Retry=retry)))
    asked = [details["parameters"] for details in outcome.details("TaskScheduled")]
    assert asked == [f'{{"Name":"/sfn/none-{count}"}}' for count in range(3)]
    assert outcome.types.count("TaskFailed") == 3
    assert outcome.error == "Ssm.ParameterNotFoundException"


@pytest.mark.parametrize("wanted", [["States.ALL"], ["States.TaskFailed"], ["X", "Ssm.ParameterNotFoundException"]])
def test_catch_takes_what_it_names(workflows: Workflows, wanted: list[str]) -> None:
    seen = workflows.run(caught(NO_PARAMETER, wanted)).output
    assert seen["Error"] == "Ssm.ParameterNotFoundException"
    assert "/sfn/none" in seen["Cause"]


def test_catch_passes_on_what_it_does_not_name(workflows: Workflows) -> None:
    assert workflows.run(caught(NO_PARAMETER, ["States.Timeout"])).error == "Ssm.ParameterNotFoundException"


def test_a_caught_error_leaves_no_assignment_behind(workflows: Workflows) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Error %}"}, "Next": "B"}]
    states = {
        "A": {**NO_PARAMETER, "Assign": {"got": 1}, "Catch": catch, "Next": "B"},
        "B": {"Type": "Pass", "Output": ["{% $why %}", "{% $exists($got) %}"], "End": True},
    }
    assert workflows.run(machine(states)).output == ["Ssm.ParameterNotFoundException", False]


def test_the_machine_times_out(workflows: Workflows) -> None:
    outcome = workflows.run(single({"Type": "Wait", "Seconds": 20}, TimeoutSeconds=1))
    assert outcome.status == "TIMED_OUT"
    assert outcome.types == ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]
    assert outcome.described["stopDate"] - outcome.described["startDate"] < datetime.timedelta(seconds=5)


@pytest.mark.parametrize(("excess", "status"), [(0, "SUCCEEDED"), (1, "FAILED")])
def test_a_state_may_pass_on_262144_bytes(workflows: Workflows, excess: int, status: str) -> None:
    # An é is two bytes of UTF-8 and the quotes are two more.
    length = (262_144 - 2) // 2
    text = "{% $pad('', $states.input.length, 'é') & $pad('', $states.input.excess, 'x') %}"
    outcome = workflows.run(single({"Type": "Pass", "Output": text}), {"length": length, "excess": excess})
    assert outcome.status == status
    assert outcome.error == ("States.DataLimitExceeded" if excess else None)


def test_states_all_does_not_catch_the_data_limit(workflows: Workflows) -> None:
    large = branch({"Type": "Pass", "Output": "{% $pad('', 262145, 'x') %}"})
    outcome = workflows.run(caught({"Type": "Parallel", "Branches": [large]}, ["States.ALL"]))
    assert outcome.error == "States.DataLimitExceeded"
