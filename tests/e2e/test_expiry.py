"""An endpoint lives as long as was said, and takes with it all that it was made of."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import DEADLINE_S, PREFIX, QUICK, Cloud
from tests.e2e.meeting import await_state
from tests.e2e.roles import as_needed, await_needed, needed, role_name, statements

pytestmark = pytest.mark.e2e
EXPIRY, AGAIN = "endpoint-expiry", "endpoint-expiry-again"
ROLES = ("ExpiryRole", "ExpiryFunctionRole")
ENDLESS = {**QUICK, "hyperparameters": {"epochs": 1_000_000, "mini_batch_size": 100, "num_factors": 8}}
TARGET = f"endpoint/{PREFIX}/variant/main"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def test_an_endpoint_goes_when_its_time_is_over(live: Cloud) -> None:
    released = live.execute(QUICK)
    assert released.status == "SUCCEEDED", released.cause
    schedule = _schedule(live)
    due = datetime.strptime(schedule["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
    assert released.output["endpoint"]["expires"] == f"{due:%Y-%m-%dT%H:%M:%S}"
    assert timedelta(hours=7.9) < due - datetime.now(UTC) < timedelta(hours=8)
    live.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker", ResourceId=TARGET, ScalableDimension=DIMENSION, MinCapacity=1, MaxCapacity=2
    )
    before = needed(live)
    try:
        running = live.start(ENDLESS)
        await_state(live, running, "Train Model")
        _hurry(live, schedule)
        again = _await_schedule(live, AGAIN)
        assert live.predict() > 0, "an execution runs"
        live.client("stepfunctions").stop_execution(executionArn=running)
        _hurry(live, again)
        _await_nothing(live)
        expected = {as_needed(role_name(live, role), entry) for role in ROLES for entry in statements(live, role)}
        await_needed(live, expected, since=before)
        targets = live.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
        assert targets["ScalableTargets"] == []
        assert not [each for each in live.client("scheduler").list_schedules()["Schedules"] if each["Name"] == EXPIRY]
    finally:
        lasting = live.execute({**QUICK, "deploy": {"ttl_hours": None}})
        assert lasting.status == "SUCCEEDED", lasting.cause
    assert lasting.output["endpoint"]["expires"] is None
    assert live.predict() > 0
    assert not [each for each in live.client("scheduler").list_schedules()["Schedules"] if each["Name"] == EXPIRY]


def _schedule(cloud: Cloud, name: str = EXPIRY) -> dict[str, Any]:
    found: dict[str, Any] = cloud.client("scheduler").get_schedule(GroupName=PREFIX, Name=name)
    return found


def _await_schedule(cloud: Cloud, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_S
    while name not in [each["Name"] for each in cloud.client("scheduler").list_schedules()["Schedules"]]:
        assert time.monotonic() < deadline, f"there is no schedule {name}"
        time.sleep(0.2)
    return _schedule(cloud, name)


def _hurry(cloud: Cloud, schedule: dict[str, Any]) -> None:
    """The same schedule, due in a moment."""
    due = datetime.now(UTC) + timedelta(seconds=3)
    kept = ("GroupName", "Name", "FlexibleTimeWindow", "ActionAfterCompletion", "Target")
    cloud.client("scheduler").update_schedule(
        **{name: schedule[name] for name in kept}, ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})"
    )


def _await_nothing(cloud: Cloud) -> None:
    deadline = time.monotonic() + DEADLINE_S
    nothing: dict[str, set[str]] = {"models": set(), "configs": set(), "endpoints": set()}
    while (left := cloud.sagemaker_resources()) != nothing:
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
