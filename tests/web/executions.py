"""The recorded executions, and those that are started from the page, as AWS answers about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from web.proxy.errors import Refused


class Executions:
    """Each started one runs as the recorded one did, as far as `shown` events. `stopped` are those that were stopped.

    `printed` is the share of their training logs that is there. `refuses` is what the
    next start is refused with; empty for nothing.
    """

    def __init__(self, recorded: dict[str, Any]) -> None:
        self._known = recorded
        self._machine: str = recorded["config"]["state_machine"]
        self._whole = recorded["succeeded"]["events"]
        self.started: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.shown = 0
        self.printed = 1.0
        self.refuses = ""

    @property
    def events(self) -> int:
        """How many a whole execution has."""
        return len(self._whole)

    @property
    def failed(self) -> str:
        """Name of the recorded one that failed."""
        return str(self._known["failed"]["described"]["name"])

    @property
    def succeeded(self) -> str:
        """Name of the recorded one that succeeded; also of its version."""
        return str(self._known["succeeded"]["described"]["name"])

    def until(self, state: str) -> int:
        """How many events there are when a state was just entered."""
        for at, event in enumerate(self._whole, start=1):
            if event.get("stateEnteredEventDetails", {}).get("name") == state:
                return at
        raise LookupError(f"{state!r}: not among the recorded states")

    def call(self, operation: str, given: dict[str, Any]) -> Any:
        """One of Step Functions' or CloudWatch Logs' calls. Raises Refused."""
        about: dict[str, Callable[[str], Any]] = {
            "StopExecution": self.stopped.append,
            "DescribeExecution": self._described,
            "DescribeStateMachineForExecution": self._definition,
            "GetExecutionHistory": lambda name: _page(self._events(name), given),
        }
        if operation in about:
            return about[operation](str(given["executionArn"]).rpartition(":")[2])
        if operation == "ListExecutions":
            return {"executions": [self._listed(name) for name in self._names()]}
        return self._start(**given) if operation == "StartExecution" else self._logs(operation, given)

    def _definition(self, name: str) -> Any:
        self._described(name)
        return {"definition": json.dumps(self._known["definition"])}

    def _names(self) -> list[str]:
        return [*reversed(self.started), self.failed, self.succeeded]

    def _listed(self, name: str) -> Any:
        return {key: value for key, value in self._described(name).items() if key not in ("input", "output")}

    def _arn(self, name: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"

    def _start(self, *, input: str, name: str = "", **_: str) -> Any:  # noqa: A002 - AWS' own name
        if self.refuses:
            raise Refused(400, "ExecutionAlreadyExists", self.refuses)
        name = name or f"started-{len(self.started) + 1}"
        self.started[name] = json.loads(input)
        return {"executionArn": self._arn(name)}

    def _described(self, name: str) -> dict[str, Any]:
        for one in ("failed", "succeeded"):
            if self._known[one]["described"]["name"] == name:
                return dict(self._known[one]["described"])
        if name not in self.started:
            raise Refused(400, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{self._arn(name)}'")
        whole = {**self._known["succeeded"]["described"], "name": name, "executionArn": self._arn(name)}
        whole["input"] = json.dumps(self.started[name])
        if name in self.stopped:
            return {**whole, "output": None, "status": "ABORTED"}
        return {**whole, "output": None, "stopDate": None, "status": "RUNNING"} if self.shown < self.events else whole

    def _events(self, name: str) -> list[Any]:
        if name not in self.started:
            return list(self._known["failed" if name == self.failed else "succeeded"]["events"])
        events = self._whole[: self.shown]
        return [*events, _aborted(events[-1])] if name in self.stopped else events

    def _logs(self, operation: str, given: dict[str, Any]) -> Any:
        training, functions = self._known["logs"]["training"], self._known["logs"]["functions"]
        if operation == "DescribeLogStreams":
            names = [name for name in training if name.startswith(given["logStreamNamePrefix"])]
            return {"logStreams": [{"logStreamName": name} for name in names]}
        if operation == "FilterLogEvents":
            groups = self._known["config"]["functions"]
            (name,) = (name for name in groups if groups[name] == given["logGroupName"])
            return {"events": [{"message": line} for line in functions[name]]}
        lines = training[given["logStreamName"]]
        printed = lines[: round(len(lines) * self.printed)]
        new = printed[int(given.get("nextToken", "0")) :]
        return {"events": [{"message": line} for line in new], "nextForwardToken": str(len(printed))}


def _page(events: list[Any], given: dict[str, Any]) -> Any:
    start, size = int(given.get("nextToken", "0")), int(given.get("maxResults", 1000))
    more = {"nextToken": str(start + size)} if len(events) > start + size else {}
    return {"events": events[start : start + size], **more}


def _aborted(last: Any) -> Any:
    return {
        "id": last["id"] + 1,
        "previousEventId": 0,
        "timestamp": last["timestamp"],
        "type": "ExecutionAborted",
        "executionAbortedEventDetails": {"cause": "Stopped from the page"},
    }
