"""The actions on models and endpoint configurations."""

from __future__ import annotations

from typing import Any

from local_aws.sagemaker import listing, model_container, network, serverless
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_resources import EndpointConfig, Model
from local_aws.sagemaker.trust import check_trust

Request = dict[str, Any]


def create_model(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateModel. The image must be known and the artifact readable by the role, as the service checks."""
    arn = backend.arn("model", request["ModelName"])
    _check_absent(request["ModelName"] in backend.models, f'model "{arn}"')
    container = model_container.of(backend, request)
    check_trust(request["ExecutionRoleArn"], source_arn=arn)
    network.check(backend.account_id, backend.region_name, request)
    model = Model(request, arn=arn, container=container)
    model_container.check(backend, model)
    with backend.lock:
        _check_absent(model.name in backend.models, f'model "{arn}"')
        backend.models[model.name] = model
    return {"ModelArn": arn}


def describe_model(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeModel."""
    return found_model(backend, request["ModelName"]).describe()


def list_models(backend: Backend, request: Request) -> dict[str, Any]:
    """ListModels."""
    with backend.lock:
        models = list(backend.models.values())
    return listing.page([model.summary() for model in models], request, kind="Model", key="Models")


def delete_model(backend: Backend, request: Request) -> None:
    """DeleteModel. Endpoints that serve it go on."""
    with backend.lock:
        del backend.models[found_model(backend, request["ModelName"]).name]


def create_endpoint_config(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateEndpointConfig. Its models must exist."""
    name = request["EndpointConfigName"]
    arn = backend.arn("endpoint-config", name)
    shadows = request.get("ShadowProductionVariants") or []
    variants = [*request["ProductionVariants"], *shadows]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise ValidationException(f"Variant names must be unique within an endpoint configuration: {', '.join(names)}")
    if shadows:
        _check_shadow(request)
    serverless.check_config(request)
    with backend.lock:
        _check_absent(name in backend.configs, f'endpoint configuration "{arn}"')
        for variant in variants:
            _check_variant(backend, variant)
        backend.configs[name] = EndpointConfig(request, arn=arn)
    return {"EndpointConfigArn": arn}


def describe_endpoint_config(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeEndpointConfig."""
    return found_config(backend, request["EndpointConfigName"]).describe()


def list_endpoint_configs(backend: Backend, request: Request) -> dict[str, Any]:
    """ListEndpointConfigs."""
    with backend.lock:
        configs = list(backend.configs.values())
    return listing.page([config.summary() for config in configs], request, kind="EndpointConfig", key="EndpointConfigs")


def delete_endpoint_config(backend: Backend, request: Request) -> None:
    """DeleteEndpointConfig. As on AWS, an endpoint that runs on it is not a reason to refuse."""
    with backend.lock:
        del backend.configs[found_config(backend, request["EndpointConfigName"]).name]


def found_model(backend: Backend, name: str) -> Model:
    """The model of that name. Raises ValidationException."""
    model = backend.models.get(name)
    if model is None:
        raise ValidationException(f'Could not find model "{backend.arn("model", name)}".')
    return model


def found_config(backend: Backend, name: str) -> EndpointConfig:
    """The endpoint configuration of that name. Raises ValidationException."""
    config = backend.configs.get(name)
    if config is None:
        raise ValidationException(f'Could not find endpoint configuration "{backend.arn("endpoint-config", name)}".')
    return config


def _check_absent(exists: bool, what: str) -> None:
    if exists:
        raise ValidationException(f"Cannot create already existing {what}.")


def _check_variant(backend: Backend, variant: Request) -> None:
    name = variant["VariantName"]
    if not variant.get("ModelName"):
        raise ValidationException(f"Variant {name!r} without a ModelName is not supported locally")
    model = found_model(backend, variant["ModelName"])
    is_serverless, has_instance = bool(variant.get("ServerlessConfig")), bool(variant.get("InstanceType"))
    if is_serverless == has_instance:
        raise ValidationException(f"Variant {name!r}: expected either an InstanceType or a ServerlessConfig")
    if is_serverless:
        serverless.check_variant(variant, model)
    elif not variant.get("InitialInstanceCount"):
        raise ValidationException(f"Variant {name!r}: expected an InitialInstanceCount with an InstanceType")


def _check_shadow(request: Request) -> None:
    """One production and one shadow variant (CreateEndpointConfig), none serverless ("Exclusions" of shadow tests)."""
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        if len(request[member]) > 1:
            raise ValidationException(f"{len(request[member])} {member}, expected one of each with a shadow variant")
        if serverless.is_serverless(request[member]):
            raise ValidationException("Shadow variants are not supported for serverless endpoints")
