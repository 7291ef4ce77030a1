"""What a DeploymentConfig asks for, and how traffic is shared meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.sagemaker import rollout
from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.rollout import Step
from local_aws.sagemaker.traffic import Traffic

WAIT, END = "WaitIntervalInSeconds", "TerminationWaitInSeconds"


def fleet(*, count: int = 10, variants: int = 1) -> list[dict[str, Any]]:
    return [{"VariantName": f"v{number}", "InitialInstanceCount": count} for number in range(variants)]


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def instances(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def blue_green(
    kind: str, *, wait_s: int = 0, end_s: int = 0, limit_s: int | None = None, **size: Any
) -> dict[str, Any]:
    policy = {
        "TrafficRoutingConfiguration": {"Type": kind, WAIT: wait_s, **size},
        END: end_s,
    } | ({"MaximumExecutionTimeoutInSeconds": limit_s} if limit_s else {})
    return {"BlueGreenUpdatePolicy": policy}


def test_without_a_policy_all_traffic_moves_at_once() -> None:
    for config in (None, {}, blue_green("ALL_AT_ONCE")):
        assert rollout.plan(config, fleet()).steps == (Step(1.0, 0, END),)
    assert rollout.plan(blue_green("ALL_AT_ONCE", end_s=600), fleet()).steps == (Step(1.0, 600, END),)


@pytest.mark.parametrize("size", [percent(30), instances(3)])
def test_a_canary_bakes_before_the_rest_follows(size: dict[str, Any]) -> None:
    config = blue_green("CANARY", wait_s=300, end_s=120, CanarySize=size)
    assert rollout.plan(config, fleet()).steps == (Step(0.3, 300, WAIT), Step(1.0, 120, END))


def test_linear_steps_are_equal_and_end_with_all() -> None:
    steps = rollout.plan(blue_green("LINEAR", wait_s=60, end_s=5, LinearStepSize=percent(30)), fleet()).steps
    assert [step.share for step in steps] == pytest.approx([0.3, 0.6, 0.9, 1.0])
    assert [(step.bake_s, step.setting) for step in steps] == [(60, WAIT)] * 3 + [(5, END)]
    assert len(rollout.plan(blue_green("LINEAR", LinearStepSize=percent(10)), fleet()).steps) == 10
    assert len(rollout.plan(blue_green("LINEAR", LinearStepSize=instances(1)), fleet(count=3)).steps) == 3


def test_a_rolling_update_bakes_after_each_batch() -> None:
    config = {"RollingUpdatePolicy": {"MaximumBatchSize": percent(50), WAIT: 60}}
    assert rollout.plan(config, fleet()).steps == (Step(0.5, 60, WAIT), Step(1.0, 60, WAIT))


def test_the_alarms_are_named() -> None:
    config = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}, {"AlarmName": "b"}]}}
    assert rollout.plan(config, fleet()).alarms == ("a", "b")


@pytest.mark.parametrize(
    ("config", "variants", "said"),
    [
        (blue_green("CANARY"), fleet(), "CanarySize is expected"),
        (blue_green("ALL_AT_ONCE", CanarySize=percent(10)), fleet(), "CanarySize is not expected"),
        (blue_green("CANARY", CanarySize=percent(51)), fleet(), "CanarySize is 51% .* at most 50%"),
        (blue_green("CANARY", CanarySize=instances(1)), fleet(count=1), "CanarySize is 100%"),
        (blue_green("CANARY", CanarySize=instances(1)), fleet(variants=2), "with several variants"),
        (blue_green("LINEAR", LinearStepSize=percent(9)), fleet(), "LinearStepSize is 9% .* 10% to 50%"),
        (blue_green("ALL_AT_ONCE", wait_s=60), fleet(), "WaitIntervalInSeconds 60 is not supported locally"),
        (
            blue_green("CANARY", wait_s=500, end_s=100, limit_s=600, CanarySize=percent(10)),
            fleet(),
            "600 must be larger than the total waiting time 600",
        ),
        (blue_green("CANARY", CanarySize=percent(10)), [{"ServerlessConfig": {"MaxConcurrency": 1}}], "serverless"),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": percent(4), WAIT: 0}}, fleet(), "5% to 50%"),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": percent(5), WAIT: 0}}, fleet(variants=2), "one variant"),
        (
            {"RollingUpdatePolicy": {"MaximumBatchSize": percent(5), WAIT: 0}, **blue_green("ALL_AT_ONCE")},
            fleet(),
            "Only one of",
        ),
    ],
)
def test_what_cannot_be_is_refused(config: dict[str, Any], variants: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ValidationException, match=said):
        rollout.plan(config, variants)


def test_guarded_updates_keep_the_names_of_the_variants() -> None:
    rollout.check_names(None, fleet(), fleet(variants=2))
    rollout.check_names(blue_green("ALL_AT_ONCE"), fleet(), fleet(count=2))
    with pytest.raises(ValidationException, match="v0 in service, v0, v1 asked for"):
        rollout.check_names(blue_green("ALL_AT_ONCE"), fleet(), fleet(variants=2))


@given(st.integers(0, 20), st.integers(1, 80))
def test_the_new_fleet_gets_exactly_its_share(twentieths: int, requests: int) -> None:
    traffic, blue, green = Traffic(), Deployment("blue", []), Deployment("green", [])
    traffic.settle(blue)
    traffic.shift(green, twentieths / 20)
    names = []
    for _ in range(requests):
        with traffic.invocation() as fleet:
            assert fleet is not None
            names.append(fleet.config_name)
    assert names.count("green") == requests * twentieths // 20
    assert traffic.serving is blue
    assert traffic.settle(blue) is green
    with traffic.invocation() as fleet:
        assert fleet is blue
