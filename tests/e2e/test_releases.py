"""Releases that an alarm sends back, models on trial, and instances by traffic; callers ask all the time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.crash import PROC, kill_container
from tests.e2e.alarms import Alarms
from tests.e2e.calling import live_version
from tests.e2e.conftest import DEADLINE_S, PREFIX, QUICK, REGION, Cloud
from tests.e2e.traffic import Callers

pytestmark = pytest.mark.e2e
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="finds the container's process in /proc")
QUIET = dict.fromkeys(("endpoint-errors", "endpoint-latency", "challenger-errors", "challenger-latency"), "OK")
TARGET = f"endpoint/{PREFIX}/variant/main"
LONG_S = 1800
"""Far longer than an alarm takes."""


@pytest.fixture(autouse=True)
def quiet(live: Cloud) -> Iterator[None]:
    """No release begins while an alarm rings, this module's and what follows it neither."""
    Alarms(live).await_states(QUIET)
    yield
    Alarms(live).await_states(QUIET)


def _deployed(**deploy: Any) -> dict[str, Any]:
    return {**QUICK, "deploy": deploy}


@needs_proc
def test_a_shadow_that_fails_is_sent_back_and_no_caller_ever_fails(live: Cloud) -> None:
    """All that callers are answered by is the live model; what fails is the new one, on copies of their requests."""
    before = (live.live_config(), live.sagemaker_resources(), live_version(live))
    given = _deployed(beside={"how": "shadow", "percent": 100}, release={"bake_s": LONG_S})
    with Callers(live, per_s=20) as callers, _failing(live, _shadows):
        done = live.execute(given)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "rejected"), done.cause
    assert done.output["release"]["alarms"] == [f"{PREFIX}-challenger-errors"]
    (reason,) = done.output["release"]["reasons"]
    assert f"{PREFIX}-challenger-errors went off" in reason
    assert (live.live_config(), live.sagemaker_resources(), live_version(live)) == before
    assert callers.failures == []
    assert len(callers.answered_at) > 10 * callers.seconds, "they asked all the time"


@needs_proc
def test_a_canary_that_fails_is_sent_back(live: Cloud) -> None:
    """The part of the traffic that it got sees its failures until then, on AWS too; nothing else does."""
    before = (live.live_config(), live.sagemaker_resources(), live_version(live))
    given = _deployed(release={"traffic": "canary", "step_percent": 50, "wait_s": LONG_S})
    with Callers(live, per_s=20) as callers, _failing(live, _instances, but=_instances(live)) as began:
        done = live.execute(given)
        callers.await_answers(20)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "rejected"), done.cause
    assert f"{PREFIX}-endpoint-errors" in done.output["release"]["alarms"]
    assert (live.live_config(), live.sagemaker_resources(), live_version(live)) == before
    assert {failure.code for failure in callers.failures} == {"ModelError"}
    assert min(failure.at for failure in callers.failures) >= began[0]
    assert max(callers.answered_at) > max(failure.at for failure in callers.failures)
    assert len(callers.failures) < len(callers.answered_at)


def test_a_share_answers_beside_the_live_model_until_it_is_promoted(live: Cloud) -> None:
    version, config = live_version(live), live.live_config()
    done = live.execute(_deployed(beside={"how": "share", "percent": 25}))
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "on_trial"), done.cause
    assert live_version(live) == version != done.output["version"] == done.name
    assert live.live_config() == done.output["endpoint"]["config"] != config
    answered = [_answers(live) for _ in range(8)]
    assert {name: answered.count(name) for name in set(answered)} == {"main": 6, "challenger": 2}
    promoted = live.execute({"restore": {"version": done.name}})
    assert promoted.status == "SUCCEEDED", promoted.cause
    assert live_version(live) == done.name
    assert {_answers(live) for _ in range(4)} == {"main"}


def test_instances_follow_the_traffic_as_long_as_the_input_asks_for_it(live: Cloud) -> None:
    """Their number, which scaling has come to, is kept on a restoration."""
    scaling = {"min": 1, "max": 4, "invocations_per_instance": 500}
    done = live.execute(_deployed(autoscaling=scaling, release={"bake_s": 0}))
    assert done.status == "SUCCEEDED", done.cause
    assert _scaled(live) == [(1, 4, [(f"{PREFIX}-invocations", 500)])]
    sagemaker = live.client("sagemaker")
    wanted = [{"VariantName": "main", "DesiredInstanceCount": 3}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=PREFIX, DesiredWeightsAndCapacities=wanted)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=PREFIX, WaiterConfig={"Delay": 1})
    restored = live.execute({"restore": {"version": done.name}})
    assert restored.status == "SUCCEEDED", restored.cause
    assert sagemaker.describe_endpoint(EndpointName=PREFIX)["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    assert _scaled(live) == [(1, 4, [(f"{PREFIX}-invocations", 500)])]
    ended = live.execute(QUICK)
    assert ended.status == "SUCCEEDED", ended.cause
    assert _scaled(live) == []
    assert sagemaker.describe_endpoint(EndpointName=PREFIX)["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def _scaled(cloud: Cloud) -> list[tuple[int, int, list[tuple[str, float]]]]:
    """Bounds and policies of what is registered."""
    client = cloud.client("application-autoscaling")
    targets = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert {entry["ResourceId"] for entry in (*targets, *policies)} <= {TARGET}
    tracked = [
        (policy["PolicyName"], policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]) for policy in policies
    ]
    return [(target["MinCapacity"], target["MaxCapacity"], tracked) for target in targets]


def _answers(cloud: Cloud) -> str:
    """The variant that answers one request."""
    return str(cloud.invoke()["InvokedProductionVariant"])


def _instances(cloud: Cloud) -> set[Path]:
    """A folder for each container."""
    folder = cloud.folder / "running" / "sagemaker" / REGION / "endpoints" / PREFIX
    return set(folder.iterdir())


def _shadows(cloud: Cloud) -> set[Path]:
    """Those of the model on trial: each has a log stream of its own."""
    streams = cloud.client("logs").describe_log_streams(
        logGroupName=f"/aws/sagemaker/Endpoints/{PREFIX}", logStreamNamePrefix="challenger/"
    )["logStreams"]
    names = {stream["logStreamName"].partition("/")[2] for stream in streams}
    return {folder for folder in _instances(cloud) if folder.name in names}


@contextlib.contextmanager
def _failing(
    cloud: Cloud,
    which: Callable[[Cloud], set[Path]],
    *,
    but: set[Path] = frozenset(),  # type: ignore[assignment]
) -> Iterator[list[float]]:
    """From the first bake of an update on, containers are killed again and again. Holds when that began."""
    began: list[float] = []
    stop = threading.Event()

    def fail() -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not stop.is_set() and not _is_baking(cloud) and time.monotonic() < deadline:
            time.sleep(0.05)
        began.append(time.monotonic())
        while not stop.is_set() and _is_baking(cloud):
            for folder in which(cloud) - but:
                kill_container(folder)
            time.sleep(0.05)

    killer = threading.Thread(target=fail)
    killer.start()
    try:
        yield began
    finally:
        stop.set()
        killer.join()


def _is_baking(cloud: Cloud) -> bool:
    try:
        described = cloud.client("sagemaker").describe_endpoint(EndpointName=PREFIX)
    except ClientError:
        return False
    variants = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    return any(status["Status"] == "Baking" for each in variants for status in each.get("VariantStatus", []))
