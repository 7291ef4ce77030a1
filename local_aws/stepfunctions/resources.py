"""What a Task state's Resource may name here, and which arguments it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel

from local_aws import emulation
from local_aws.iam.services import BY_SIGNING_NAME
from local_aws.stepfunctions import services
from local_aws.stepfunctions.task_dynamodb import ACTIONS as DYNAMODB_ACTIONS
from local_aws.stepfunctions.task_glue import ACTIONS as GLUE_ACTIONS
from local_aws.stepfunctions.task_lambda import FIELDS as LAMBDA_FIELDS
from local_aws.stepfunctions.task_sagemaker import ACTIONS as SAGEMAKER_ACTIONS
from local_aws.stepfunctions.task_sagemaker import JOBS

_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::(?P<service>[\w-]+):(?P<action>[\w:-]+?)(?:\.(?P<pattern>[\w:]+))?")
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:.+")
# Optimized integrations that moto runs as AWS does, by their names as aws-sdk integrations. Its others (apigateway,
# batch, ecs, states) lose their arguments or break when they wait: they are refused with the rest of Step Functions'
# list.
MOTO_ACTIONS = {
    ("events", "putEvents"): "eventbridge",
    ("sns", "publish"): "sns",
    ("sqs", "sendMessage"): "sqs",
}
MOTO_SERVICES = frozenset(service for service, _ in MOTO_ACTIONS)
PATTERNS = ("sync", "sync:2", "waitForTaskToken")
_TOKEN = frozenset({None, "waitForTaskToken"})


@dataclass(frozen=True)
class Task:
    """A Task state's resource: `service` is "function" for a Lambda function named by its ARN."""

    service: str
    action: str
    pattern: str | None


def task_of(resource: object) -> Task | None:
    """What a Resource names; None when it has neither form."""
    if not isinstance(resource, str):
        return None
    if _FUNCTION.fullmatch(resource):
        return Task("function", resource, None)
    matched = _RESOURCE.fullmatch(resource)
    return Task(**matched.groupdict()) if matched else None


def refusal(task: Task) -> str | None:
    """Why a task cannot be run here."""
    if task.service == "function":
        return None
    if task.pattern is not None and task.pattern not in PATTERNS:
        return f"Unknown pattern .{task.pattern}"
    if task.service == "aws-sdk":
        return _refused_action(task)
    if task.service not in {"dynamodb", "glue", "lambda", "sagemaker", *MOTO_SERVICES}:
        return f"The service {task.service} is not emulated"
    return None if _exists(task) else f"{task.service}:{task.action} with pattern {task.pattern} does not exist"


def argument_problems(task: Task, arguments: dict[str, Any], at: str) -> Iterator[str]:
    """Arguments that the action does not have, and those it must have. Expressions are not looked into."""
    if task.service == "lambda":
        unknown = sorted(key for key in arguments if key.removesuffix(".$") not in LAMBDA_FIELDS)
        yield from (f'The field "{key}" is not supported by Step Functions at {at}' for key in unknown)
        required = ["FunctionName"]
    elif task.service == "function":
        return
    else:
        shape = _operation(task).input_shape
        yield from services.unknown_fields(arguments, shape, at)
        required = [services.pascal(name) for name in getattr(shape, "required_members", ())]
    given = {key.removesuffix(".$") for key in arguments}
    yield from (f"The field '{name}' is required but was missing at {at}" for name in required if name not in given)


def _exists(task: Task) -> bool:
    if task.service == "lambda":
        return task.action == "invoke" and task.pattern in _TOKEN
    if task.service == "dynamodb":
        return task.action in DYNAMODB_ACTIONS and task.pattern is None
    if task.service == "glue":
        return task.action in GLUE_ACTIONS and task.pattern in (None, "sync")
    if task.service == "sagemaker":
        waited_for = task.pattern == "sync" and task.action in JOBS
        return task.action in SAGEMAKER_ACTIONS and (task.pattern is None or waited_for)
    return (task.service, task.action) in MOTO_ACTIONS and task.pattern in _TOKEN


def _refused_action(task: Task) -> str | None:
    if task.pattern not in _TOKEN:
        return "aws-sdk integrations do not support .sync"
    try:
        operation = _operation(task)
    except services.UnknownAction as error:
        return str(error)
    model = operation.service_model
    service = BY_SIGNING_NAME.get(model.signing_name)
    if service is None or model.service_name not in service.models:
        return f"The local IAM does not know the service {model.service_name}"
    if operation.name not in service.operations:
        return f"The local IAM does not know the action {service.prefix}:{operation.name}"
    pretended = emulation.SERVICES.get(model.signing_name)
    if pretended is None or operation.name in pretended:
        return f"The action {service.prefix}:{operation.name} is not emulated"
    return None


def _operation(task: Task) -> OperationModel:
    """The API's operation behind a task that names one. Raises UnknownAction."""
    if task.service == "aws-sdk":
        service, _, action = task.action.partition(":")
        return services.operation(service, action)
    return services.operation(MOTO_ACTIONS.get((task.service, task.action), task.service), task.action)
