"""A function of the Lambda API: moto's, with the configuration it forgets, and really run."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend, make_function_arn
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from local_aws.awslambda import dead_letters, invocation, network
from local_aws.awslambda.deployment import Archive, Deployment, Logging
from local_aws.awslambda.validation import check_code, check_configuration, check_package
from local_aws.network.places import Place

KEPT = ("DeadLetterConfig", "SnapStart")
"""Settings that moto forgets; a template's reader wants them back."""


class Function(LambdaFunction):
    """One version of a function. moto copies it (copy.copy) to publish a version."""

    def __init__(self, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        check_configuration(spec)
        check_package(spec)
        self._layer_archives: tuple[Archive, ...] = ()
        super().__init__(account_id, spec, region, version)
        self.check_size()
        self._place = self._placed(spec.get("VpcConfig"))
        self._kept: dict[str, Any] = {}
        self._keep(spec)
        self._logging: dict[str, Any] = spec.get("LoggingConfig") or {}
        self._revision = str(uuid.uuid4())

    def deployment(self) -> Deployment:
        """What is to run."""
        return Deployment(
            arn=make_function_arn(self.region, self.account_id, self.function_name),
            version=str(self.version),
            region=self.region,
            role_arn=self.role,
            runtime=str(self.run_time),
            handler=str(self.handler),
            memory_mb=int(self.memory_size),
            timeout_s=float(self.timeout),
            variables=tuple(sorted(self.environment_vars.items())),
            code=Archive(self.code_digest, self.code_bytes),
            layers=self._layer_archives,
            logging=self.logging,
            place=self._place,
            dead_letter_arn=dead_letters.target(self._kept),
        )

    @property
    def vpc_config(self) -> dict[str, Any] | None:
        """VpcConfig of the API; None for a function that never had one."""
        return network.described(self._place) if self._vpc_config else None

    @property
    def logging(self) -> Logging:
        """LoggingConfig with Lambda's defaults."""
        given = self._logging
        is_json = given.get("LogFormat") == "JSON"
        return Logging(
            group=given.get("LogGroup") or f"/aws/lambda/{self.function_name}",
            format="JSON" if is_json else "Text",
            application_level=given.get("ApplicationLogLevel", "INFO") if is_json else None,
            system_level=given.get("SystemLogLevel", "INFO") if is_json else None,
        )

    def invoke(
        self, body: str | bytes, request_headers: Mapping[str, str], response_headers: MutableMapping[str, Any]
    ) -> bytes:
        """Moto's one way in: from its HTTP API, and from its S3, SNS, SQS and EventBridge."""
        backend = self._backend()
        return invocation.invoke(
            self, body, request_headers, response_headers, pool=backend.pool, events=backend.events
        )

    @property
    def limit(self) -> int | None:
        """ReservedConcurrentExecutions as it is now; moto keeps it with $LATEST, and all versions share it."""
        try:
            reserved = self._backend().get_function(self.function_name, "$LATEST").reserved_concurrency
        except UnknownFunctionException:
            return None
        return None if reserved is None else int(reserved)

    def current(self) -> Function | None:
        """This version as it is now; None once it is deleted."""
        try:
            found: Function = self._backend().get_function(self.function_name, str(self.version))
        except UnknownFunctionException:
            return None
        return found

    def check_size(self) -> None:
        """Refuse code and layers that Lambda would not unpack."""
        check_code([archive.content for archive in self._layer_archives] + [self.code_bytes])

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """FunctionConfiguration of the API."""
        log = self.logging
        logging = {
            "LogFormat": log.format,
            "LogGroup": log.group,
            "ApplicationLogLevel": log.application_level,
            "SystemLogLevel": log.system_level,
        }
        configuration: dict[str, Any] = super().get_configuration(on_create)
        kept = {name: value for name, value in self._kept.items() if name != "DeadLetterConfig" or value["TargetArn"]}
        return configuration | {
            "LoggingConfig": {name: value for name, value in logging.items() if value is not None},
            "RevisionId": self._revision,
            **kept,
        }

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """UpdateFunctionConfiguration, with the settings that moto leaves out."""
        check_configuration(config_updates)
        draft = copy.copy(self)
        draft._configure(config_updates)
        return self._become(draft)

    def update_function_code(self, updated_spec: dict[str, Any]) -> dict[str, Any]:
        """UpdateFunctionCode."""
        draft = copy.copy(self)
        draft._take_code(updated_spec)
        return self._become(draft)

    def _configure(self, updates: dict[str, Any]) -> None:
        if "Environment" in updates:
            variables = (updates["Environment"] or {}).get("Variables") or {}
            updates = updates | {"Environment": {"Variables": variables}}
        config = updates.get("VpcConfig") or self._vpc_config
        super().update_configuration({**updates, "VpcConfig": config})
        if updates.get("VpcConfig"):
            self._place = self._placed(config)
        self._logging = updates.get("LoggingConfig") or self._logging
        self.tracing_config = updates.get("TracingConfig") or self.tracing_config
        self.kms_key_arn = updates.get("KMSKeyArn", self.kms_key_arn)
        if updates.get("EphemeralStorage"):
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        self._keep(updates)
        self.check_size()

    def _placed(self, config: Mapping[str, Any] | None) -> Place | None:
        return network.place(self.account_id, self.region, config or network.NOWHERE)

    def _take_code(self, spec: dict[str, Any]) -> None:
        self.code = dict(self.code)  # moto writes into it, and published versions hold the same one
        super().update_function_code(spec)
        if spec.get("Architectures") and not spec.get("DryRun"):
            self.architectures = spec["Architectures"]
        self.check_size()

    def _become(self, draft: Function) -> dict[str, Any]:
        """moto refuses in the middle of an update, so each is made on a copy: it holds as a whole or not at all."""
        vars(self).update(vars(draft))
        self._revision = str(uuid.uuid4())
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        return self.get_configuration()

    def _get_layers_data(self, layers_versions_arns: list[str]) -> Any:
        """A function keeps its layers' content: deleting a layer version leaves its users as they are."""
        layers = super()._get_layers_data(layers_versions_arns)
        backend = self._backend()
        versions = [backend.layers_versions_by_arn(layer["Arn"]) for layer in layers]
        self._layer_archives = tuple(Archive(each.code_digest, each.code_bytes) for each in versions if each)
        return layers

    def _keep(self, spec: Mapping[str, Any]) -> None:
        self._kept = self._kept | {name: spec[name] for name in KEPT if spec.get(name)}

    def _backend(self) -> Any:
        return get_backend(self.account_id, self.region)
