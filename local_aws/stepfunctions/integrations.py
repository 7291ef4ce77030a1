"""Which task runs which resource."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_factory as moto_factory,
)

from local_aws.stepfunctions import services, task_lambda
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.replacing import replace_everywhere
from local_aws.stepfunctions.resources import MOTO_SERVICES
from local_aws.stepfunctions.task_aws_sdk import AwsSdkTask
from local_aws.stepfunctions.task_dynamodb import DynamoDbTask
from local_aws.stepfunctions.task_glue import GlueTask
from local_aws.stepfunctions.task_lambda import LambdaInvokeTask
from local_aws.stepfunctions.task_sagemaker import SageMakerTask

_OURS: dict[str, Any] = {
    "aws-sdk": AwsSdkTask,
    "dynamodb": DynamoDbTask,
    "glue": GlueTask,
    "lambda": LambdaInvokeTask,
    "sagemaker": SageMakerTask,
}


def install(clients: TaskClients) -> None:
    """Put our integrations beside moto's, and refuse the services that moto only forwards."""
    moto_task_for = moto_factory.state_task_service_for

    def task_for(service_name: str) -> Any:
        if service_name in _OURS:
            return _OURS[service_name](clients)
        if service_name not in MOTO_SERVICES:
            raise services.UnknownAction(f"the optimized integration {service_name} is not emulated")
        return moto_task_for(service_name)

    replace_everywhere(moto_factory.state_task_service_for, task_for)
    task_lambda.install(clients)
