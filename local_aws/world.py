"""The one object every service of the local AWS is given: where it listens, where it keeps state, whose credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from local_aws.children import Children
from local_aws.clients import Clients, Identity
from local_aws.credentials import ACCOUNT
from local_aws.folders import RUNNING
from local_aws.log_streams import LogDelivery
from local_aws.metrics import Metrics

__all__ = ["ACCOUNT", "World"]


@dataclass(frozen=True)
class World:
    """Shared by all services. `folder` holds all files; `port` is bound to loopback."""

    folder: Path
    port: int
    account: str = ACCOUNT
    children: Children = field(default_factory=Children)
    pages: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Read-only JSON pages beside the AWS APIs, by path (`/_local_aws/iam`)."""
    middlewares: list[Callable[[Any], Any]] = field(default_factory=list)
    """WSGI middlewares around the AWS APIs, the innermost first."""
    closing: list[Callable[[], None]] = field(default_factory=list)
    """What services have to end, beside child processes, when the server stops."""
    metrics: Metrics = field(default_factory=Metrics)
    """Where services publish what they measure; CloudWatch reads it."""
    emitters: list[Callable[..., None]] = field(default_factory=list)
    """Who takes what services `emit`: EventBridge."""

    @property
    def running(self) -> Path:
        """For the files of what runs; the server empties it when it starts and when it stops."""
        return self.folder / RUNNING

    @property
    def endpoint_url(self) -> str:
        """Says localhost, not 127.0.0.1: moto's CloudFormation tests for that word (cloudformation/utils.py)."""
        return f"http://localhost:{self.port}"

    def client(self, service: str, *, region: str, role_arn: str | None = None, session: str = "local") -> BaseClient:
        """A client of this world, as `role_arn` (enforced) or as the account's operator (not enforced).

        The same one for the same arguments: it is made once, shared between threads, and may be kept.
        """
        return self._clients.get(service, Identity(region=region, role_arn=role_arn, session=session))

    def emit(
        self,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        *,
        region: str,
        resources: Sequence[str] = (),
    ) -> None:
        """Put an AWS service's own event (`aws.…`) on the region's default bus: its rules deliver it from threads.

        `detail` must be JSON's; `resources` are ARNs.
        """
        for emitter in self.emitters:
            emitter(source, detail_type, detail, region=region, resources=tuple(resources))

    @cached_property
    def logs(self) -> LogDelivery:
        """Delivery of what functions, jobs and endpoints log, by their roles; made when the services are installed."""
        return LogDelivery(self.client)

    @cached_property
    def _clients(self) -> Clients:
        return Clients(self.endpoint_url)
