"""Executions that nobody starts by hand, in a stage that has them."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from prep.sample import generate
from tests.e2e.alarms import Alarms
from tests.e2e.conftest import DEADLINE_S, PREFIX, Cloud, deploy
from tests.e2e.retraining_app import INPUT
from tests.e2e.roles import (
    Needed,
    actions,
    as_needed,
    await_needed,
    is_asked_for_when_made,
    needed,
    role_names,
    statements,
    without,
)

pytestmark = pytest.mark.e2e
_ARRIVED = "RetrainingArrivedRole"


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


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("lost_by", ["function", "rule"])
def test_an_arrival_that_is_lost_is_kept_and_told(cloud: Cloud, lost_by: str) -> None:
    sqs, alarms, key = cloud.client("sqs"), Alarms(cloud), f"datasets/incoming/lost/{lost_by}.csv"
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-lost-arrivals")["QueueUrl"]
    alarms.await_states({"lost-arrivals": "OK"})
    used = needed(cloud)
    with _broken(cloud, lost_by):
        cloud.client("s3").put_object(Bucket=cloud.bucket, Key=key, Body=b"any")
        alarms.await_states({"lost-arrivals": "ALARM"})
    (letter,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(letter["Body"])["detail"]["object"]["key"] == key
    why = {name: attribute["StringValue"] for name, attribute in letter["MessageAttributes"].items()}
    if lost_by == "rule":
        assert why["ERROR_CODE"] == "NO_PERMISSIONS"
    else:
        assert "AccessDenied" in why["ErrorMessage"]
        await_needed(cloud, _giving_up(cloud), since=used)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    alarms.await_states({"lost-arrivals": "OK"})
    assert _schedules(cloud) == ["retrain"]


def _broken(cloud: Cloud, part: str) -> AbstractContextManager[None]:
    """The function may not put schedules, or the rule may not call the function."""
    if part == "function":
        return without(cloud, _ARRIVED, lambda statement: "scheduler:CreateSchedule" in actions(statement))
    return _without_permission(cloud)


@contextlib.contextmanager
def _without_permission(cloud: Cloud) -> Iterator[None]:
    functions = cloud.client("lambda")
    (name,) = (
        entry["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for entry in page["Functions"]
        if entry["Handler"] == "lambdas.arrived.handler"
    )
    (given,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    functions.remove_permission(FunctionName=name, StatementId=given["Sid"])
    try:
        yield
    finally:
        functions.add_permission(
            FunctionName=name,
            StatementId=given["Sid"],
            Action=given["Action"],
            Principal=given["Principal"]["Service"],
            SourceArn=given["Condition"]["ArnLike"]["AWS:SourceArn"],
        )


def _giving_up(cloud: Cloud) -> set[Needed]:
    """What the function's role may do for Lambda to bury events."""
    (statement,) = (entry for entry in statements(cloud, _ARRIVED) if _is_burying(entry))
    return {as_needed(role_names(cloud)[_ARRIVED], statement)}


def _is_burying(statement: dict[str, Any]) -> bool:
    return actions(statement) == ["sqs:SendMessage"]


def _statements(cloud: Cloud) -> set[Needed]:
    """Those of the roles that only a stage which retrains has (tests/e2e/test_permissions.py has all others).

    Without that for traces, which is asked for when a function is made, and that for events that are given up.
    """
    roles = {role: name for role, name in role_names(cloud).items() if role.startswith("Retraining")}
    assert roles.keys() == {"RetrainingRole", _ARRIVED}
    given = [(name, entry) for role, name in roles.items() for entry in statements(cloud, role)]
    found = {
        as_needed(name, entry) for name, entry in given if not is_asked_for_when_made(entry) and not _is_burying(entry)
    }
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
