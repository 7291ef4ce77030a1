"""Clients by which the services of the local AWS call each other: each is made once, and none goes stale."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial

from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.session import Session

from local_aws.credentials import OPERATOR_SECRET, issue

MAX_KEPT = 256
"""Clients that are kept, some 300 kB each: roles come and go while a server is left running for days."""

_CONFIG = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    read_timeout=900,
    proxies={},  # loopback needs none, whatever the user's environment names
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who calls, and where: a role's session, or without a role the account's operator."""

    region: str
    role_arn: str | None
    session: str


class Clients:
    """Clients of one endpoint. They are safe to share between threads; making them is not, hence the lock."""

    def __init__(self, endpoint_url: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._endpoint_url, self._clock = endpoint_url, clock
        self._lock = threading.Lock()
        self._models = Session().get_component("data_loader")
        self._session = lru_cache(MAX_KEPT)(self._new_session)
        self._client = lru_cache(MAX_KEPT)(self._new_client)

    def get(self, service: str, identity: Identity) -> BaseClient:
        """A client of botocore's `service`; its credentials are renewed well before they expire."""
        with self._lock:
            return self._client(service, identity)

    def _new_client(self, service: str, identity: Identity) -> BaseClient:
        return self._session(identity).create_client(
            service, region_name=identity.region, endpoint_url=self._endpoint_url, config=_CONFIG
        )

    def _new_session(self, identity: Identity) -> Session:
        session = Session()
        session.register_component("data_loader", self._models)  # so that each service's model is read once
        session.register_component("credential_provider", _Given(self._credentials(identity)))
        return session

    def _credentials(self, identity: Identity) -> Credentials:
        if identity.role_arn is None:
            return Credentials("local-operator", OPERATOR_SECRET)
        renew = partial(issue, identity.role_arn, identity.session, region=identity.region)
        return DeferredRefreshableCredentials(renew, "assume-role", time_fetcher=self._clock)


@dataclass(frozen=True)
class _Given:
    """What a botocore session asks for its credentials, in the place of its search through the user's own."""

    credentials: Credentials

    def load_credentials(self) -> Credentials:
        return self.credentials
