"""State is carried in variables, and none is read where some path has not assigned it (Step Functions fails then)."""

from __future__ import annotations

import pytest

from tests.infra.machine import CLEAN_UP, certainly_assigned, expressions, read_by, unassigned, variables
from tests.infra.rendering import Json


def test_every_variable_is_assigned_on_every_path_to_its_reader(machine: Json) -> None:
    assert unassigned(machine) == {}


def test_clean_up_relies_on_what_the_first_state_assigned(machine: Json) -> None:
    """It can follow any state, so beyond the failure itself it may know nothing that comes later."""
    first = set(machine["States"][machine["StartAt"]]["Assign"])
    assert certainly_assigned(machine)[CLEAN_UP] == first | {"failure"}


def test_every_assigned_variable_is_read_somewhere(machine: Json) -> None:
    states = machine["States"].values()
    catchers = [catcher for state in states for catcher in state.get("Catch", [])]
    assigned = {name for assigner in [*states, *catchers] for name in assigner.get("Assign", {})}
    assert assigned == {name for state in states for name in read_by(state)}


def test_no_state_reads_the_output_of_the_one_before(machine: Json) -> None:
    """What a function answers goes into a variable by its `Payload`; nothing else is handed on."""
    assert not [text for text in expressions(machine["States"]) if "$states.input" in text]
    assert {name for name, state in machine["States"].items() if "Output" in state} == {"Finish Execution"}


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
        ("null", set()),
    ],
)
def test_variables_of_an_expression(expression: str, expected: set[str]) -> None:
    assert variables(expression) == expected
