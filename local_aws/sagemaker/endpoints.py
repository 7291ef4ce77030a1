"""One endpoint: its status, what serves behind it, and the way from one to the next without a gap."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.launch import HostingFailedError

Deploy = Callable[[], Deployment]

_log = logging.getLogger(__name__)
_MAX_REASON = 1024


class Endpoint:
    """State of an endpoint. Transitions run in threads of their own; requests and invocations come from others."""

    def __init__(self, request: Mapping[str, Any], *, arn: str) -> None:
        self.name: str = request["EndpointName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self._lock = threading.RLock()
        self._status = "Creating"
        self._config_name: str = request["EndpointConfigName"]
        self._pending: dict[str, Any] | None = None
        self._deployment: Deployment | None = None
        self._failure_reason: str | None = None
        self._rollout: Mapping[str, Any] | None = request.get("DeploymentConfig")
        self._changed: Callable[[Endpoint], None] | None = None
        self.created = self._modified = datetime.now(UTC)

    @contextmanager
    def serving(self) -> Iterator[Deployment | None]:
        """What serves now, or None; it stays up at least until the block ends."""
        with self._lock:
            deployment = self._deployment
            if deployment is not None:
                deployment.enter()
        try:
            yield deployment
        finally:
            if deployment is not None:
                deployment.leave()

    def watch(self, changed: Callable[[Endpoint], None]) -> None:
        """Have each status told, the present one at once."""
        self._changed = changed
        changed(self)

    def create(self, deploy: Deploy) -> None:
        """Bring the first configuration up: InService or Failed."""
        self._in_background(lambda: self._deploy(deploy, self._config_name, otherwise="Failed"))

    def update(self, config_name: str, deploy: Deploy, *, rollout: Mapping[str, Any] | None) -> None:
        """Bring another configuration up while the present one serves; when that fails, the present one stays.

        Raises ValidationException while another transition runs, and for a Failed endpoint.
        """
        with self._lock:
            self._check_settled("update")
            if self._status == "Failed":
                raise ValidationException(f'Cannot update endpoint "{self.arn}" in status Failed.')
            self._set("Updating")
            self._pending = {"EndpointConfigName": config_name, "StartTime": self._modified}
            self._rollout = rollout
        self._in_background(lambda: self._deploy(deploy, config_name, otherwise="InService"))

    @property
    def variants(self) -> list[Mapping[str, Any]]:
        """The settings of what serves now."""
        with self._lock:
            return [variant.settings for variant in self._deployment.variants] if self._deployment else []

    def delete(self, forget: Callable[[], None]) -> None:
        """Take it out of service, then `forget` it. Raises ValidationException while another transition runs."""
        with self._lock:
            self._check_settled("update")
            self._set("Deleting")
            deployment, self._deployment = self._deployment, None

        def end() -> None:
            if deployment is not None:
                deployment.retire()
            forget()

        self._in_background(end)

    def describe(self) -> dict[str, Any]:
        """DescribeEndpoint's answer."""
        with self._lock:
            described = {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self._config_name,
                "EndpointStatus": self._status,
                "CreationTime": self.created,
                "LastModifiedTime": self._modified,
            }
            optional = {
                "ProductionVariants": self._deployment.describe() if self._deployment else None,
                "PendingDeploymentSummary": self._pending,
                "FailureReason": self._failure_reason,
                "LastDeploymentConfig": self._rollout,
            }
        return described | {name: value for name, value in optional.items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """This endpoint's entry in ListEndpoints."""
        described = self.describe()
        names = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return {name: described[name] for name in names}

    def _deploy(self, deploy: Deploy, config_name: str, *, otherwise: str) -> None:
        try:
            fresh = deploy()
        except HostingFailedError as failure:
            self._settle(otherwise, reason=str(failure))
            return
        except Exception as error:  # noqa: BLE001 - a thread has no caller: else it would be Creating for ever
            _log.exception("endpoint %s", self.name)
            self._settle(otherwise, reason=f"InternalFailure: {type(error).__name__}: {error}")
            return
        with self._lock:
            previous, self._deployment = self._deployment, fresh
            self._config_name = config_name
            self._settle("InService", reason=None)
        if previous is not None:
            previous.retire()

    def _settle(self, status: str, *, reason: str | None) -> None:
        with self._lock:
            self._pending = None
            self._failure_reason = reason[:_MAX_REASON] if reason else None
            self._set(status)

    def _set(self, status: str) -> None:
        self._status, self._modified = status, datetime.now(UTC)
        if self._changed is not None:
            self._changed(self)

    def _check_settled(self, verb: str) -> None:
        if self._status not in ("InService", "Failed"):
            raise ValidationException(f'Cannot {verb} in-progress endpoint "{self.arn}".')

    def _in_background(self, transition: Callable[[], None]) -> None:
        threading.Thread(target=transition, name=f"endpoint {self.name}", daemon=True).start()
