"""The actions on endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from local_aws.autoscaling import targets
from local_aws.sagemaker import alarms, launch, listing, notices, rollout, serverless
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.endpoints import Deploy, Endpoint
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_actions import found_config, found_model
from local_aws.sagemaker.hosting_resources import EndpointConfig, Model
from local_aws.sagemaker.pending import Pending
from local_aws.sagemaker.updates import Update

Request = dict[str, Any]

_KEPT = {"DesiredWeight": "InitialVariantWeight", "DesiredInstanceCount": "InitialInstanceCount"}
"""What RetainAllVariantProperties keeps: VariantPropertyType to the setting that it is in a configuration."""


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateEndpoint: Creating, then InService or Failed. Its DeploymentConfig is kept for later updates."""
    name = request["EndpointName"]
    arn = backend.arn("endpoint", name)
    with backend.lock:
        if name in backend.hosted:
            raise ValidationException(f'Cannot create already existing endpoint "{arn}".')
        config = found_config(backend, request["EndpointConfigName"])
        rollout.plan(request.get("DeploymentConfig"), config.variants)
        deploy = _deploy(backend, name, config, _models(backend, config))
        endpoint = backend.hosted[name] = Endpoint(request, arn=arn)
    endpoint.watch(partial(notices.endpoint, backend.world, backend.region_name))
    endpoint.create(deploy)
    return {"EndpointArn": arn}


def update(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateEndpoint: Updating, then InService, on the configuration asked for or, when that fails, on the old one."""
    endpoint = _found(backend, request["EndpointName"])
    asked = found_config(backend, request["EndpointConfigName"])
    models = _models(backend, asked)
    config = asked.retaining(_retained(endpoint, request))
    deployment = _deployment_config(endpoint, request)
    plan = rollout.plan(deployment, config.variants)
    _check_against_serving(backend, endpoint, config, deployment)
    region, world = backend.region_name, backend.world
    alarms.check(world, region, plan.alarms, role_arns=[model.role_arn for model in models.values()])
    update = Update(
        config_name=config.name,
        config=deployment,
        rollout=plan,
        pending=Pending(config.name, config.variants, config.shadows),
        tripped=lambda names: alarms.tripped(world, region, names),
    )
    endpoint.update(update, _deploy(backend, endpoint.name, config, models))
    return {"EndpointArn": endpoint.arn}


def rescale(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateEndpointWeightsAndCapacities: Updating, then InService with the new weights and counts."""
    endpoint = _found(backend, request["EndpointName"])
    endpoint.rescale({wanted["VariantName"]: wanted for wanted in request["DesiredWeightsAndCapacities"]})
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
    """DeleteEndpoint: Deleting while the last invocations end, then gone. Its scalable targets go with it."""
    endpoint = _found(backend, request["EndpointName"])

    def forget() -> None:
        with backend.lock:
            del backend.hosted[endpoint.name]
        notices.endpoint(backend.world, backend.region_name, endpoint, "Deleted")

    endpoint.delete(forget)
    targets.forget(backend.account_id, backend.region_name, endpoint.name)


def _found(backend: Backend, name: str) -> Endpoint:
    endpoint = backend.hosted.get(name)
    if endpoint is None:
        raise ValidationException(f'Could not find endpoint "{backend.arn("endpoint", name)}".')
    return endpoint


def _models(backend: Backend, config: EndpointConfig) -> dict[str, Model]:
    """The models by variant; looked up while the caller can still be told that one is not there."""
    variants = [*config.variants, *config.shadows]
    return {variant["VariantName"]: found_model(backend, variant["ModelName"]) for variant in variants}


def _deploy(backend: Backend, endpoint: str, config: EndpointConfig, models: Mapping[str, Model]) -> Deploy:
    """What brings the configuration up."""
    return lambda: launch.deploy(backend.world, backend.region_name, endpoint=endpoint, config=config, models=models)


def _retained(endpoint: Endpoint, request: Request) -> dict[str, dict[str, Any]]:
    """What of the variants in service stays, as settings of a configuration, by variant."""
    if not request.get("RetainAllVariantProperties") or endpoint.serving is None:
        return {}
    excluded = {each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties") or []}
    return {
        variant.name: {
            _KEPT[name]: value for name, value in variant.kept().items() if name not in excluded and value is not None
        }
        for variant in endpoint.serving.variants
    }


def _deployment_config(endpoint: Endpoint, request: Request) -> Mapping[str, Any] | None:
    given: Mapping[str, Any] | None = request.get("DeploymentConfig")
    if not request.get("RetainDeploymentConfig"):
        return given
    if given:
        raise ValidationException("RetainDeploymentConfig with a DeploymentConfig is not supported locally")
    return endpoint.last_rollout


def _check_against_serving(
    backend: Backend, endpoint: Endpoint, config: EndpointConfig, deployment: Mapping[str, Any] | None
) -> None:
    """Raise ValidationException where the configuration cannot follow the one in service."""
    if endpoint.serving is None:
        return
    before = [variant.settings for variant in endpoint.serving.variants]
    serverless.check_update(before, config.variants, arn=endpoint.arn)
    rollout.check_names(deployment, before, config.variants)
    targets.check_update(
        {variant["VariantName"]: variant.get("InstanceType") for variant in before},
        {variant["VariantName"]: variant.get("InstanceType") for variant in config.variants},
        scaled=targets.variants_of(backend.account_id, backend.region_name, endpoint.name),
    )
