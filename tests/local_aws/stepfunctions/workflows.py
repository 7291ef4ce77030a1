"""What the Step Functions tests share: an account in which definitions are run to their end."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEADLINE_S = 30.0
POLL_S = 0.02
Json = Any
Statement = Mapping[str, Any]
EVERYTHING: Sequence[Statement] = ({"Effect": "Allow", "Action": "*", "Resource": "*"},)


def allow(*actions: str, resource: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def machine(states: Mapping[str, Json], **fields: Json) -> dict[str, Json]:
    """A JSONata machine that starts at its first state."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": dict(states), **fields}


def single(state: Mapping[str, Json], **fields: Json) -> dict[str, Json]:
    """A JSONata machine of one state called Only."""
    last = {} if state["Type"] in {"Choice", "Fail", "Succeed"} else {"End": True}
    return machine({"Only": {**state, **last}}, **fields)


def task(resource: str, arguments: Json = None, **fields: Json) -> dict[str, Json]:
    named = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": named, "Arguments": arguments or {}, **fields}


@dataclass(frozen=True)
class Outcome:
    """How an execution ended."""

    described: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]

    @property
    def status(self) -> str:
        return str(self.described["status"])

    @property
    def output(self) -> Json:
        assert self.status == "SUCCEEDED", (self.error, self.cause)
        return json.loads(self.described["output"])

    @property
    def error(self) -> str | None:
        return self.described.get("error")

    @property
    def cause(self) -> str:
        return str(self.described.get("cause", ""))

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def details(self, event_type: str) -> list[Mapping[str, Any]]:
        """The details of every event of one type."""
        found = [event for event in self.events if event["type"] == event_type]
        return [next(value for key, value in event.items() if key.endswith("Details")) for event in found]


@dataclass(frozen=True)
class Workflows:
    """Machines and executions in the local AWS, with names that nobody else uses."""

    client: Callable[[str], Any]
    role_arn: str = ""

    @property
    def states(self) -> Any:
        return self.client("stepfunctions")

    def name(self, kind: str = "sfn") -> str:
        return f"{kind}-{uuid.uuid4().hex[:12]}"

    def role(self, statements: Sequence[Statement] = EVERYTHING, service: str = "states.amazonaws.com") -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        name = self.name("role")
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy([trust]))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="tests", PolicyDocument=_policy(statements))
        return str(made["Role"]["Arn"])

    def create(self, definition: Json, *, role_arn: str = "", **settings: Any) -> str:
        text = definition if isinstance(definition, str) else json.dumps(definition)
        role = role_arn or self.role_arn
        made = self.states.create_state_machine(name=self.name(), definition=text, roleArn=role, **settings)
        return str(made["stateMachineArn"])

    def start(self, machine_arn: str, given: Json = None, **settings: str) -> str:
        started = self.states.start_execution(
            stateMachineArn=machine_arn, input=json.dumps({} if given is None else given), **settings
        )
        return str(started["executionArn"])

    def ended(self, execution_arn: str) -> Outcome:
        """Wait for the end, asking often: there is no event to wait for in this API."""
        self.until(lambda: self.states.describe_execution(executionArn=execution_arn)["status"] != "RUNNING")
        events = self.states.get_execution_history(executionArn=execution_arn)["events"]
        return Outcome(self.states.describe_execution(executionArn=execution_arn), events)

    def run(self, definition: Json, given: Json = None, **settings: Any) -> Outcome:
        return self.ended(self.start(self.create(definition, **settings), given))

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the deadline has passed"
            time.sleep(POLL_S)


def _policy(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
