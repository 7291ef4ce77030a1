"""Jobs, as the first function makes them of an execution's input in the environment that a template gives it."""

from __future__ import annotations

from typing import Any

import pytest

import lambdas.validate
from tests.infra.rendering import Json, resources
from tests.infra.walk import EXECUTION


def job_of(template: Json, **given: Any) -> Any:
    """The job of that input. Raises InvalidInput."""
    functions = resources(template, "AWS::Lambda::Function").values()
    (validate,) = (function for function in functions if function["Handler"] == "lambdas.validate.handler")
    execution = {"id": EXECUTION["Id"], "name": EXECUTION["Name"], "start_time": EXECUTION["StartTime"]}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in validate["Environment"]["Variables"].items():
            patch.setenv(name, value)
        return lambdas.validate.handler({"input": given, "started": execution}, None)
