"""The model registry: what executions register, and what an approval starts."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.approving import executions, judge, started_by
from tests.e2e.calling import await_version, live_version
from tests.e2e.conftest import BOTH, DEADLINE_S, PREFIX, QUICK, Cloud
from tests.e2e.roles import await_denial, role_name, without

pytestmark = pytest.mark.e2e

APPROVALS = "ApprovalsRole"


def test_an_accepted_model_is_registered_with_what_made_it(live: Cloud) -> None:
    before = executions(live)
    done = live.execute({**BOTH, "deploy": {"mode": "none"}})
    assert done.status == "SUCCEEDED", done.cause
    package = done.output["package"]
    assert package["status"] == "Approved"
    found = live.client("sagemaker").describe_model_package(ModelPackageName=package["arn"])
    assert (found["ModelPackageGroupName"], found["ModelApprovalStatus"]) == (PREFIX, "Approved")
    assert found["MetadataProperties"]["GeneratedBy"] == done.arn
    (container,) = found["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == done.output["artifacts"]["model"]
    properties = found["CustomerMetadataProperties"]
    assert (properties["version"], properties["dataset"], properties["preset"]) == (done.name, "sample", "blog")
    assert properties["training_job"] == done.output["training"]["job"]
    assert properties["ranking_model"] == done.output["artifacts"]["ranking_model"]
    uri = found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    document = json.loads(_object(live, uri))
    accuracy = document["binary_classification_metrics"]["accuracy"]["value"]
    assert accuracy == done.output["metrics"]["accuracy"] == pytest.approx(float(properties["accuracy"]))
    assert package["arn"] in _object(live, done.output["artifacts"]["report"]).decode()
    again = live.execute({**QUICK, "deploy": {"mode": "none"}})
    same = live.client("sagemaker").describe_model_package(ModelPackageName=again.output["package"]["arn"])
    assert same["CustomerMetadataProperties"]["data"] == properties["data"], "the same ratings"
    assert executions(live) == before | {done.arn, again.arn}, "no registration starts anything"


def _object(cloud: Cloud, uri: str) -> bytes:
    key = uri.removeprefix(f"s3://{cloud.bucket}/")
    content: bytes = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return content


def test_a_model_is_deployed_when_somebody_has_approved_it(live: Cloud) -> None:
    was: tuple[Any, ...] = (live_version(live), live.live_config(), live.sagemaker_resources())
    waiting = live.execute({**QUICK, "approval": "manual"})
    assert (waiting.status, waiting.output["decision"]) == ("SUCCEEDED", "awaiting_approval"), waiting.cause
    assert (live_version(live), live.live_config(), live.sagemaker_resources()) == was
    package = waiting.output["package"]["arn"]
    refused = live.execute({"restore": {"version": waiting.name}})
    assert (refused.status, refused.error) == ("FAILED", "NotApproved"), refused.cause
    before = executions(live)
    with without(live, APPROVALS, lambda _: True):
        judge(live, package, "Approved")
        await_denial(live, role_name(live, APPROVALS), {"states:StartExecution"})
    judge(live, package, "Rejected")
    assert executions(live) == before, "neither a rejection starts anything, nor who may not"
    done = started_by(live, lambda: judge(live, package, "Approved"))
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "deployed"), done.cause
    assert "Train Model" not in done.states
    assert "Verify Predictions" in done.states
    assert done.output["version"] == live_version(live) == waiting.name
    assert done.output["endpoint"]["config"] == live.live_config() != was[1]
    assert await_version(live, waiting.name)["execution"] == waiting.arn
    assert 0 < live.predict() < 1


def test_a_model_that_somebody_has_approved_counts_as_a_new_version(live: Cloud) -> None:
    """Once, when it goes live, and not when it is made: the alarm on silence listens for that."""
    waiting = live.execute({**QUICK, "approval": "manual", "deploy": {"mode": "none"}})
    assert waiting.output["decision"] == "awaiting_approval", waiting.cause
    directly = live.execute({**QUICK, "deploy": {"mode": "none"}})
    _await_counted(live, {directly.name: 1, waiting.name: 0})
    done = started_by(live, lambda: judge(live, waiting.output["package"]["arn"], "Approved"))
    assert done.output["version"] == live_version(live) == waiting.name, done.cause
    back = live.execute({"restore": {"version": directly.name}})
    assert (back.status, live_version(live)) == ("SUCCEEDED", directly.name), back.cause
    _await_counted(live, {directly.name: 1, waiting.name: 1})


def _await_counted(cloud: Cloud, versions: dict[str, int]) -> None:
    """Until the logs have so many of each version, and CloudWatch as many as the logs: both come after the answers."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        counted, known = _in_logs(cloud), _in_metric(cloud)
        if {name: counted[name] for name in versions} == versions and known == counted.total():
            return
        assert time.monotonic() < deadline, f"{counted} in the logs, {known} in CloudWatch"
        time.sleep(0.1)


def _in_logs(cloud: Cloud) -> Counter[str]:
    """How often each version was said to be new, by any function."""
    logs = cloud.client("logs")
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=PREFIX).build_full_result()
    lines = [
        json.loads(event["message"])
        for group in groups["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"], filterPattern="NewVersions"
        )
        for event in page["events"]
    ]
    return Counter(line["version"] for line in lines)


def _in_metric(cloud: Cloud) -> float:
    """How many new versions CloudWatch knows of."""
    now = datetime.now(UTC)
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="movie-recommender",
        MetricName="NewVersions",
        Dimensions=[{"Name": "Stage", "Value": PREFIX}],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=86_400,
        Statistics=["Sum"],
    )
    return sum(float(point["Sum"]) for point in answer["Datapoints"])


def test_the_package_of_a_release_that_failed_is_rejected(live: Cloud) -> None:
    """Also that of one which somebody had approved."""
    waiting = live.execute({**QUICK, "approval": "manual"})
    package, before, live_before = waiting.output["package"]["arn"], executions(live), live_version(live)
    with without(live, "FunctionsVerifyRole", lambda entry: "sagemaker:InvokeEndpoint" in entry["Action"]):
        done = started_by(live, lambda: judge(live, package, "Approved"))
    assert (done.status, live_version(live)) == ("FAILED", live_before)
    found = live.client("sagemaker").describe_model_package(ModelPackageName=package)
    assert found["ModelApprovalStatus"] == "Rejected"
    assert found["ApprovalDescription"].startswith("Verify Predictions: ")
    assert executions(live) == before | {done.arn}
