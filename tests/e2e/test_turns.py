"""Executions that meet: one has the turn, the others wait for it or are told whose it is."""

from __future__ import annotations

import itertools

import pytest

from tests.e2e.conftest import PREFIX, QUICK, Cloud, Execution
from tests.e2e.meeting import await_state, held_back

pytestmark = pytest.mark.e2e


def test_three_executions_at_once_come_one_after_the_other(live: Cloud) -> None:
    """The first finds no endpoint, the others that of the one before."""
    live.client("sagemaker").delete_endpoint(EndpointName=PREFIX)
    before = live.sagemaker_resources()
    ends = [live.finish(arn) for arn in [live.start(QUICK) for _ in range(3)]]
    assert [end.status for end in ends] == ["SUCCEEDED"] * 3, [end.cause for end in ends]
    times = sorted(_turn(live, end) for end in ends)
    assert all(ended <= begun for (_, ended), (begun, _) in itertools.pairwise(times)), times
    configs = {end.output["endpoint"]["config"] for end in ends}
    after = live.sagemaker_resources()
    assert after["configs"] - before["configs"] == after["models"] - before["models"] == configs
    assert after["endpoints"] == {PREFIX}
    assert live.live_config() in configs


def test_those_that_would_not_wait_are_told_which_runs(live: Cloud) -> None:
    before = live.sagemaker_resources()
    with held_back(live, "evaluate"):
        first = live.start(QUICK)
        await_state(live, first, "Evaluate Model")
        refused = live.execute({**QUICK, "overlap": "refuse"})
        skipped = live.execute({**QUICK, "overlap": "skip"})
    assert (refused.status, refused.error) == ("FAILED", "AnotherExecutionRuns")
    name = first.rpartition(":")[2]
    assert refused.cause == f"Take Turn: execution {name} runs, and the input says not to wait for it"
    assert "Fetch Ratings" not in refused.states
    assert (skipped.status, skipped.output["decision"], skipped.output["running"]) == ("SUCCEEDED", "skipped", name)
    assert "Fetch Ratings" not in skipped.states
    done = live.finish(first)
    assert done.status == "SUCCEEDED", done.cause
    assert live.sagemaker_resources()["configs"] - before["configs"] == {done.output["endpoint"]["config"]}


def test_one_that_was_stopped_keeps_nobody_waiting(live: Cloud) -> None:
    with held_back(live, "evaluate"):
        stopped = live.start(QUICK)
        await_state(live, stopped, "Evaluate Model")
        waiting = live.start(QUICK)
        await_state(live, waiting, "Wait for Turn")
        live.client("stepfunctions").stop_execution(executionArn=stopped)
    done = live.finish(waiting)
    assert done.status == "SUCCEEDED", done.cause
    assert "Take Over Turn" in done.states


def _turn(cloud: Cloud, done: Execution) -> tuple[float, float]:
    """When the execution got its turn, and when it ended."""
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=done.arn)
    events = [event for page in pages for event in page["events"]]
    (begun,) = [
        event["timestamp"].timestamp()
        for event in events
        if event.get("stateEnteredEventDetails", {}).get("name") == "Begin Turn"
    ]
    return begun, events[-1]["timestamp"].timestamp()
