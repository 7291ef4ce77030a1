"""moto's store of APIs, with what it does not check, and with each API listening."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Integration, Route, Stage

from local_aws.apigateway import validation
from local_aws.apigateway.access_log import AccessLogs
from local_aws.apigateway.deployment import Deployment
from local_aws.apigateway.errors import ConflictException, NotFoundException
from local_aws.apigateway.gateway import Gateway
from local_aws.apigateway.listener import Listener
from local_aws.apigateway.snapshot import routes_of, stages_of
from local_aws.world import World


class Backend(ApiGatewayV2Backend):
    """One region's APIs. Every change is live at once: stages deploy automatically."""

    # moto looks for a backend's routes beside the module that its class names.
    __module__ = "moto.apigatewayv2.models"

    world: ClassVar[World]
    """Set once, by `hooks.install`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.RLock()
        self._open: dict[str, tuple[Gateway, AccessLogs, Listener]] = {}

    def create_api(self, *args: Any, **request: Any) -> Api:
        """CreateApi: it listens from now on."""
        api = super().create_api(*args, **request)
        logs = AccessLogs(self.world.logs, api_id=api.api_id, region=self.region_name)
        gateway = Gateway(self._picture(api), logs, self.world.metrics)
        listener = Listener(gateway.answer)
        api.api_endpoint = listener.url
        with self._lock:
            self._open[api.api_id] = gateway, logs, listener
        return api

    def delete_api(self, api_id: str) -> None:
        """DeleteApi, with all that belongs to it."""
        self.get_api(api_id)
        super().delete_api(api_id)
        with self._lock:
            _, logs, listener = self._open.pop(api_id)
        listener.close()
        logs.close()

    def close(self) -> None:
        """Stop listening: the server stops."""
        for api_id in list(self.apis):
            self.delete_api(api_id)

    def create_integration(self, api_id: str, *args: Any, **request: Any) -> Integration:
        """CreateIntegration."""
        with self._lock:
            made = super().create_integration(api_id, *args, **request)
            try:
                validation.check_integration(made, region=self.region_name)
            except Exception:
                super().delete_integration(api_id, made.id)
                raise
        return made

    def update_integration(self, *args: Any, **request: Any) -> Integration:
        """UpdateIntegration."""
        api_id, integration_id = request["api_id"], request["integration_id"]
        with self._lock:
            integration = self.get_integration(api_id, integration_id)
            before = dict(vars(integration))
            super().update_integration(*args, **request)
            try:
                validation.check_integration(integration, region=self.region_name)
            except Exception:
                vars(integration).update(before)
                raise
            self._deploy(api_id)
        return integration

    def delete_integration(self, api_id: str, integration_id: str) -> None:
        """DeleteIntegration; not while a route needs it."""
        with self._lock:
            self.get_integration(api_id, integration_id)
            for route in self.get_routes(api_id):
                if validation.integration_of(route.target) == integration_id:
                    of = f"referenced by Route '{route.route_id}'"
                    raise ConflictException(f"Cannot delete Integration '{integration_id}' because it is {of}.")
            super().delete_integration(api_id, integration_id)

    def create_route(self, api_id: str, *args: Any, **request: Any) -> Route:
        """CreateRoute."""
        with self._lock:
            self._check_route(api_id, request["route_key"], request["target"])
            made = super().create_route(api_id, *args, **request)
            self._deploy(api_id)
        return made

    def update_route(self, *args: Any, **request: Any) -> Route:
        """UpdateRoute."""
        api_id = request["api_id"]
        with self._lock:
            route = self.get_route(api_id, request["route_id"])
            key = request["route_key"] or route.route_key
            self._check_route(api_id, key, request["target"], but=route.route_id)
            super().update_route(*args, **request)
            self._deploy(api_id)
        return route

    def delete_route(self, api_id: str, route_id: str) -> None:
        """DeleteRoute."""
        with self._lock:
            self.get_route(api_id, route_id)
            super().delete_route(api_id, route_id)
            self._deploy(api_id)

    def create_stage(self, api_id: str, config: dict[str, Any]) -> Stage:
        """CreateStage."""
        validation.check_stage(config)
        with self._lock:
            if config["stageName"] in self.get_api(api_id).stages:
                raise ConflictException("Stage already exists")
            made = super().create_stage(api_id, config)
            self._deploy(api_id)
        return made

    def update_stage(self, api_id: str, name: str, changes: Mapping[str, Any]) -> Stage:
        """UpdateStage, which moto lacks: each member that is given takes the place of what there was."""
        with self._lock:
            stage = self.get_stage(api_id, name)
            config = {**stage.config, **changes, "stageName": name}
            validation.check_stage(config)
            created = stage.created
            stage = Stage(self.get_api(api_id), config)
            stage.created = created
            self.get_api(api_id).stages[name] = stage
            self._deploy(api_id)
        return stage

    def delete_access_log_settings(self, api_id: str, name: str) -> None:
        """DeleteAccessLogSettings, which moto lacks."""
        self.update_stage(api_id, name, {"accessLogSettings": None})

    def delete_stage(self, api_id: str, stage_name: str) -> None:
        """DeleteStage."""
        with self._lock:
            self.get_stage(api_id, stage_name)
            super().delete_stage(api_id, stage_name)
            self._deploy(api_id)

    def _check_route(self, api_id: str, key: str, target: str | None, *, but: str = "") -> None:
        validation.check_route_key(key)
        integration_id = validation.integration_of(target)
        if integration_id is not None and integration_id not in self.get_api(api_id).integrations:
            raise NotFoundException(f"Invalid Integration identifier specified {integration_id}")
        if any(route.route_key == key and route.route_id != but for route in self.get_routes(api_id)):
            raise ConflictException(f"Route with key {key} already exists for this API")

    def _deploy(self, api_id: str) -> None:
        self._open[api_id][0].deployment = self._picture(self.get_api(api_id))

    def _picture(self, api: Api) -> Deployment:
        return Deployment(
            api_id=api.api_id,
            account=self.account_id,
            region=self.region_name,
            partition=self.partition,
            routes=routes_of(api),
            stages=stages_of(api),
        )
