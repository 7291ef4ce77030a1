"""One endpoint: its status, what serves behind it, and the way from one to the next without a gap."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.launch import HostingFailedError
from local_aws.sagemaker.traffic import Traffic
from local_aws.sagemaker.updates import Update

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
        self._update: Update | None = None
        self._desired: Mapping[str, Mapping[str, Any]] = {}
        self._traffic = Traffic()
        self._failure_reason: str | None = None
        self._rollout: Mapping[str, Any] | None = request.get("DeploymentConfig")
        self._changed: Callable[[Endpoint], None] | None = None
        self.created = self._modified = datetime.now(UTC)

    def invocation(self) -> AbstractContextManager[Deployment | None]:
        """The fleet that the next request goes to, or None; it stays up at least until the block ends."""
        return self._traffic.invocation()

    @property
    def serving(self) -> Deployment | None:
        """What is in service; while an update runs, the old fleet."""
        return self._traffic.serving

    @property
    def last_rollout(self) -> Mapping[str, Any] | None:
        """LastDeploymentConfig."""
        return self._rollout

    def watch(self, changed: Callable[[Endpoint], None]) -> None:
        """Have each status told, the present one at once."""
        self._changed = changed
        changed(self)

    def create(self, deploy: Deploy) -> None:
        """Bring the first configuration up: InService or Failed."""

        def transition() -> None:
            fresh = self._bring_up(deploy, otherwise="Failed")
            if fresh is not None:
                self._traffic.settle(fresh)
                self._settle("InService")

        self._in_background(transition)

    def update(self, update: Update, deploy: Deploy) -> None:
        """Bring another configuration up and move the traffic to it; when either fails, the present one stays.

        Raises ValidationException while another transition runs, and for a Failed endpoint.
        """
        with self._lock:
            self._check_updatable()
            self._update, self._rollout = update, update.config
            self._set("Updating")
        self._in_background(lambda: self._roll_out(update, deploy))

    def rescale(self, desired: Mapping[str, Mapping[str, Any]]) -> None:
        """Give variants in service other weights and instance counts; `desired` as for Deployment.rescale.

        Raises ValidationException as `update` does, and for a variant that is not there.
        """
        with self._lock:
            self._check_updatable()
            serving = self.serving
            known = {variant.name for variant in serving.variants} if serving else set()
            if serving is None or desired.keys() - known:
                absent = ", ".join(sorted(desired.keys() - known))
                raise ValidationException(f'Could not find variants {absent} of endpoint "{self.arn}".')
            self._desired = desired
            self._set("Updating")

        def transition() -> None:
            serving.rescale(desired)
            with self._lock:
                self._desired = {}
                self._settle("InService", reason=self._failure_reason)

        self._in_background(transition)

    def delete(self, forget: Callable[[], None]) -> None:
        """Take it out of service, then `forget` it. Raises ValidationException while another transition runs."""
        with self._lock:
            self._check_settled("update")
            self._set("Deleting")
            fleet = self._traffic.settle(None)

        def end() -> None:
            if fleet is not None:
                fleet.retire()
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
                **(self.serving.describe(self._desired) if self.serving else {}),
            }
            optional = {
                "PendingDeploymentSummary": self._update.pending.describe() if self._update else None,
                "FailureReason": self._failure_reason,
                "LastDeploymentConfig": self._rollout,
            }
        return described | {name: value for name, value in optional.items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """This endpoint's entry in ListEndpoints."""
        described = self.describe()
        names = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return {name: described[name] for name in names}

    def _roll_out(self, update: Update, deploy: Deploy) -> None:
        fresh = self._bring_up(deploy, otherwise="InService")
        if fresh is None:
            return
        why = update.shift(self._traffic, fresh)
        if why is not None:
            with self._lock:
                self._set("RollingBack")
                self._traffic.settle(self.serving)
            update.pending.deleting()
            fresh.retire()
            self._settle("InService", reason=why)
            return
        with self._lock:
            previous = self._traffic.settle(fresh)
            self._config_name = update.config_name
            self._settle("InService")
        if previous is not None:
            previous.retire()

    def _bring_up(self, deploy: Deploy, *, otherwise: str) -> Deployment | None:
        """A fleet that answers; None when there is none: then the endpoint is settled in the status `otherwise`."""
        try:
            return deploy()
        except HostingFailedError as failure:
            self._settle(otherwise, reason=str(failure))
        except Exception as error:  # noqa: BLE001 - a thread has no caller: else it would be Creating for ever
            _log.exception("endpoint %s", self.name)
            self._settle(otherwise, reason=f"InternalFailure: {type(error).__name__}: {error}")
        return None

    def _settle(self, status: str, *, reason: str | None = None) -> None:
        with self._lock:
            self._update = None
            self._failure_reason = reason[:_MAX_REASON] if reason else None
            self._set(status)

    def _set(self, status: str) -> None:
        self._status, self._modified = status, datetime.now(UTC)
        if self._changed is not None:
            self._changed(self)

    def _check_updatable(self) -> None:
        self._check_settled("update")
        if self._status == "Failed":
            raise ValidationException(f'Cannot update endpoint "{self.arn}" in status Failed.')

    def _check_settled(self, verb: str) -> None:
        if self._status not in ("InService", "Failed"):
            raise ValidationException(f'Cannot {verb} in-progress endpoint "{self.arn}".')

    def _in_background(self, transition: Callable[[], None]) -> None:
        threading.Thread(target=transition, name=f"endpoint {self.name}", daemon=True).start()
