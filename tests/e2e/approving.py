"""Model packages, and the executions that their approval starts."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.e2e.calling import live_version
from tests.e2e.conftest import DEADLINE_S, PREFIX, Cloud, Execution


def executions(cloud: Cloud) -> set[str]:
    """The ARNs of all there are."""
    pages = cloud.client("stepfunctions").get_paginator("list_executions")
    listed = pages.paginate(stateMachineArn=cloud.outputs["StateMachineArn"])
    return {entry["executionArn"] for page in listed for entry in page["executions"]}


def newest_package(cloud: Cloud) -> str:
    """Its ARN."""
    listed = cloud.client("sagemaker").list_model_packages(
        ModelPackageGroupName=PREFIX, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )
    return str(listed["ModelPackageSummaryList"][0]["ModelPackageArn"])


def judge(cloud: Cloud, package: str, status: str) -> None:
    """Change a package's approval."""
    cloud.client("sagemaker").update_model_package(ModelPackageArn=package, ModelApprovalStatus=status)


def check_approval(cloud: Cloud, waiting: Execution) -> None:
    """Of an execution whose stage waits for approvals and whose input does not say: it is deployed once approved."""
    assert waiting.output["decision"] == "awaiting_approval"
    assert not {"Create Model", "Create Endpoint"} & set(waiting.states)
    package = waiting.output["package"]
    assert package["status"] == "PendingManualApproval"
    assert live_version(cloud) != waiting.name
    done = started_by(cloud, lambda: judge(cloud, package["arn"], "Approved"))
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "deployed"), done.cause
    assert live_version(cloud) == done.output["version"] == waiting.name
    assert done.output["endpoint"]["config"] == cloud.live_config()
    assert 0 < cloud.predict() < 1


def started_by(cloud: Cloud, start: Callable[[], object]) -> Execution:
    """The one execution that `start` starts, at its end."""
    before, deadline = executions(cloud), time.monotonic() + DEADLINE_S
    start()
    while not (new := executions(cloud) - before):
        assert time.monotonic() < deadline, "no execution has started"
        time.sleep(0.1)
    (arn,) = new
    return cloud.finish(arn)
