"""What serves: no endpoint, one on instances, a serverless one, and the way from one kind to the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.calling import await_version, call, live_version
from tests.e2e.conftest import PREFIX, QUICK, Cloud
from tests.e2e.roles import actions, without

pytestmark = pytest.mark.e2e

SERVERLESS = {**QUICK, "deploy": {"mode": "serverless", "serverless": {"memory_mb": 1024}}}
PAIR = {"pairs": [{"user": 1, "item": 1}]}


@pytest.fixture
def on_instances(live: Cloud) -> Iterator[Cloud]:
    """Before and after, the endpoint is one on instances."""
    assert not _serverless(live)
    yield live
    if _serverless(live):
        assert live.execute(QUICK).status == "SUCCEEDED"


def _serverless(cloud: Cloud) -> dict[str, Any] | None:
    """What the live endpoint has, if it is serverless."""
    described = cloud.client("sagemaker").describe_endpoint(EndpointName=PREFIX)
    (variant,) = described["ProductionVariants"]
    assert described["EndpointStatus"] == "InService"
    config: dict[str, Any] | None = variant.get("CurrentServerlessConfig")
    return config


def test_without_an_endpoint_the_version_is_live_all_the_same(live: Cloud) -> None:
    before = (live.live_config(), live.sagemaker_resources())
    done = live.execute({**QUICK, "deploy": {"mode": "none"}})
    assert (done.status, done.output["decision"], done.output["endpoint"]) == ("SUCCEEDED", "trained", None), done.cause
    assert (live.live_config(), live.sagemaker_resources()) == before
    assert done.output["version"] == live_version(live) == done.name
    assert done.output["artifacts"]["bundle"] == f"s3://{live.bucket}/models/{done.name}/"
    assert await_version(live, done.name)["endpoint"] is None
    answer = call(live, "/predictions", body=PAIR).document
    assert (answer["source"], answer["reason"]) == ("artifact", f"version {done.name} has no endpoint")
    assert call(live, "/users/1/recommendations").document["model"] == done.name


def test_a_rejected_model_leaves_the_endpoint_and_the_live_version_untouched(live: Cloud) -> None:
    before = (live.live_config(), live.sagemaker_resources(), live_version(live))
    done = live.execute({**QUICK, "gate": {"champion": "ignore", "min_auc": 0.999}})
    assert (done.status, done.output["decision"], done.output["version"]) == ("SUCCEEDED", "rejected", None)
    assert any("min_auc" in reason for reason in done.output["gate"]["reasons"])
    assert "bundle" not in done.output["artifacts"]
    assert (live.live_config(), live.sagemaker_resources(), live_version(live)) == before
    listed = live.client("s3").list_objects_v2(Bucket=live.bucket, Prefix=f"models/{done.name}/")
    assert listed["KeyCount"] == 0


def test_a_serverless_endpoint_replaces_one_on_instances_and_back(on_instances: Cloud) -> None:
    cloud = on_instances
    done = cloud.execute(SERVERLESS)
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "deployed"), done.cause
    assert {"Replace Endpoint", "Create Endpoint"} <= set(done.states)
    assert (_serverless(cloud) or {}).items() >= {("MemorySizeInMB", 1024), ("MaxConcurrency", 5)}
    assert await_version(cloud, done.name)["endpoint"]["mode"] == "serverless"
    assert call(cloud, "/predictions", body=PAIR).document["source"] == "endpoint"
    again = cloud.execute(SERVERLESS)
    assert (again.status, "Update Endpoint" in again.states) == ("SUCCEEDED", True), "the same kind is updated"
    back = cloud.execute(QUICK)
    assert (back.status, "Replace Endpoint" in back.states) == ("SUCCEEDED", True)
    assert not _serverless(cloud)


def test_a_failed_replacement_is_undone(on_instances: Cloud) -> None:
    cloud = on_instances
    before = (cloud.live_config(), cloud.sagemaker_resources(), live_version(cloud), cloud.predict())
    with without(cloud, "FunctionsVerifyRole", lambda entry: "sagemaker:InvokeEndpoint" in actions(entry)):
        done = cloud.execute(SERVERLESS)
    assert (done.status, done.cause.partition(":")[0]) == ("FAILED", "Verify Predictions")
    assert {"Replace Endpoint", "Delete New Endpoint", "Recreate Endpoint"} <= set(done.states)
    assert not _serverless(cloud)
    assert (cloud.live_config(), cloud.sagemaker_resources(), live_version(cloud), cloud.predict()) == before
