"""The history of a machine that the local AWS really runs → when its states ran."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lambdas.common.history import events
from lambdas.logic.states import states_of
from tests.local_aws.stepfunctions.workflows import Workflows

MACHINE: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Work Side by Side",
    "States": {
        "Work Side by Side": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}},
                {
                    "StartAt": "Ask Nobody",
                    "States": {
                        "Ask Nobody": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::lambda:invoke",
                            "Arguments": {"FunctionName": "nobody"},
                            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Go On"}],
                            "End": True,
                        },
                        "Go On": {"Type": "Pass", "End": True},
                    },
                },
            ],
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 0, "Next": "Finish"},
        "Finish": {"Type": "Succeed"},
    },
}


def test_states_of_an_execution(in_lambda: None, aws: Callable[[str], Any]) -> None:
    client = cache(aws)
    workflows = Workflows(client, Workflows(client).role())
    ended = workflows.run(MACHINE)
    found = {state["name"]: state for state in states_of(events(ended.described["executionArn"]))}
    assert {name: state["status"] for name, state in found.items()} == {
        "Work Side by Side": "SUCCEEDED",
        "Pass": "SUCCEEDED",
        "Ask Nobody": "CAUGHT",
        "Go On": "SUCCEEDED",
        "Wait": "SUCCEEDED",
        "Finish": "SUCCEEDED",
    }
    inner = found["Pass"]["seconds"] + found["Ask Nobody"]["seconds"]
    assert 0 <= inner <= 2 * found["Work Side by Side"]["seconds"]
    assert found["Work Side by Side"]["entered"] <= found["Ask Nobody"]["entered"] <= found["Wait"]["entered"]
