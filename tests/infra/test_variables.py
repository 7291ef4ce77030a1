"""State is carried in variables, and none is read where some path has not assigned it (Step Functions fails then)."""

from __future__ import annotations

import pytest

from tests.infra.machine import (
    CLEAN_UP,
    assigned_by,
    certainly_assigned,
    expressions,
    read_by,
    scopes,
    unassigned,
    variables,
    without_inner,
)
from tests.infra.rendering import Json


def test_every_variable_is_assigned_on_every_path_to_its_reader(machine: Json) -> None:
    assert unassigned(machine) == {}


def test_clean_up_relies_on_what_the_first_state_assigned(machine: Json) -> None:
    """It can follow any state, so beyond the failure itself it may know nothing that comes later."""
    first = set(machine["States"][machine["StartAt"]]["Assign"])
    assert certainly_assigned(machine)[CLEAN_UP] == first | {"failure"}


def test_every_assigned_variable_is_read_somewhere(machine: Json) -> None:
    states = machine["States"].values()
    assigned = {name for state in states for name in assigned_by(state)}
    assert assigned == {name for state in states for name in read_by(state)}


def test_no_scope_assigns_a_variable_of_one_around_it(nested: Json) -> None:
    """AWS refuses such a definition (Step Functions, "Passing data between states with variables", its scope rules)."""
    within = [scope for scope in scopes(nested) if scope.around]
    assert len(within) == 3
    for scope in within:
        assert scope.around is not None
        assert not scope.assigned() & scope.around.known(), scope.owner


def test_no_state_reads_a_variable_of_a_scope_within_or_beside_it(nested: Json) -> None:
    """What is assigned in a branch ends with it; only the result of the Parallel goes on."""
    for scope in scopes(nested):
        for name, state in scope.states.items():
            assert read_by(state) <= scope.known(), name


def test_iterations_assign_nothing(nested: Json) -> None:
    """They only hand their output on: several may run at a time."""
    iterations = [scope for scope in scopes(nested) if scope.kind == "Map"]
    assert iterations
    assert [scope.assigned() for scope in iterations] == [set()] * len(iterations)


def test_no_state_reads_the_output_of_the_one_before(nested: Json) -> None:
    """What a function answers goes into a variable by its `Payload`; nothing else is handed on.

    An iteration's input is its item. Outputs are what a branch, an iteration or the execution ends with.
    """
    for scope in scopes(nested):
        reading = {name for name, state in scope.states.items() if _reads_input(state)}
        assert reading == ({"Tune Model"} if scope.kind == "Map" else set())
        with_output = {name for name, state in scope.states.items() if "Output" in state}
        ending = {name for name, state in scope.states.items() if state.get("End") or state["Type"] == "Succeed"}
        assert with_output == ending


def _reads_input(state: Json) -> bool:
    return any("$states.input" in text for text in expressions(without_inner(state)))


def test_the_analysis_tells_scopes_apart() -> None:
    iteration = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Assign": {"c": 1}, "End": True}}}
    each = {"Type": "Map", "ItemProcessor": iteration, "Assign": {"b": "{% $a %}"}, "End": True}
    branch = {"StartAt": "Each", "States": {"Each": each}}
    other = {"StartAt": "Other", "States": {"Other": {"Type": "Fail", "Cause": "{% $b %}"}}}
    both = {"Type": "Parallel", "Branches": [branch, other], "Catch": [{"Assign": {"a": 1}, "Next": "Both"}]}
    found = scopes({"StartAt": "Both", "States": {"Both": both}})
    assert [(scope.kind, scope.owner, scope.assigned()) for scope in found] == [
        ("", "", {"a"}),
        ("Parallel", "Both", {"b"}),
        ("Map", "Each", {"c"}),
        ("Parallel", "Both", set()),
    ]
    assert found[2].known() == {"a", "b", "c"}
    assert read_by(found[3].states["Other"]) - found[3].known() == {"b"}
    assert read_by(both) == set(), "what is within is not its own"


def test_the_analysis_sees_a_path_that_assigns_nothing() -> None:
    machine = {
        "StartAt": "Choose",
        "States": {
            "Choose": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Assign"}], "Default": "Read"},
            "Assign": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Read"},
            "Read": {"Type": "Pass", "Assign": {"c": "{% $a %}"}, "End": True},
        },
    }
    assert unassigned(machine) == {"Read": {"a"}}


def test_the_analysis_knows_that_a_failed_task_assigns_nothing() -> None:
    machine = {
        "StartAt": "Do",
        "States": {
            "Do": {
                "Type": "Task",
                "Assign": {"done": True},
                "Next": "Read",
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"failure": "x"}, "Next": "Read"}],
            },
            "Read": {"Type": "Succeed", "Output": "{% [$done, $failure] %}"},
        },
    }
    assert unassigned(machine) == {"Read": {"done", "failure"}}


def test_the_analysis_ends_on_a_loop() -> None:
    machine = {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
            "Count": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "Check"},
            "Check": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $n < 3 %}", "Next": "Count"}],
                "Default": "End",
            },
            "End": {"Type": "Succeed"},
        },
    }
    assert unassigned(machine) == {}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$job.run", {"job"}),
        ("$merge([$created, {'model': $states.result.ModelArn}])", {"created"}),
        ("($local := $string($outer); $local)", {"outer"}),
        ("'s3://b/' & $job.run & '$not_a_variable'", {"job"}),
        ("$exists($a) ? $b : 'it\\'s $c'", {"a", "b"}),
        ("$sort($a, function($l, $r) { $l.x > $r.x and $b })", {"a", "b"}),
        ("null", set()),
    ],
)
def test_variables_of_an_expression(expression: str, expected: set[str]) -> None:
    assert variables(expression) == expected
