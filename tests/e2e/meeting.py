"""Catching an execution at a moment of one's choosing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from tests.e2e.conftest import DEADLINE_S, Cloud


@contextlib.contextmanager
def held_back(cloud: Cloud, module: str) -> Iterator[None]:
    """The function is throttled for a while, which the machine retries."""
    functions = cloud.client("lambda")
    (name,) = [
        entry["FunctionName"]
        for entry in functions.list_functions(MaxItems=50)["Functions"]
        if entry["Handler"] == f"lambdas.{module}.handler"
    ]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


def await_state(cloud: Cloud, arn: str, name: str) -> None:
    """Until the execution, which still runs, has entered that state."""
    deadline = time.monotonic() + DEADLINE_S
    while name not in (states := cloud.states(arn)):
        assert time.monotonic() < deadline, f"{arn} is in {states}"
        assert cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING"
        time.sleep(0.05)
