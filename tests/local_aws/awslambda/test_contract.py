"""The parts of moto and awslambdaric that this service replaces or relies on, by name."""

from __future__ import annotations

import inspect

import awslambdaric.bootstrap
from awslambdaric.lambda_config import LambdaConfigProvider
from moto.awslambda import urls
from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage, LayerVersion
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.base_backend import BackendDict
from moto.core.responses import BaseResponse


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


def test_function_has_the_methods_that_are_overridden() -> None:
    assert parameters(LambdaFunction.__init__) == ["self", "account_id", "spec", "region", "version"]
    assert parameters(LambdaFunction.invoke) == ["self", "body", "request_headers", "response_headers"]
    assert parameters(LambdaFunction.get_configuration) == ["self", "on_create"]
    assert parameters(LambdaFunction.update_configuration) == ["self", "config_updates"]
    assert parameters(LambdaFunction.update_function_code) == ["self", "updated_spec"]
    assert parameters(LambdaFunction._get_layers_data) == ["self", "layers_versions_arns"]


def test_function_and_layer_have_the_attributes_that_are_read() -> None:
    source = inspect.getsource(LambdaFunction)
    for name in ("code_digest", "code_bytes", "environment_vars", "reserved_concurrency", "run_time", "memory_size"):
        assert f"self.{name}" in source, name
    source = inspect.getsource(LayerVersion)
    for name in ("code_digest", "code_bytes"):
        assert f"self.{name}" in source, name


def test_backend_has_the_methods_that_are_overridden() -> None:
    invoke = ["self", "function_name", "qualifier", "body", "headers", "response_headers"]
    assert parameters(LambdaSimpleBackend.invoke) == parameters(LambdaBackend.invoke) == invoke
    assert parameters(LambdaBackend.create_function) == ["self", "spec"]
    assert parameters(LambdaBackend.update_function_code) == ["self", "function_name", "qualifier", "body"]
    assert parameters(LambdaBackend.update_function_configuration) == ["self", "function_name", "qualifier", "body"]
    assert parameters(LambdaBackend.delete_function) == ["self", "function_name", "qualifier"]
    assert parameters(LambdaBackend.put_function_concurrency) == ["self", "function_name", "reserved_concurrency"]
    assert parameters(LambdaBackend.delete_function_concurrency) == ["self", "function_name"]
    assert parameters(LambdaBackend.get_function) == ["self", "function_name_or_arn", "qualifier"]
    assert parameters(LambdaStorage.put_function) == ["self", "fn"]
    assert "self._lambdas = LambdaStorage" in inspect.getsource(LambdaBackend.__init__)


def test_backend_is_found_through_the_simple_backends() -> None:
    assert "lambda_simple_backends[account_id][region]" in inspect.getsource(get_backend)
    assert "self.backend = backend" in inspect.getsource(BackendDict.__init__)


def test_invoke_operation_is_looked_up_by_name() -> None:
    assert any("invocations" in path for path in urls.url_paths)
    assert parameters(LambdaResponse.invoke) == ["self"]
    assert parameters(BaseResponse._enrich_response) == ["headers", "body"]
    assert "self._enrich_response(headers, body)" in inspect.getsource(BaseResponse.call_action)
    assert 'new_headers.get("status", 200)' in inspect.getsource(BaseResponse._transform_response)


def test_runtime_reads_its_handler_and_address_as_this_service_gives_them() -> None:
    config = LambdaConfigProvider(["-m", "app.handler"], environ={"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"})
    assert (config.handler, config.api_address, config.is_multi_concurrent) == ("app.handler", "127.0.0.1:9", False)


def test_runtime_ends_lines_of_an_error_with_carriage_returns() -> None:
    assert awslambdaric.bootstrap.ERROR_LOG_LINE_TERMINATE == "\r"
