"""`arn:aws:states:::aws-sdk:<service>:<action>`: any AWS API, as the AWS SDK for Java 2 would call it."""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as moto_sdk

from local_aws.stepfunctions import services
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.failures import failure


class AwsSdkTask(moto_sdk.StateTaskServiceAwsSdk):
    """One call; `.waitForTaskToken` is moto's."""

    def __init__(self, clients: TaskClients) -> None:
        super().__init__()
        self._clients = clients

    def _validate_service_integration_is_supported(self) -> None:
        services.operation(self.resource.api_name, self.resource.api_action)

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        operation = services.operation(self.resource.api_name, self.resource.api_action)
        service = operation.service_model.service_name
        client = self._clients.get(service, region=resource_runtime_part.region, role_arn=state_credentials.role_arn)
        request = services.to_request(normalised_parameters, operation.input_shape)
        response = getattr(client, xform_name(operation.name))(**request)
        env.stack.append(services.to_result(response, operation.output_shape) or {})

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        model = services.service_model(self.resource.api_name)
        service = services.java_name(str(model.service_id))
        name = services.exception_name(model, ex) or f"{service}Exception"
        metadata = ex.response["ResponseMetadata"]
        status, request_id = metadata.get("HTTPStatusCode"), metadata.get("RequestId")
        exchange = f"Service: {service}, Status Code: {status}, Request ID: {request_id}"
        return failure(
            env,
            error=f"{service}.{name}",
            cause=f"{ex.response['Error']['Message']} ({exchange})",
            where={"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()},
        ).failure_event
