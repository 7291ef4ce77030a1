"""An earlier version → what the state machine remembered when it published it, to serve it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store


@dataclass(frozen=True)
class RestoreEvent(Event):
    """`version` is the name of the execution that published it."""

    version: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises UnknownVersion naming those there are, and BrokenBundle."""
    request = RestoreEvent.from_event(event)
    manifest = BundleStore(Store(BucketEnvironment.read().bucket)).manifest(request.version)
    log("restoring", version=request.version, created=manifest["created"])
    return {**manifest["remembered"], "endpoint": manifest["endpoint"]}
