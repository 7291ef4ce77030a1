"""Old versions → deleted, but for the newest few and the live one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.metrics import Metrics
from lambdas.common.storage import Store


@dataclass(frozen=True)
class RetireEvent(Event):
    """`keep` is how many of the newest stay, `live` the version that stays whatever its age."""

    keep: int
    live: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Returns the versions that are gone, the oldest last.

    It is the first to be called when a new version has gone live, so it is here that this is counted.
    """
    request, metrics = RetireEvent.from_event(event), Metrics.read()
    log("live", version=request.live, **metrics.fields(NewVersions=1))
    bundles = BundleStore(Store(BucketEnvironment.read().bucket))
    retired = [version for version in bundles.versions()[request.keep :] if version != request.live]
    for version in reversed(retired):
        bundles.delete(version)
    log("retired", versions=retired)
    return {"retired": retired}
