"""Executions that nobody starts by hand, in a stage that has them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep.sample import generate
from tests.e2e.conftest import DEADLINE_S, Cloud, deploy
from tests.e2e.retraining_app import INPUT
from tests.e2e.roles import Needed, as_needed, await_needed, is_asked_for_when_made, needed, role_names, statements

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def before(root: Path, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """The ARNs of the executions that there were; afterwards nothing starts by itself any more."""
    outputs = tmp_path_factory.mktemp("retraining") / "outputs.json"
    known = _executions(cloud)
    deploy(root, f"{sys.executable} -m tests.e2e.retraining_app", cloud.endpoint_url, outputs)
    yield known
    deploy(root, str(cloud.assembly), cloud.endpoint_url, outputs)
    assert not _schedules(cloud)


def test_the_schedule_starts_one(cloud: Cloud, before: set[str]) -> None:
    (arn,) = _await_executions(cloud, before, arrived=False)
    done = cloud.finish(arn)
    assert done.status == "SUCCEEDED", done.cause
    assert done.output["dataset"]["name"] == INPUT["dataset"]["name"]
    assert _await_executions(cloud, before, arrived=False) == {arn}


def test_a_dataset_that_arrives_starts_one_however_many_its_objects(
    cloud: Cloud, before: set[str], tmp_path: Path
) -> None:
    generate(tmp_path / "shop", users=80, items=60, ratings=2_400)
    files = list((tmp_path / "shop").iterdir())
    assert len(files) > 5
    used = needed(cloud)
    for file in files:
        cloud.client("s3").upload_file(str(file), cloud.bucket, f"datasets/incoming/shop/{file.name}")
    (arn,) = _await_executions(cloud, before, arrived=True)
    done = cloud.finish(arn)
    assert done.status == "SUCCEEDED", done.cause
    given = json.loads(cloud.client("stepfunctions").describe_execution(executionArn=arn)["input"])
    assert given == {**INPUT, "dataset": {"name": "incoming/shop"}, "overlap": "wait"}
    assert _await_executions(cloud, before, arrived=True) == {arn}
    assert _schedules(cloud) == ["retrain"]
    await_needed(cloud, _statements(cloud), since=used)


def _statements(cloud: Cloud) -> set[Needed]:
    """Those of the roles that only a stage which retrains has (tests/e2e/test_permissions.py has all others).

    Without that for traces, which is asked for when a function is made.
    """
    roles = {role: name for role, name in role_names(cloud).items() if role.startswith("Retraining")}
    assert roles.keys() == {"RetrainingRole", "RetrainingArrivedRole"}
    given = [(name, entry) for role, name in roles.items() for entry in statements(cloud, role)]
    found = {as_needed(name, entry) for name, entry in given if not is_asked_for_when_made(entry)}
    assert len(found) == 4, "start; schedule, pass the role, log"
    return found


def _schedules(cloud: Cloud) -> list[str]:
    """Names of those that start executions."""
    names = [entry["Name"] for entry in cloud.client("scheduler").list_schedules()["Schedules"]]
    return [name for name in names if not name.startswith("endpoint-expiry")]


def _executions(cloud: Cloud) -> set[str]:
    pages = cloud.client("stepfunctions").get_paginator("list_executions")
    listed = pages.paginate(stateMachineArn=cloud.outputs["StateMachineArn"])
    return {entry["executionArn"] for page in listed for entry in page["executions"]}


def _await_executions(cloud: Cloud, before: set[str], *, arrived: bool) -> set[str]:
    """Those that have started since, of objects that arrived or of the schedule."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        new = _executions(cloud) - before
        found = {arn for arn in new if arn.rpartition(":")[2].startswith("arrived-shop-") is arrived}
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("no execution has started")
