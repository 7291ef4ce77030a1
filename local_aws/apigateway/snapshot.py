"""moto's objects as the unchanging picture that requests are answered from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.apigatewayv2 import models

from local_aws.apigateway.deployment import AccessLog, Integration, Route, Stage, Throttle
from local_aws.apigateway.validation import function_arn, integration_of, log_group_of


def routes_of(api: models.Api) -> tuple[Route, ...]:
    """The API's routes, each with its integration."""
    return tuple(
        Route(
            key=route.route_key,
            authorization=route.authorization_type or "NONE",
            integration=_integration(api, integration_of(route.target)),
        )
        for route in api.get_routes()
    )


def stages_of(api: models.Api) -> dict[str, Stage]:
    """The API's stages by name."""
    return {name: _stage(stage) for name, stage in api.stages.items()}


def _integration(api: models.Api, integration_id: str | None) -> Integration | None:
    if integration_id is None:
        return None
    found = api.get_integration(integration_id)
    return Integration(
        function_arn=function_arn(found.integration_uri), timeout_s=(found.timeout_in_millis or 30_000) / 1000
    )


def _stage(stage: models.Stage) -> Stage:
    log = stage.access_log_settings
    return Stage(
        name=stage.name,
        variables=dict(stage.stage_variables or {}),
        throttle=_throttle(stage.default_route_settings or {}),
        route_throttles={key: _throttle(settings) for key, settings in (stage.route_settings or {}).items()},
        access_log=AccessLog(group=log_group_of(log), format=log["format"]) if log else None,
    )


def _throttle(settings: Mapping[str, Any]) -> Throttle:
    return Throttle(rate=settings.get("throttlingRateLimit"), burst=settings.get("throttlingBurstLimit"))
