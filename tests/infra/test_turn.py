"""Whose turn it is, by walking through the states that ask for it."""

from __future__ import annotations

from typing import Any

import pytest

from infra.workflow.ratings import NOTHING_YET
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json
from tests.infra.walk import EXECUTION, Failed, Walk, value

ME, OTHER = EXECUTION["Id"], EXECUTION["Id"].replace(":one", ":other")
TAKEN = Failed("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
GONE = Failed("Sfn.ExecutionDoesNotExistException", "Execution Does Not Exist")
HELD = {"Item": {"resource": {"S": "endpoint"}, "execution": {"S": OTHER}}}


def _walked(nested: Json, overlap: str = "wait", **answers: list[Any]) -> tuple[str, Walk]:
    walk = Walk(nested, {name.replace("_", " "): planned for name, planned in answers.items()})
    end = walk.go("Take Turn", until=("Begin Turn", CLEAN_UP), turn=_fresh(), job={"overlap": overlap})
    return end, walk


def _fresh() -> dict[str, Any]:
    turn: Any = NOTHING_YET["turn"]
    return {name: value(of) if isinstance(of, str) else of for name, of in turn.items()}


def _asked_about(request: Json) -> str:
    return str(request["ExpressionAttributeValues"][":holder"]["S"])


def test_a_free_turn_is_taken_by_its_own_name(nested: Json) -> None:
    end, walk = _walked(nested, Take_Turn=[{}])
    (request,) = walk.asked["Take Turn"]
    assert end == "Begin Turn"
    assert request["Item"]["execution"] == {"S": ME}
    assert _asked_about(request) == ME, "an answer that was lost is no other execution's turn"


@pytest.mark.parametrize("ended", [{"Status": "SUCCEEDED"}, {"Status": "ABORTED"}, {"Status": "TIMED_OUT"}, GONE])
def test_a_turn_ends_with_its_execution(nested: Json, ended: Any) -> None:
    end, walk = _walked(nested, Take_Turn=[TAKEN], Read_Turn=[HELD], Describe_Holder=[ended], Take_Over_Turn=[{}])
    (request,) = walk.asked["Take Over Turn"]
    assert (end, _asked_about(request), request["Item"]["execution"]) == ("Begin Turn", OTHER, {"S": ME})
    assert walk.asked["Describe Holder"] == [{"ExecutionArn": OTHER}]


def test_while_the_other_runs_it_is_waited_for(nested: Json) -> None:
    runs, ended = {"Status": "RUNNING"}, {"Status": "SUCCEEDED"}
    described: list[Any] = [runs, runs, ended, runs]
    answers: dict[str, list[Any]] = {
        "Take Turn": [TAKEN],
        "Read Turn": [HELD] * 4,
        "Describe Holder": described,
        "Take Over Turn": [TAKEN],
    }
    walk = Walk(nested, answers)
    walk.go("Take Turn", until=("Take Over Turn",), turn=_fresh(), job={"overlap": "wait"})
    assert walk.visited.count("Wait for Turn") == 2
    # Somebody else was faster: it is asked whose the turn is now.
    assert walk.go("Take Over Turn", until=("Wait for Turn",)) == "Wait for Turn"


def test_one_that_would_not_wait_says_for_whom(nested: Json) -> None:
    runs = [{"Status": "RUNNING"}]
    end, walk = _walked(nested, "refuse", Take_Turn=[TAKEN], Read_Turn=[HELD], Describe_Holder=runs)
    assert end == CLEAN_UP
    assert walk.variables["failure"] == {
        "state": "Take Turn",
        "error": "AnotherExecutionRuns",
        "cause": "execution other runs, and the input says not to wait for it",
    }


def test_one_that_is_not_needed_ends_well_and_says_for_whom(nested: Json) -> None:
    answers: dict[str, list[Any]] = {
        "Take Turn": [TAKEN],
        "Read Turn": [HELD],
        "Describe Holder": [{"Status": "RUNNING"}],
    }
    walk = Walk(nested, answers)
    assert walk.go("Take Turn", until=("Skip Execution",), turn=_fresh(), job={"overlap": "skip"}) == "Skip Execution"
    assert nested["States"]["Skip Execution"]["Type"] == "Succeed"
    assert walk.output("Skip Execution") == {
        "decision": "skipped",
        "running": "other",
        "reason": "execution other runs, and the input says to leave it at that",
    }


@pytest.mark.parametrize("overlap", ["wait", "refuse", "skip"])
def test_a_turn_that_is_over_is_taken_whatever_the_input_says(nested: Json, overlap: str) -> None:
    ended = [{"Status": "FAILED"}]
    end, _ = _walked(nested, overlap, Take_Turn=[TAKEN], Read_Turn=[HELD], Describe_Holder=ended, Take_Over_Turn=[{}])
    assert end == "Begin Turn"


def test_waiting_has_an_end(nested: Json) -> None:
    runs = {"Status": "RUNNING"}
    end, walk = _walked(nested, Take_Turn=[TAKEN], Read_Turn=[HELD] * 500, Describe_Holder=[runs] * 500)
    assert end == CLEAN_UP
    assert walk.variables["failure"]["cause"] == "execution other runs, and was waited for long enough"
    waits = [min(300, 2**polls) for polls in range(1, walk.visited.count("Wait for Turn") + 1)]
    assert 34 * 3600 < sum(waits) < 36 * 3600
    assert 12 * len(waits) < 25_000, "events of an execution"
