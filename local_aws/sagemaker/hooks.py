"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/sagemaker/test_moto_contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakermetrics.responses import SageMakerMetricsResponse as MetricsResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from local_aws.sagemaker import (
    constraints,
    endpoint_actions,
    hosting_actions,
    invocations,
    registry_actions,
    supported,
    training_actions,
    tuning_actions,
)
from local_aws.sagemaker.backend import Backend
from local_aws.world import World

Operation = Callable[[Backend, dict[str, Any]], dict[str, Any] | None]

OPERATIONS: Mapping[str, Operation] = {
    "CreateTrainingJob": training_actions.create,
    "DescribeTrainingJob": training_actions.describe,
    "ListTrainingJobs": training_actions.list_jobs,
    "StopTrainingJob": training_actions.stop,
    "DeleteTrainingJob": training_actions.delete,
    "CreateHyperParameterTuningJob": tuning_actions.create,
    "DescribeHyperParameterTuningJob": tuning_actions.describe,
    "ListHyperParameterTuningJobs": tuning_actions.list_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": tuning_actions.list_training_jobs,
    "StopHyperParameterTuningJob": tuning_actions.stop,
    "DeleteHyperParameterTuningJob": tuning_actions.delete,
    "CreateModel": hosting_actions.create_model,
    "DescribeModel": hosting_actions.describe_model,
    "ListModels": hosting_actions.list_models,
    "DeleteModel": hosting_actions.delete_model,
    "CreateEndpointConfig": hosting_actions.create_endpoint_config,
    "DescribeEndpointConfig": hosting_actions.describe_endpoint_config,
    "ListEndpointConfigs": hosting_actions.list_endpoint_configs,
    "DeleteEndpointConfig": hosting_actions.delete_endpoint_config,
    "CreateEndpoint": endpoint_actions.create,
    "UpdateEndpoint": endpoint_actions.update,
    "DescribeEndpoint": endpoint_actions.describe,
    "ListEndpoints": endpoint_actions.list_endpoints,
    "DeleteEndpoint": endpoint_actions.delete,
    "UpdateEndpointWeightsAndCapacities": endpoint_actions.rescale,
    "CreateModelPackageGroup": registry_actions.create_group,
    "DescribeModelPackageGroup": registry_actions.describe_group,
    "ListModelPackageGroups": registry_actions.list_groups,
    "DeleteModelPackageGroup": registry_actions.delete_group,
    "CreateModelPackage": registry_actions.create_package,
    "DescribeModelPackage": registry_actions.describe_package,
    "ListModelPackages": registry_actions.list_packages,
    "UpdateModelPackage": registry_actions.update_package,
    "DeleteModelPackage": registry_actions.delete_package,
}

MOTOS = frozenset({"AddTags", "DeleteTags", "ListTags"})
"""Actions that moto does well enough. Its others are refused: it answers them as if the work were done, or reads its
own objects where ours now stand."""


def install(world: World) -> None:
    """Put real SageMaker actions in the place of moto's; call before the first request."""
    Backend.world = world
    sagemaker_backends.backend = Backend
    for action, operation in OPERATIONS.items():
        setattr(SageMakerResponse, camelcase_to_underscores(action), _performing(action, operation))
    for action in set(get_service_model("sagemaker").operation_names) - OPERATIONS.keys() - MOTOS:
        setattr(SageMakerResponse, camelcase_to_underscores(action), _refuse)
    # A body is the container's business: moto would decode it as UTF-8, which RecordIO is not.
    SageMakerRuntimeResponse.use_raw_body = True
    setattr(MetricsResponse, "batch_put_metrics", _refuse)  # noqa: B010 - replaces a method, which mypy refuses
    for name, method in (("invoke_endpoint", _invoke_endpoint), ("invoke_endpoint_async", _refuse)):
        setattr(SageMakerRuntimeResponse, name, method)


def _performing(action: str, operation: Operation) -> Callable[[SageMakerResponse], ActionResult]:
    # moto finds an action's handler by name among the functions of the class.
    def perform(self: SageMakerResponse) -> ActionResult:
        request = self._get_params()
        constraints.check(action, request)
        supported.check(action, request)
        answer = operation(cast(Backend, self.sagemaker_backend), request)
        return EmptyResult() if answer is None else ActionResult(answer)

    return perform


def _refuse(self: BaseResponse) -> ActionResult:
    """local_aws.emulation makes it the answer that names the action."""
    raise NotImplementedError(self._get_action())


def _invoke_endpoint(self: SageMakerRuntimeResponse) -> TYPE_RESPONSE:
    backend = cast(Backend, sagemaker_backends[self.current_account][self.region])
    name = self.path.split("/")[2]
    headers, body = invocations.invoke(backend, name, self.raw_body or b"", self.headers)
    return 200, headers, body
