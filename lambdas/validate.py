"""Execution input → the job: defaults filled in, names chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import Environment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.logic import releasing
from lambdas.logic.job import InvalidInput, complete
from lambdas.logic.keys import run_prefix
from lambdas.logic.names import job_name
from lambdas.logic.preparation import checked, preparation, ranking_preparation
from lambdas.logic.tuning import tuning


@dataclass(frozen=True)
class ValidateEnvironment(Environment):
    """`name_prefix` begins every name this stage gives, `tuning_prefix` those of tuning jobs, which are shorter.

    `approval` is the stage's, where the input says none.
    `network`: `vpc` or `internet`, where models are. `ttl_hours`: how long an endpoint on instances lives where the
    input does not say, or `none`.
    """

    name_prefix: str
    tuning_prefix: str
    approval: str
    network: str
    ttl_hours: str


@dataclass(frozen=True)
class ValidateEvent(Event):
    """`started` has the id, name and start time of the execution."""

    input: Any
    started: Mapping[str, str]


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises InvalidInput naming every bad field."""
    env, request = ValidateEnvironment.read(), ValidateEvent.from_event(event)
    execution = request.started
    job = {"restore": None, **complete(_with_approval(request.input, env)), "name": _name(env.name_prefix, execution)}
    if env.network == "vpc" and (problems := releasing.in_vpc(job["deploy"])):
        raise InvalidInput("; ".join(problems))
    job["usual_ttl_hours"] = None if env.ttl_hours == "none" else float(env.ttl_hours)
    if job["restore"] is None:
        _add_training(job, env, execution)
    log("job", **job)
    return job


def _with_approval(given: Any, env: ValidateEnvironment) -> Any:
    """Of an input that trains; one that is no object is for the validator to refuse."""
    if not isinstance(given, dict) or "restore" in given:
        return given
    return {"approval": env.approval, **given}


def _add_training(job: dict[str, Any], env: ValidateEnvironment, execution: Mapping[str, str]) -> None:
    """What only an execution that trains needs. Raises InvalidInput."""
    job["preparation"] = checked(preparation(job))
    job["run"] = run_prefix(execution["name"])
    job["tune"] = tuning(job, prefix=env.tuning_prefix)
    job["ranking"] = _ranking(env, job, execution) if "ranking" in job["models"] else None


def _ranking(env: ValidateEnvironment, job: Mapping[str, Any], execution: Mapping[str, str]) -> dict[str, Any]:
    """The part of the ranking model, as the job has the like model's."""
    return {
        "name": _name(f"{env.name_prefix}-ranking", execution),
        "run": f"{job['run']}ranking/",
        "preparation": checked(ranking_preparation(job)),
        "hyperparameters": job["ranking"]["hyperparameters"],
    }


def _name(prefix: str, execution: Mapping[str, str]) -> str:
    return job_name(
        prefix, execution_name=execution["name"], execution_id=execution["id"], start_time=execution["start_time"]
    )
