"""`arn:aws:states:::dynamodb:<action>`: the optimized DynamoDB integration, request and response only.

"Perform DynamoDB CRUD operations with Step Functions" in the Step Functions Developer Guide: the four actions, and that
they are those of the API.
"""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from local_aws.stepfunctions import services
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.failures import failure

ACTIONS = frozenset({"getItem", "putItem", "updateItem", "deleteItem"})


class DynamoDbTask(StateTaskService):
    """One call of the API."""

    def __init__(self, clients: TaskClients) -> None:
        super().__init__()
        self._clients = clients

    def _validate_service_integration_is_supported(self) -> None:
        action, condition = self.resource.api_action, self.resource.condition
        if action not in ACTIONS or condition is not None:
            raise services.UnknownAction(f"dynamodb has no optimized integration {action!r} with {condition}")

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        operation = services.operation("dynamodb", self.resource.api_action)
        client = self._clients.get("dynamodb", region=resource_runtime_part.region, role_arn=state_credentials.role_arn)
        request = services.to_request(normalised_parameters, operation.input_shape)
        response = getattr(client, xform_name(operation.name))(**request)
        env.stack.append(services.with_metadata(services.to_result(response, operation.output_shape), response))

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        # The SDK's service is AmazonDynamoDBv2, its exception for what has no class of its own is not.
        error, cause = services.error_and_cause("dynamodb", "AmazonDynamoDBv2", ex)
        return failure(
            env,
            error=error.replace("AmazonDynamoDBv2Exception", "AmazonDynamoDBException"),
            cause=cause,
            where={"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()},
        ).failure_event
