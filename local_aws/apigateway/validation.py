"""What API Gateway refuses of routes, integrations and stages, and what of them is not emulated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_aws.apigateway.access_log import unknown_variables
from local_aws.apigateway.deployment import DEFAULT_ROUTE, DEFAULT_STAGE
from local_aws.apigateway.errors import BadRequestException, NotEmulated
from local_aws.apigateway.routing import VARIABLE

_METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*,;=:@%-]*")
_FUNCTION = r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9$_-]+)?"
_INVOCATION = re.compile(rf"arn:[^:]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/({_FUNCTION})/invocations")
_LOG_GROUP = re.compile(r"arn:[^:]+:logs:[^:]+:\d{12}:log-group:(?P<name>[^:*]+)(:\*)?")
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMEOUT_MS = range(50, 30_001)
_ROUTE_SETTINGS = frozenset({"detailedMetricsEnabled", "throttlingBurstLimit", "throttlingRateLimit"})
MAX_FORMAT_BYTES = 3 * 1024
""""Quotas for configuring and running an HTTP API": access log template size."""


def check_route_key(key: str | None) -> None:
    """A method and a path, or `$default`. Raises BadRequestException."""
    method, _, path = (key or "").partition(" ")
    if key == DEFAULT_ROUTE:
        return
    if method not in _METHODS or not path.startswith("/"):
        raise BadRequestException(
            f"The provided route key is not formatted properly for HTTP protocol. Format should be "
            f'"<HTTP METHOD> /<RESOURCE PATH>" or "$default", got {key!r}'
        )
    segments = path[1:].split("/")
    for at, segment in enumerate(segments):
        variable = VARIABLE.fullmatch(segment)
        is_fit = variable or _SEGMENT.fullmatch(segment)
        if not is_fit or (variable and variable[2] and at < len(segments) - 1):
            raise BadRequestException(f"The provided route key {key!r} has a part that no path may have: {segment!r}")


def integration_of(target: str | None) -> str | None:
    """The id in a route's target, `integrations/<id>`. Raises BadRequestException."""
    if target is None:
        return None
    prefix, _, integration_id = target.partition("/")
    if prefix != "integrations" or not integration_id or "/" in integration_id:
        raise BadRequestException(f"Invalid target {target!r} specified, expected integrations/<integration id>")
    return integration_id


def check_integration(integration: Any, *, region: str) -> None:
    """moto's integration, complete. Raises BadRequestException and NotEmulated."""
    if integration.payload_format_version is None:
        raise BadRequestException("PayloadFormatVersion is a required parameter for integration")
    if integration.timeout_in_millis not in _TIMEOUT_MS:
        raise BadRequestException("Timeout should be between 50 ms and 30000 ms")
    arn = function_arn(integration.integration_uri or "")
    if arn.split(":")[3] != region:
        raise NotEmulated(f"integrationUri {arn}: a function of another region is not emulated")


def function_arn(uri: str) -> str:
    """The function's ARN in an integration's URI, which is that or the URI of its invocation.

    Raises BadRequestException.
    """
    found = _INVOCATION.fullmatch(uri)
    arn = found[1] if found else uri
    if not re.fullmatch(_FUNCTION, arn):
        raise BadRequestException(f"Invalid function ARN or invalid uri: {uri!r}")
    return arn


def check_stage(config: Mapping[str, Any]) -> None:
    """A stage's whole configuration. Raises BadRequestException and NotEmulated."""
    name = config.get("stageName", "")
    if name != DEFAULT_STAGE and not _STAGE_NAME.fullmatch(name):
        raise BadRequestException(f"Invalid stage name {name!r}: expected letters, digits, - and _, or $default")
    if not config.get("autoDeploy"):
        raise NotEmulated("autoDeploy False is not emulated, only True: there are no deployments")
    default = config.get("defaultRouteSettings") or {}
    for settings in (default, *(config.get("routeSettings") or {}).values()):
        _check_settings(settings)
    if config.get("accessLogSettings"):
        _check_access_log(config["accessLogSettings"])


def log_group_of(settings: Mapping[str, Any]) -> str:
    """The log group's name. Raises NotEmulated: Firehose is the other destination there is."""
    arn = settings.get("destinationArn", "")
    found = _LOG_GROUP.fullmatch(arn)
    if found is None:
        raise NotEmulated(f"accessLogSettings.destinationArn {arn!r} is not emulated, only the ARN of a log group")
    return found["name"]


def _check_settings(settings: Mapping[str, Any]) -> None:
    unknown = sorted(settings.keys() - _ROUTE_SETTINGS)
    if unknown:
        raise BadRequestException(f"{unknown[0]} is not supported for HTTP APIs")
    for name in ("throttlingBurstLimit", "throttlingRateLimit"):
        if settings.get(name, 0) < 0:
            raise BadRequestException(f"{name} must not be negative, got {settings[name]}")


def _check_access_log(settings: Mapping[str, Any]) -> None:
    log_group_of(settings)
    template = settings.get("format") or ""
    if not template or "\n" in template:
        raise BadRequestException("Access log format must be a single line")
    if len(template.encode()) > MAX_FORMAT_BYTES:
        raise BadRequestException(f"Access log format must not be larger than {MAX_FORMAT_BYTES} bytes")
    unknown = unknown_variables(template)
    if unknown:
        raise NotEmulated(f"accessLogSettings.format: $context.{unknown[0]} is not emulated")
