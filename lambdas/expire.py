"""An endpoint's time is over → it goes, with its configs and models, unless somebody needs it or has given it more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambdas.common.environment import Environment
from lambdas.common.log import log
from lambdas.common.schedules import OneTime, Schedules
from lambdas.common.sweeps.hosting import EndpointItself, Named, ScalingTargets
from lambdas.common.sweeps.runs import running
from lambdas.logic.sweeping import sweep_in_turn

_LATER: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class ExpireEnvironment(Environment):
    """`name` is the stage's, its endpoint's and its schedules' group's; `role` is what schedules call as."""

    name: str
    machine: str
    schedule: str
    again: str
    role: str


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Returns what is gone; `later` says when this looks again, and `kept` that a newer schedule will.

    An execution that runs may compare its model with the live one, or replace it: it is not disturbed.
    """
    environment, now = ExpireEnvironment.read(), datetime.now(UTC)
    schedules = Schedules(environment.name)
    due = schedules.due(environment.schedule)
    if due is not None and due > now:
        log("kept", due=due.isoformat())
        return {"kept": due.isoformat()}
    endpoint = EndpointItself(environment.name)
    if running(environment.machine) or not endpoint.is_at_rest():
        return {"later": _put_off(schedules, environment, now + _LATER, context)}
    named = f"{environment.name}-"
    # Once: an endpoint that is there a moment later is that of a new release.
    gone = sweep_in_turn(
        [
            ScalingTargets(environment.name),
            endpoint,
            Named("EndpointConfig", "endpoint_config", named),
            Named("Model", "model", named),
        ],
        seconds_left=lambda: float(context.get_remaining_time_in_millis()) / 1000,
    )
    log("expired", gone=gone)
    return {"gone": gone}


def _put_off(schedules: Schedules, environment: ExpireEnvironment, due: datetime, context: Any) -> str:
    """By a schedule of its own: the machine's may be put anew at this very moment."""
    arn = str(context.invoked_function_arn)
    schedules.put(OneTime(name=environment.again, due=due, target_arn=arn, text="{}", role_arn=environment.role))
    log("put off", due=due.isoformat())
    return due.isoformat()
