"""An object has arrived in datasets/incoming/ → its dataset's execution is put off until none has come for a while."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.common.environment import Environment
from lambdas.common.log import log
from lambdas.common.schedules import OneTime, Schedules, action_arn
from lambdas.logic.arrivals import Arrival, arrival_of


@dataclass(frozen=True)
class _Variables(Environment):
    group: str
    machine: str
    role: str
    input: str
    quiet_s: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """event: "Object Created" of S3, by EventBridge. Returns what is trained on and when, nothing of other objects."""
    variables = _Variables.read()
    arrival = arrival_of(str(event["detail"]["object"]["key"]))
    if arrival is None:
        log("ignored", key=event["detail"]["object"]["key"])
        return {}
    due = datetime.now(UTC) + timedelta(seconds=float(variables.quiet_s))
    start = _start(arrival, due, variables)
    Schedules(variables.group).put(start)
    log("arrived", dataset=arrival.dataset, due=due.isoformat(), execution=json.loads(start.text)["Name"])
    return {"dataset": arrival.dataset, "due": due.isoformat()}


def _start(arrival: Arrival, due: datetime, variables: _Variables) -> OneTime:
    """The Scheduler may start what is due more than once; an execution of the same name and input is the same one."""
    request = {
        "StateMachineArn": variables.machine,
        "Name": f"{arrival.schedule}-{due:%Y%m%dT%H%M%S}",
        "Input": json.dumps(arrival.execution_input(json.loads(variables.input))),
    }
    return OneTime(
        name=arrival.schedule,
        due=due,
        target_arn=action_arn("sfn:startExecution", role_arn=variables.role),
        text=json.dumps(request),
        role_arn=variables.role,
    )
