"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/apigateway/test_moto_contract.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from moto.apigateway import urls as old_urls
from moto.apigatewayv2 import urls
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.core.common_types import TYPE_RESPONSE
from moto.core.utils import camelcase_to_underscores

from local_aws.apigateway import supported
from local_aws.apigateway.backend import Backend
from local_aws.world import World

_ACCESS_LOG_PATH = "{0}/v2/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)/accesslogsettings$"


def install(world: World) -> None:
    """Put the listening store in the place of moto's; call before the first request."""
    Backend.world = world
    apigatewayv2_backends.backend = Backend
    for action in supported.SUPPORTED:
        name = camelcase_to_underscores(action)
        perform = _update_stage if action == "UpdateStage" else getattr(ApiGatewayV2Response, name)
        setattr(ApiGatewayV2Response, name, _checked(action, perform))
    setattr(ApiGatewayV2Response, "delete_access_log_settings", _delete_access_log_settings)  # noqa: B010
    for paths in (urls.url_paths, old_urls.url_paths):  # moto's older API takes the newer one's paths in
        paths[_ACCESS_LOG_PATH] = ApiGatewayV2Response.dispatch
    world.closing.append(_close)


def _checked(
    action: str, perform: Callable[[ApiGatewayV2Response], TYPE_RESPONSE]
) -> Callable[[ApiGatewayV2Response], TYPE_RESPONSE]:
    # moto finds an action's handler by name among the functions of the class.
    def checked(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
        supported.check(action, _body(self))
        return perform(self)

    return checked


def _update_stage(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    api_id, _, stage_name = self.path.rsplit("/", 3)[1:]
    stage = _backend(self).update_stage(api_id, unquote(stage_name), _body(self))
    return 200, {}, json.dumps(stage.to_json())


def _delete_access_log_settings(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    api_id, _, stage_name, _ = self.path.rsplit("/", 4)[1:]
    _backend(self).delete_access_log_settings(api_id, unquote(stage_name))
    return 204, {}, ""


def _backend(self: ApiGatewayV2Response) -> Backend:
    return cast(Backend, self.apigatewayv2_backend)


def _body(self: ApiGatewayV2Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(self.body or "{}")
    return body


def _close() -> None:
    for regions in list(apigatewayv2_backends.values()):
        for backend in list(regions.values()):
            cast(Backend, backend).close()
