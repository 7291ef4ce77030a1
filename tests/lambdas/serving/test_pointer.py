"""The live version's name is read from a real parameter, and not more often than it has to be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from lambdas.common.pointer import FRESH_S, Pointer, PointerUnread
from tests.local_server import LocalAws

_numbers = itertools.count()


class Clock:
    """Says what it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Parameter:
    """A parameter of this test alone."""

    def __init__(self, ssm: Any) -> None:
        self._ssm, self.name = ssm, f"/pointer-{next(_numbers)}/model"

    def put(self, value: str) -> None:
        self._ssm.put_parameter(Name=self.name, Value=value, Type="String", Overwrite=True)

    def delete(self) -> None:
        self._ssm.delete_parameter(Name=self.name)


@pytest.fixture
def parameter(in_lambda: None, aws: Callable[[str], Any]) -> Parameter:
    return Parameter(aws("ssm"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_name_is_believed_for_some_seconds(parameter: Parameter, clock: Clock) -> None:
    parameter.put("none")
    pointer = Pointer(parameter.name, clock=clock)
    assert pointer.version() == "none"
    parameter.put("monday")
    clock.now += FRESH_S - 0.001
    assert pointer.version() == "none"
    clock.now += 0.001
    assert pointer.version() == "monday"
    parameter.put("tuesday")
    assert pointer.version() == "monday"
    clock.now += FRESH_S
    assert pointer.version() == "tuesday"


@pytest.mark.parametrize("now", [0.0, -50.0, 1e9])
def test_the_first_question_is_always_asked(parameter: Parameter, clock: Clock, now: float) -> None:
    clock.now = now
    parameter.put("monday")
    assert Pointer(parameter.name, clock=clock).version() == "monday"


def test_a_parameter_that_is_not_there_is_told_by_its_name(parameter: Parameter, clock: Clock) -> None:
    pointer = Pointer(parameter.name, clock=clock)
    with pytest.raises(PointerUnread, match=rf"^parameter {parameter.name}: .*ParameterNotFound"):
        pointer.version()
    parameter.put("monday")
    assert pointer.version() == "monday", "an answer that never came is not kept"


def test_a_parameter_that_went_away_is_an_error_once_its_name_is_old(parameter: Parameter, clock: Clock) -> None:
    parameter.put("monday")
    pointer = Pointer(parameter.name, clock=clock)
    pointer.version()
    parameter.delete()
    assert pointer.version() == "monday"
    clock.now += FRESH_S
    with pytest.raises(PointerUnread, match="ParameterNotFound"):
        pointer.version()
    parameter.put("tuesday")
    assert pointer.version() == "tuesday"


def test_an_aws_that_does_not_answer_is_an_error_of_the_pointer(
    local_aws: LocalAws, in_lambda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(PointerUnread, match="Could not connect"):
        Pointer("/nowhere/model").version()
