"""The end of an endpoint's time: what goes, and when it is put off."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.expire import handler
from tests.lambdas import hosting

Aws = Callable[[str], Any]
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:expire"
_numbers = itertools.count()


class _Context:
    invoked_function_arn = FUNCTION

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass(frozen=True)
class Stage:
    """A group of schedules, a machine, and what an earlier endpoint has left: a config and a model."""

    name: str
    aws: Aws
    machine: str
    role: str

    def left(self) -> list[str]:
        client = self.aws("sagemaker")
        configs = client.list_endpoint_configs(NameContains=self.name)["EndpointConfigs"]
        models = client.list_models(NameContains=self.name)["Models"]
        return [each["EndpointConfigName"] for each in configs] + [each["ModelName"] for each in models]

    def schedule(self, name: str, due: datetime) -> None:
        self.aws("scheduler").create_schedule(
            GroupName=self.name,
            Name=name,
            ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": FUNCTION, "RoleArn": self.role, "Input": "{}"},
        )

    def scheduled(self) -> dict[str, dict[str, Any]]:
        client = self.aws("scheduler")
        names = [each["Name"] for each in client.list_schedules(GroupName=self.name)["Schedules"]]
        return {name: client.get_schedule(GroupName=self.name, Name=name) for name in names}


@pytest.fixture
def stage(bucket: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    name = f"expiring{next(_numbers)}-dev"
    role = hosting.role(aws, name, "s3:GetObject")
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    states = aws("stepfunctions")
    machine = states.create_state_machine(name=name, definition=json.dumps(waiting), roleArn=role)["stateMachineArn"]
    aws("scheduler").create_schedule_group(Name=name)
    hosting.model_and_config(aws, f"{name}-1", bucket=bucket, role_arn=role)
    variables = {"NAME": name, "MACHINE": machine, "SCHEDULE": "expiry", "AGAIN": "again", "ROLE": role}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("lambdas.logic.sweeping.SETTLE_S", 0)
    yield Stage(name, aws, machine, role)
    aws("scheduler").delete_schedule_group(Name=name)
    states.delete_state_machine(stateMachineArn=machine)


def test_configs_and_models_go_with_it(stage: Stage) -> None:
    assert stage.left() == [f"{stage.name}-1", f"{stage.name}-1"]
    gone = handler({}, _Context())["gone"]
    assert gone == [f"EndpointConfig {stage.name}-1", f"Model {stage.name}-1"]
    assert stage.left() == []
    assert stage.scheduled() == {}


def test_a_newer_release_has_given_it_more_time(stage: Stage) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    stage.schedule("expiry", due)
    assert handler({}, _Context()) == {"kept": due.isoformat()}
    assert len(stage.left()) == 2


def test_an_execution_is_not_disturbed(stage: Stage, aws: Aws) -> None:
    """Its own schedule is left to the machine, which may put that anew at any time."""
    arn = aws("stepfunctions").start_execution(stateMachineArn=stage.machine)["executionArn"]
    before = datetime.now(UTC)
    for _ in range(2):
        later = datetime.fromisoformat(handler({}, _Context())["later"])
    assert timedelta(minutes=14) < later - before < timedelta(minutes=16)
    (again,) = stage.scheduled().items()
    assert again[0] == "again"
    assert again[1]["ScheduleExpression"] == f"at({later:%Y-%m-%dT%H:%M:%S})"
    assert (again[1]["Target"]["Arn"], again[1]["ActionAfterCompletion"]) == (FUNCTION, "DELETE")
    assert len(stage.left()) == 2
    aws("stepfunctions").stop_execution(executionArn=arn)
    assert len(handler({}, _Context())["gone"]) == 2
