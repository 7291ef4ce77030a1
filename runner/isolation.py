"""Keeps every process away from real AWS accounts: no profile, no keys, no metadata service, one loopback endpoint."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from urllib.parse import urlsplit

from runner.errors import ForeignEndpoint

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
ACCESS_KEY_ID = "local-operator"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - the local AWS asks for a key and checks none
_LOOPBACK = ("localhost", "127.0.0.1")


def isolate(environment: MutableMapping[str, str]) -> str | None:
    """Take every AWS setting of the user out of `environment`; returns the local endpoint it named, if any.

    A proxy stays in use for downloads, and is passed by for this machine.
    Raises ForeignEndpoint when it named one outside this machine.
    """
    given = environment.get(ENDPOINT_VARIABLE, "")
    endpoint = loopback_url(given) if given else None
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(part for part in (environment.get(name), *_LOOPBACK) if part)
    return endpoint


def loopback_url(url: str) -> str:
    """The same endpoint spelled `http://localhost:PORT`, as moto's CloudFormation wants it. Raises ForeignEndpoint."""
    expected = "expected http://localhost:PORT, as `make serve` prints it"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ForeignEndpoint(f"{ENDPOINT_VARIABLE} is {url!r}: {error}, {expected}") from error
    is_bare = parts.path in ("", "/") and not parts.query and parts.username is None
    if parts.scheme != "http" or host not in _LOOPBACK or port is None or not is_bare:
        raise ForeignEndpoint(f"{ENDPOINT_VARIABLE} is {url!r}, {expected}")
    return f"http://localhost:{port}"


def client_variables(endpoint_url: str, region: str) -> dict[str, str]:
    """What makes any AWS client that reads its environment talk to the local AWS."""
    return {
        ENDPOINT_VARIABLE: endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
