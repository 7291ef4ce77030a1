"""CreateEndpoint, UpdateEndpoint, DescribeEndpoint, ListEndpoints and DeleteEndpoint."""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.sagemaker import launch, listing, notices, serverless
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.endpoints import Deploy, Endpoint
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_actions import found_config, found_model

Request = dict[str, Any]


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateEndpoint: Creating, then InService or Failed."""
    name = request["EndpointName"]
    arn = backend.arn("endpoint", name)
    with backend.lock:
        if name in backend.hosted:
            raise ValidationException(f'Cannot create already existing endpoint "{arn}".')
        deploy = _deploy(backend, name, request["EndpointConfigName"])
        endpoint = backend.hosted[name] = Endpoint(request, arn=arn)
    endpoint.watch(partial(notices.endpoint, backend.world, backend.region_name))
    endpoint.create(deploy)
    return {"EndpointArn": arn}


def update(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateEndpoint: Updating, then InService, on the configuration asked for or, when that fails, on the old one."""
    endpoint = _found(backend, request["EndpointName"])
    config_name = request["EndpointConfigName"]
    deploy = _deploy(backend, endpoint.name, config_name)
    if endpoint.variants:
        serverless.check_update(endpoint.variants, found_config(backend, config_name).variants, arn=endpoint.arn)
    endpoint.update(config_name, deploy, rollout=request.get("DeploymentConfig"))
    return {"EndpointArn": endpoint.arn}


def describe(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeEndpoint."""
    return _found(backend, request["EndpointName"]).describe()


def list_endpoints(backend: Backend, request: Request) -> dict[str, Any]:
    """ListEndpoints."""
    with backend.lock:
        endpoints = list(backend.hosted.values())
    return listing.page([endpoint.summary() for endpoint in endpoints], request, kind="Endpoint", key="Endpoints")


def delete(backend: Backend, request: Request) -> None:
    """DeleteEndpoint: Deleting while the last invocations end, then gone."""
    endpoint = _found(backend, request["EndpointName"])

    def forget() -> None:
        with backend.lock:
            del backend.hosted[endpoint.name]
        notices.endpoint(backend.world, backend.region_name, endpoint, "Deleted")

    endpoint.delete(forget)


def _found(backend: Backend, name: str) -> Endpoint:
    endpoint = backend.hosted.get(name)
    if endpoint is None:
        raise ValidationException(f'Could not find endpoint "{backend.arn("endpoint", name)}".')
    return endpoint


def _deploy(backend: Backend, endpoint: str, config_name: str) -> Deploy:
    """What brings the configuration up; its models are looked up now, while the caller can still be told."""
    config = found_config(backend, config_name)
    models = {variant["VariantName"]: found_model(backend, variant["ModelName"]) for variant in config.variants}
    return lambda: launch.deploy(backend.world, backend.region_name, endpoint=endpoint, config=config, models=models)
