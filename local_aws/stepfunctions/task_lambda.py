"""`arn:aws:states:::lambda:invoke` and functions named as a task's Resource: errors and results as on AWS."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_lambda as moto_lambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

from local_aws.stepfunctions import services
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.failures import failure
from local_aws.stepfunctions.replacing import replace_everywhere, replace_method

FIELDS = frozenset({"ClientContext", "FunctionName", "InvocationType", "LogType", "Payload", "Qualifier"})
# "Handling errors": a function that ends without saying how.
UNKNOWN_ERROR = "Lambda.Unknown"


class FunctionFailed(Exception):
    """The function answered with an error; `payload` is its JSON text."""

    def __init__(self, payload: str) -> None:
        super().__init__(payload)
        self.payload = payload

    @property
    def error(self) -> str:
        """The errorType it raised with."""
        try:
            document = json.loads(self.payload)
        except json.JSONDecodeError:
            return UNKNOWN_ERROR
        kind = document.get("errorType") if isinstance(document, dict) else None
        return kind if isinstance(kind, str) and kind else UNKNOWN_ERROR


class LambdaInvokeTask(moto_lambda.StateTaskServiceLambda):
    """One invocation; `.waitForTaskToken` is moto's."""

    def __init__(self, clients: TaskClients) -> None:
        super().__init__()
        self._clients = clients

    def _get_supported_parameters(self) -> set[str] | None:
        return set(FIELDS) if self.resource.api_action == "invoke" else None

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        client = self._clients.get("lambda", region=resource_runtime_part.region, role_arn=state_credentials.role_arn)
        env.stack.append(invoke(client, normalised_parameters))

    def _from_error(self, env: Any, ex: Exception) -> Any:
        reason = error_and_cause(ex)
        if reason is None:
            return super()._from_error(env=env, ex=ex)
        where = {"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()}
        return failure(env, error=reason[0], cause=reason[1], where=where).failure_event


def invoke(client: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Invoke and read the whole answer. Raises FunctionFailed with the function's own words."""
    response = client.invoke(**parameters)
    text = response["Payload"].read().decode()
    if response.get("FunctionError"):
        raise FunctionFailed(text)
    kept = {key: response[key] for key in ("ExecutedVersion", "LogResult", "StatusCode") if key in response}
    return services.with_metadata({**kept, "Payload": _payload(text)}, response)


def _payload(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def error_and_cause(error: Exception) -> tuple[str, str] | None:
    """What an invocation's exception is called; None when it is not the invocation's."""
    if isinstance(error, FunctionFailed):
        return error.error, error.payload
    if not isinstance(error, ClientError):
        return None
    return services.error_and_cause("lambda", "AWSLambda", error)


def install(clients: TaskClients) -> None:
    """Make tasks whose Resource is a function's ARN behave like the others."""
    moto_from_error = StateTaskLambda._from_error

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        reason = error_and_cause(ex)
        if reason is None:
            return moto_from_error(self, env, ex)
        error, cause = reason
        return failure(env, error=error, cause=cause, event_type=HistoryEventType.LambdaFunctionFailed).failure_event

    def call(env: Any, parameters: dict[str, Any], region: str, state_credentials: Any) -> None:
        client = clients.get("lambda", region=region, role_arn=state_credentials.role_arn)
        env.stack.append(invoke(client, parameters))

    replace_method(StateTaskLambda, "_from_error", from_error)
    replace_everywhere(lambda_eval_utils.execute_lambda_function_integration, call)
