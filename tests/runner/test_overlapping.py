"""States that overlap, as the local AWS's interpreter writes their history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from runner.cloud import Cloud
from runner.history import failed_state, remembered, visits
from runner.visits import Visit
from tests.local_aws.stepfunctions.workflows import Outcome, Workflows, machine, task

State = dict[str, Any]
PASS: State = {"Type": "Pass"}
FAIL: State = {"Type": "Fail", "Error": "Boom", "Cause": "Fail Branch: it broke"}
SECOND: State = {"Type": "Wait", "Seconds": 1}
LONG: State = {"Type": "Wait", "Seconds": 60}
# Calls that fail the same way whatever the role may do.
NO_PARAMETER = task("aws-sdk:ssm:getParameter", {"Name": "/sfn/none"})
ALWAYS = ["States.ALL"]


def chained(**states: State) -> dict[str, State]:
    """Each state goes on to the next one given."""
    names = [name.replace("_", " ") for name in states]
    following: list[State] = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {
        name: state if state["Type"] in ("Fail", "Succeed", "Choice") else {**step, **state}
        for name, state, step in zip(names, states.values(), following, strict=True)
    }


def branch(**states: State) -> dict[str, Any]:
    made = chained(**states)
    return {"StartAt": next(iter(made)), "States": made}


def parallel(*branches: dict[str, Any], **fields: Any) -> State:
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def caught(following: str, **fields: Any) -> State:
    return {"Catch": [{"ErrorEquals": ALWAYS, "Next": following, **fields}]}


def retried(attempts: int) -> State:
    return {"Retry": [{"ErrorEquals": ALWAYS, "IntervalSeconds": 1, "MaxAttempts": attempts}]}


def each(items: list[int], processor: dict[str, Any], **fields: Any) -> State:
    return {"Type": "Map", "Items": items, "ItemProcessor": processor, **fields}


BY_ITEM: State = {"Type": "Wait", "Seconds": "{% $states.input = 1 ? 1 : 60 %}"}
MACHINES: Mapping[str, dict[str, State]] = {
    "success": chained(
        Begin={**PASS, "Assign": {"name": "outer"}},
        Both=parallel(
            branch(Slow={**SECOND, "Assign": {"slow": 1, "of": "slow"}}, Then=PASS),
            branch(Quick={**PASS, "Assign": {"quick": {"n": 2}, "of": "quick"}}),
            Assign={"slow": 3},
        ),
        After=PASS,
    ),
    "uncaught": chained(Both=parallel(branch(Wait=LONG), branch(Ask=NO_PARAMETER))),
    "caught": chained(
        Both=parallel(branch(Wait=LONG), branch(Rest=SECOND, Fail_Branch=FAIL), **caught("After")), After=PASS
    ),
    "mended": chained(
        Both=parallel(
            branch(Wait=SECOND),
            branch(Ask={**NO_PARAMETER, **retried(1), **caught("Note")}, Note=PASS),
        )
    ),
    "tried again": chained(
        Both=parallel(branch(Wait=LONG), branch(Ask=NO_PARAMETER), **retried(1), **caught("After")), After=PASS
    ),
    "nested": chained(
        Each=each([0, 1, 2], branch(Both=parallel(branch(Wait=SECOND), branch(Pass=PASS)), Out=PASS), MaxConcurrency=2),
        After=PASS,
    ),
    "nested failure": chained(
        Outer=parallel(
            branch(Inner=parallel(branch(Wait=LONG), branch(Wait_Too=LONG))),
            branch(Rest=SECOND, Fail_Branch=FAIL),
            **caught("After"),
        ),
        After=PASS,
    ),
    "iteration fails": chained(Each=each([0, 1, 2], branch(Wait=BY_ITEM, Fail_Branch=FAIL))),
}


@pytest.fixture(scope="module")
def outcomes(cloud: Cloud) -> dict[str, Outcome]:
    """All of them at once: they spend their time waiting."""
    workflows = Workflows(cloud.client, Workflows(cloud.client).role())
    started = {name: workflows.start(workflows.create(machine(states))) for name, states in MACHINES.items()}
    return {name: workflows.ended(arn) for name, arn in started.items()}


def ends(seen: list[Visit]) -> list[tuple[str, str | None, str]]:
    """Sorted: which branch comes first is the threads' affair."""
    return sorted((visit.name, visit.within or "", visit.status) for visit in seen)


def by_name(seen: list[Visit]) -> dict[str, Visit]:
    return {visit.name: visit for visit in seen}


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_inside_begins_and_ends_within_what_is_around(outcomes: dict[str, Outcome], name: str) -> None:
    for visit in visits(outcomes[name].events):
        assert visit.exited is not None, visit
        if visit.within is not None:
            around = [other for other in visits(outcomes[name].events) if other.name == visit.within]
            assert any(_holds(other, visit) for other in around), visit


def _holds(outer: Visit, inner: Visit) -> bool:
    return outer.entered <= inner.entered <= _end(inner) <= _end(outer)


def _end(visit: Visit) -> datetime:
    assert visit.exited is not None
    return visit.exited


@pytest.mark.parametrize("name", MACHINES)
def test_each_entering_is_a_visit_and_each_leaving_its_end(outcomes: dict[str, Outcome], name: str) -> None:
    events = outcomes[name].events
    seen = visits(events)
    entered = [event for event in events if event["type"].endswith("StateEntered")]
    assert [(visit.name, visit.entered) for visit in seen] == [
        (event["stateEnteredEventDetails"]["name"], event["timestamp"]) for event in entered
    ]
    left = [event for event in events if event["type"].endswith("StateExited")]
    assert sorted((visit.name, visit.exited) for visit in seen if visit.status in ("SUCCEEDED", "CAUGHT")) == sorted(
        (event["stateExitedEventDetails"]["name"], event["timestamp"]) for event in left
    )


def test_branches_that_succeed(outcomes: dict[str, Outcome]) -> None:
    seen = visits(outcomes["success"].events)
    assert ends(seen) == [
        ("After", "", "SUCCEEDED"),
        ("Begin", "", "SUCCEEDED"),
        ("Both", "", "SUCCEEDED"),
        ("Quick", "Both", "SUCCEEDED"),
        ("Slow", "Both", "SUCCEEDED"),
        ("Then", "Both", "SUCCEEDED"),
    ]
    named = by_name(seen)
    assert (named["Both"].kind, named["Slow"].kind) == ("Parallel", "Wait")
    assert (named["Slow"].seconds or 0) >= 1
    assert _end(named["Quick"]) < _end(named["Slow"])


def test_variables_of_branches(outcomes: dict[str, Outcome]) -> None:
    variables = remembered(outcomes["success"].events)
    assert variables == {"name": "outer", "slow": 3, "quick": {"n": 2}, "of": "slow"}


def test_branch_that_fails_cuts_the_other_off(outcomes: dict[str, Outcome]) -> None:
    seen = visits(outcomes["uncaught"].events)
    assert ends(seen) == [("Ask", "Both", "FAILED"), ("Both", "", "FAILED"), ("Wait", "Both", "ABORTED")]
    assert failed_state(seen, outcomes["uncaught"].cause) == "Ask"


def test_failure_of_a_branch_that_is_caught(outcomes: dict[str, Outcome]) -> None:
    assert ends(visits(outcomes["caught"].events)) == [
        ("After", "", "SUCCEEDED"),
        ("Both", "", "CAUGHT"),
        ("Fail Branch", "Both", "FAILED"),
        ("Rest", "Both", "SUCCEEDED"),
        ("Wait", "Both", "ABORTED"),
    ]


def test_retry_inside_of_a_branch(outcomes: dict[str, Outcome]) -> None:
    seen = visits(outcomes["mended"].events)
    assert ends(seen) == [
        ("Ask", "Both", "CAUGHT"),
        ("Both", "", "SUCCEEDED"),
        ("Note", "Both", "SUCCEEDED"),
        ("Wait", "Both", "SUCCEEDED"),
    ]
    assert (by_name(seen)["Ask"].seconds or 0) >= 1, "both attempts and the wait between them"


def test_parallel_that_is_tried_again(outcomes: dict[str, Outcome]) -> None:
    seen = visits(outcomes["tried again"].events)
    both = by_name(seen)["Both"]
    asked = [visit for visit in seen if visit.name == "Ask"]
    assert (both.status, [visit.status for visit in asked]) == ("CAUGHT", ["FAILED", "FAILED"])
    assert {visit.status for visit in seen if visit.name == "Wait"} == {"ABORTED"}
    # The first attempt ended when it failed, a second before the next one began.
    assert (asked[1].entered - _end(asked[0])).total_seconds() > 0.5


def test_parallel_inside_of_a_map(outcomes: dict[str, Outcome]) -> None:
    seen = visits(outcomes["nested"].events)
    inner = [("Both", "Each"), ("Out", "Each"), ("Pass", "Both"), ("Wait", "Both")]
    expected = [("After", ""), *(row for row in inner[:1] for _ in range(3)), ("Each", "")]
    expected += [row for row in inner[1:] for _ in range(3)]
    assert ends(seen) == [(name, within, "SUCCEEDED") for name, within in expected]
    assert all((visit.seconds or 0) >= 1 for visit in seen if visit.name in ("Both", "Wait"))
    assert (by_name(seen)["Each"].seconds or 0) >= 2, "the three take two rounds, two at a time"


def test_failure_next_to_a_parallel_that_waits(outcomes: dict[str, Outcome]) -> None:
    assert ends(visits(outcomes["nested failure"].events)) == [
        ("After", "", "SUCCEEDED"),
        ("Fail Branch", "Outer", "FAILED"),
        ("Inner", "Outer", "ABORTED"),
        ("Outer", "", "CAUGHT"),
        ("Rest", "Outer", "SUCCEEDED"),
        ("Wait", "Inner", "ABORTED"),
        ("Wait Too", "Inner", "ABORTED"),
    ]


def test_iteration_that_fails_cuts_the_others_off(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["iteration fails"]
    seen = visits(outcome.events)
    assert ends(seen) == [
        ("Each", "", "FAILED"),
        ("Fail Branch", "Each", "FAILED"),
        ("Wait", "Each", "ABORTED"),
        ("Wait", "Each", "ABORTED"),
        ("Wait", "Each", "SUCCEEDED"),
    ]
    assert failed_state(seen, outcome.cause) == "Fail Branch"
