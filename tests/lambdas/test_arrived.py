"""Objects that arrive, one after the other, and the one execution of their dataset."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.arrived import handler
from lambdas.logic.arrivals import arrival_of
from lambdas.logic.job import complete

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:movie-recommender-dev"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
_numbers = itertools.count()


@pytest.fixture
def group(in_lambda: None, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty group of schedules, and the environment of the function."""
    name = f"arrivals-{next(_numbers)}"
    aws("scheduler").create_schedule_group(Name=name)
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    given = {"preset": "tuned", "dataset": {"format": "csv"}}
    variables = {"GROUP": name, "MACHINE": MACHINE, "ROLE": role, "INPUT": json.dumps(given), "QUIET_S": "300"}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    yield name
    aws("scheduler").delete_schedule_group(Name=name)
    aws("iam").delete_role(RoleName=name)


def _arrives(key: str) -> dict[str, Any]:
    return handler({"detail-type": "Object Created", "detail": {"bucket": {"name": "b"}, "object": {"key": key}}}, None)


def _schedules(aws: Callable[[str], Any], group: str) -> list[dict[str, Any]]:
    client = aws("scheduler")
    names = [entry["Name"] for entry in client.list_schedules(GroupName=group)["Schedules"]]
    return [client.get_schedule(GroupName=group, Name=name) for name in names]


def test_many_objects_of_a_dataset_are_one_execution(group: str, aws: Callable[[str], Any]) -> None:
    before = datetime.now(UTC)
    answers = [_arrives(f"datasets/incoming/shop/{name}") for name in ("ratings.csv", "items.csv", "deep/users.csv")]
    (schedule,) = _schedules(aws, group)
    due = datetime.fromisoformat(answers[-1]["due"])
    assert schedule["ScheduleExpression"] == f"at({due:%Y-%m-%dT%H:%M:%S})", "it is put off by each"
    assert timedelta(seconds=299) < due - before < timedelta(seconds=360)
    assert (schedule["ActionAfterCompletion"], schedule["State"]) == ("DELETE", "ENABLED")
    assert schedule["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
    request = json.loads(schedule["Target"]["Input"])
    assert request["StateMachineArn"] == MACHINE
    assert request["Name"] == f"arrived-shop-{due:%Y%m%dT%H%M%S}"
    assert json.loads(request["Input"]) == {
        "preset": "tuned",
        "dataset": {"format": "csv", "name": "incoming/shop"},
        "overlap": "wait",
    }


def test_each_dataset_has_its_own(group: str, aws: Callable[[str], Any]) -> None:
    for name in ("shop", "films"):
        _arrives(f"datasets/incoming/{name}/ratings.csv")
    assert {schedule["Name"] for schedule in _schedules(aws, group)} == {"arrived-shop", "arrived-films"}


@pytest.mark.parametrize(
    "key",
    [
        "datasets/incoming/ratings.csv",
        "datasets/incoming/shop/",
        "datasets/shop/ratings.csv",
        "datasets/incoming/Shop Floor/ratings.csv",
        "runs/datasets/incoming/shop/ratings.csv",
    ],
)
def test_what_lies_in_no_datasets_folder_starts_nothing(group: str, aws: Callable[[str], Any], key: str) -> None:
    assert _arrives(key) == {}
    assert _schedules(aws, group) == []


@pytest.mark.parametrize("name", ["a", "shop-2026.11", "x" * 63])
def test_what_it_starts_with_is_a_sound_input_of_an_execution(name: str) -> None:
    arrival = arrival_of(f"datasets/incoming/{name}/ratings.csv")
    assert arrival is not None
    assert complete(arrival.execution_input({}))["dataset"]["name"] == f"incoming/{name}"
    assert len(arrival.schedule) <= 64
    assert len(f"{arrival.schedule}-20261127T101500") <= 80


def test_long_names_that_begin_alike_are_told_apart() -> None:
    found = [arrival_of(f"datasets/incoming/{'x' * 60}{end}/ratings.csv") for end in ("aaa", "bbb")]
    assert len({arrival.schedule for arrival in found if arrival}) == 2
