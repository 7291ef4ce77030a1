"""The actions on models and endpoint configurations."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local_aws.sagemaker import images, listing, serverless, storage
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_resources import EndpointConfig, Model
from local_aws.sagemaker.trust import check_trust

Request = dict[str, Any]


def create_model(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateModel. The image must be known and the artifact readable by the role, as the service checks."""
    arn = backend.arn("model", request["ModelName"])
    _check_absent(request["ModelName"] in backend.models, f'model "{arn}"')
    _check_container(request)
    check_trust(request["ExecutionRoleArn"], source_arn=arn)
    model = Model(request, arn=arn)
    _check_image(model)
    _check_artifact(backend, model)
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
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    if len(set(names)) < len(names):
        raise ValidationException(f"Variant names must be unique within an endpoint configuration: {', '.join(names)}")
    serverless.check_config(request)
    with backend.lock:
        _check_absent(name in backend.configs, f'endpoint configuration "{arn}"')
        for variant in request["ProductionVariants"]:
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


def _check_container(request: Request) -> None:
    given = [request["PrimaryContainer"]] if request.get("PrimaryContainer") else request.get("Containers") or []
    if len(given) != 1 or (request.get("PrimaryContainer") and request.get("Containers")):
        raise ValidationException(f"{len(given)} containers are not supported locally, expected one: PrimaryContainer")
    for member in ("Image", "ModelDataUrl"):
        if not given[0].get(member):
            raise ValidationException(f"A container without {member} is not supported locally")
    if not request.get("ExecutionRoleArn"):
        raise ValidationException("ExecutionRoleArn is required to create a model")


def _check_image(model: Model) -> None:
    try:
        images.find(model.container["Image"])
    except images.UnknownImage as error:
        raise ValidationException(f'The role "{model.role_arn}" cannot pull the image: {error}') from error


def _check_artifact(backend: Backend, model: Model) -> None:
    url = model.container["ModelDataUrl"]
    artifact = storage.location(url)
    s3 = backend.world.client("s3", region=backend.region_name, role_arn=model.role_arn, session="SageMaker")
    try:
        s3.head_object(Bucket=artifact.bucket, Key=artifact.key)
    except ClientError as error:
        if not storage.is_denied(error):
            raise ValidationException(f"Could not find model data at {url}.") from error
        raise ValidationException(
            f'Could not access model data at {url}. Please ensure that the role "{model.role_arn}" exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {backend.region_name}."
        ) from error


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
