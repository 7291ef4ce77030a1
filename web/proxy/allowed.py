"""Which AWS calls the page may make: these operations with these parameters, on this deployment's own resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from web.proxy.errors import Refused
from web.proxy.pipeline import TRAINING_LOGS, Pipeline

FORBIDDEN = 403


@dataclass(frozen=True)
class Rule:
    """What a parameter that names a resource must be."""

    holds: Callable[[str], bool]
    expected: str


@dataclass(frozen=True)
class Form:
    """One way to make a call: `named` parameters are needed and must hold to their rules, `free` ones may be there."""

    named: Mapping[str, Rule]
    free: frozenset[str] = field(default_factory=frozenset)

    def objection(self, parameters: Mapping[str, Any]) -> str | None:
        """Why a call has not this form; None where it has."""
        for name, rule in self.named.items():
            value = parameters.get(name)
            if not isinstance(value, str) or not rule.holds(value):
                return f"{name} is {value!r}, expected {rule.expected}"
        if surplus := sorted(set(parameters) - set(self.named) - self.free):
            allowed = ", ".join(sorted({*self.named, *self.free}))
            return f"{', '.join(surplus)} cannot be given, expected only {allowed}"
        return None


class AllowList:
    """The calls of one deployment's page."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._forms = {**_executions(pipeline), **_logs(pipeline), **_models(pipeline)}

    def check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Raises Refused, saying what is allowed."""
        call = f"{service}:{operation}"
        forms = self._forms.get(call)
        if forms is None:
            raise Refused(FORBIDDEN, "NotAllowed", f"{call}: expected one of {', '.join(sorted(self._forms))}")
        objections = [form.objection(parameters) for form in forms]
        if None not in objections:
            reasons = "; or ".join(each for each in objections if each)
            raise Refused(FORBIDDEN, "NotAllowed", f"{call}: {reasons}")


def exactly(value: str) -> Rule:
    """The one resource of its kind."""
    return Rule(lambda given: given == value, value)


def one_of(values: frozenset[str]) -> Rule:
    """One of these resources."""
    return Rule(lambda given: given in values, f"one of {', '.join(sorted(values)) or 'none'}")


def begins(*prefixes: str) -> Rule:
    """A name that begins so."""
    return Rule(lambda given: given.startswith(prefixes), " or ".join(f"{prefix}..." for prefix in prefixes))


def execution_of(state_machine: str) -> Rule:
    """ARN of an execution of that state machine."""
    prefix = state_machine.replace(":stateMachine:", ":execution:", 1) + ":"

    def holds(given: str) -> bool:
        name = given.removeprefix(prefix)
        return given.startswith(prefix) and name != "" and ":" not in name

    return Rule(holds, f"{prefix}<name>")


def _form(named: Mapping[str, Rule], *free: str) -> Form:
    return Form(named, frozenset(free))


def _executions(pipeline: Pipeline) -> dict[str, tuple[Form, ...]]:
    machine, execution = exactly(pipeline.state_machine), execution_of(pipeline.state_machine)
    return {
        "stepfunctions:ListExecutions": (
            _form({"stateMachineArn": machine}, "statusFilter", "maxResults", "nextToken", "redriveFilter"),
        ),
        "stepfunctions:DescribeStateMachine": (_form({"stateMachineArn": machine}, "includedData"),),
        "stepfunctions:StartExecution": (_form({"stateMachineArn": machine}, "name", "input"),),
        "stepfunctions:DescribeExecution": (_form({"executionArn": execution}, "includedData"),),
        "stepfunctions:DescribeStateMachineForExecution": (_form({"executionArn": execution}, "includedData"),),
        "stepfunctions:GetExecutionHistory": (
            _form({"executionArn": execution}, "maxResults", "reverseOrder", "nextToken", "includeExecutionData"),
        ),
        "stepfunctions:StopExecution": (_form({"executionArn": execution}, "error", "cause"),),
    }


def _logs(pipeline: Pipeline) -> dict[str, tuple[Form, ...]]:
    """The stack's log groups whole; of the account's one group for all training jobs, this deployment's jobs."""
    own = {"logGroupName": one_of(pipeline.log_groups)}
    shared = {"logGroupName": exactly(TRAINING_LOGS)}
    jobs = begins(*pipeline.job_prefixes)
    listing = ("descending", "limit", "nextToken")
    reading = ("startTime", "endTime", "nextToken", "limit", "startFromHead")
    searching = ("startTime", "endTime", "nextToken", "limit", "filterPattern", "interleaved")
    return {
        "logs:DescribeLogStreams": (
            _form(own, "logStreamNamePrefix", "orderBy", *listing),
            _form({**shared, "logStreamNamePrefix": jobs}, *listing),
        ),
        "logs:GetLogEvents": (
            _form({**own, "logStreamName": begins("")}, *reading),
            _form({**shared, "logStreamName": jobs}, *reading),
        ),
        "logs:FilterLogEvents": (
            _form(own, "logStreamNames", "logStreamNamePrefix", *searching),
            _form({**shared, "logStreamNamePrefix": jobs}, *searching),
        ),
    }


def _models(pipeline: Pipeline) -> dict[str, tuple[Form, ...]]:
    bucket, models = exactly(pipeline.bucket), begins("models/")
    return {
        "sagemaker:DescribeTrainingJob": (_form({"TrainingJobName": begins(*pipeline.job_prefixes)}),),
        "sagemaker:DescribeEndpoint": (_form({"EndpointName": exactly(pipeline.endpoint)}),),
        "sagemaker:DescribeEndpointConfig": (_form({"EndpointConfigName": begins(f"{pipeline.endpoint}-")}),),
        "ssm:GetParameter": (_form({"Name": exactly(pipeline.version_parameter)}),),
        "s3:ListObjectsV2": (
            _form({"Bucket": bucket, "Prefix": models}, "Delimiter", "MaxKeys", "ContinuationToken", "StartAfter"),
        ),
    }
