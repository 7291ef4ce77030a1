"""What every line of a function's log says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lambdas.common.log import log, of_execution

ROOT = Path(__file__).resolve().parents[2]
ARN = "arn:aws:states:eu-central-1:123456789012:execution:movie-recommender-dev:nightly"
ELSEWHERE = {
    "api": "requests",
    "arrived": "what will be an execution",
    "empty": "a bucket that goes with its stack",
    "expire": "an endpoint whose time is over",
    "spark_prepare": "a script",
    "teardown": "a stack that is deleted",
}
"""Modules of functions that no state of the machine calls, and what their lines are about instead."""


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    log("began", of=event["of"])
    if event["of"] == "nothing":
        raise ZeroDivisionError("of nothing")
    return {"of": event["of"]}


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_line_names_its_own_execution(capsys: pytest.CaptureFixture[str]) -> None:
    assert handler({"of": "ratings", "execution": ARN}, None) == {"of": "ratings"}
    handler({"of": "models"}, None)
    first, second = _lines(capsys)
    assert first == {"message": "began", "execution": ARN, "of": "ratings"}
    assert second == {"message": "began", "of": "models"}, "a sandbox is used again"


def test_a_failure_is_a_line_that_says_of_what(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        handler({"of": "nothing", "execution": ARN}, None)
    assert _lines(capsys)[-1] == {
        "message": "failed",
        "execution": ARN,
        "error": "ZeroDivisionError",
        "cause": "of nothing",
    }


def test_every_function_of_the_machine_does_so() -> None:
    modules = {path.stem for path in (ROOT / "lambdas").glob("*.py")} - {"__init__"}
    assert ELSEWHERE.keys() < modules
    for name in sorted(modules - ELSEWHERE.keys()):
        found = import_module(f"lambdas.{name}").handler
        assert found.__wrapped__, f"lambdas.{name}.handler: expected @of_execution"
