"""What the hooks rely on in moto's private parts; each test names the hook that breaks when moto changes."""

from __future__ import annotations

import inspect

import pytest
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakermetrics.responses import SageMakerMetricsResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.hooks import MOTOS, OPERATIONS

ADDED = {
    "UpdateEndpoint",
    "StopTrainingJob",
    "DeleteTrainingJob",
    "StopHyperParameterTuningJob",
    "ListTrainingJobsForHyperParameterTuningJob",
    "DeleteModelPackage",
    "DeleteModelPackageGroup",
}
"""Operations that moto does not have."""


def test_the_backend_is_made_by_the_class_in_the_backend_attribute() -> None:
    assert isinstance(sagemaker_backends, BackendDict)
    assert sagemaker_backends.backend in (SageMakerModelBackend, Backend)
    assert list(inspect.signature(SageMakerModelBackend.__init__).parameters) == ["self", "region_name", "account_id"]


def test_the_backend_holds_the_dictionaries_that_tagging_reads() -> None:
    backend = SageMakerModelBackend("eu-west-1", "123456789012")
    source = inspect.getsource(SageMakerModelBackend._get_resource_from_arn)
    names = ("training_jobs", "hyper_parameter_tuning_jobs", "_models", "endpoint_configs", "endpoints")
    for name in (*names, "model_package_groups"):
        assert getattr(backend, name) == {}, name
        assert f"self.{name}" in source, name


def test_tags_are_added_and_deleted_by_the_backend() -> None:
    assert list(inspect.signature(SageMakerModelBackend.add_tags).parameters) == ["self", "arn", "tags"]
    assert list(inspect.signature(SageMakerModelBackend.delete_tags).parameters) == ["self", "arn", "tag_keys"]


def test_the_backend_holds_model_packages_too() -> None:
    assert SageMakerModelBackend("eu-west-1", "123456789012").model_packages == {}


def test_the_metaclass_files_classes_under_their_module() -> None:
    assert Backend.__module__ == SageMakerModelBackend.__module__ == "moto.sagemaker.models"


@pytest.mark.parametrize("action", [*OPERATIONS, *sorted(MOTOS)])
def test_replaced_actions_are_methods_of_the_response_class(action: str) -> None:
    exists = hasattr(SageMakerResponse, camelcase_to_underscores(action))
    assert exists or action in ADDED, f"moto no longer answers {action}"
    assert action in get_service_model("sagemaker").operation_names


def test_handlers_are_found_by_name_and_answer_with_results() -> None:
    source = inspect.getsource(BaseResponse.call_action)
    assert "getattr(self, action)" in source
    assert "except ServiceException" in source
    assert issubclass(EmptyResult, ActionResult)
    assert SageMakerResponse().automated_parameter_parsing is True
    assert "return self.params" in inspect.getsource(BaseResponse._get_params)


def test_the_runtime_takes_bodies_raw_when_told_to() -> None:
    assert BaseResponse.use_raw_body is False
    assert "not use_raw_body" in inspect.getsource(BaseResponse.setup_class)
    for name in ("invoke_endpoint", "invoke_endpoint_async"):
        assert callable(getattr(SageMakerRuntimeResponse, name)), name


def test_the_metrics_of_experiments_are_an_action_of_their_own_class() -> None:
    assert callable(SageMakerMetricsResponse.batch_put_metrics)


def test_service_exceptions_carry_a_code_and_the_members_of_their_shape() -> None:
    error = ServiceException("Code", "message")
    assert (error.code, error.message) == ("Code", "message")
    shape = get_service_model("sagemaker-runtime").shape_for("ModelError")
    assert {"Message", "OriginalStatusCode", "OriginalMessage", "LogStreamArn"} <= set(shape.members)
    assert shape.metadata["error"]["httpStatusCode"] == 424
