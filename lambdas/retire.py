"""Old versions and their packages → deleted, but for the newest few and the live one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import Environment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.metrics import Metrics
from lambdas.common.registry import Registry
from lambdas.common.storage import Store
from lambdas.logic.retiring import retired_packages, retired_versions


@dataclass(frozen=True)
class RetireEnvironment(Environment):
    """`group` is that of the model registry."""

    bucket: str
    group: str


@dataclass(frozen=True)
class RetireEvent(Event):
    """`keep` is how many of the newest stay, `live` the version that stays whatever its age."""

    keep: int
    live: str


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Returns the versions and the packages that are gone, the oldest last.

    It is the first to be called when a new version has gone live, so it is here that this is counted.
    """
    env, request, metrics = RetireEnvironment.read(), RetireEvent.from_event(event), Metrics.read()
    log("live", version=request.live, **metrics.fields(NewVersions=1))
    bundles, registry = BundleStore(Store(env.bucket)), Registry(env.group)
    versions, packages = bundles.versions(), registry.packages()
    statuses = {package.version: package.status for package in reversed(packages)}
    retired = retired_versions(versions, statuses, keep=request.keep, live=request.live)
    for version in reversed(retired):
        bundles.delete(version)
    kept = [version for version in versions if version not in retired]
    places = retired_packages([package.version for package in packages], kept, keep=request.keep)
    gone = [packages[place] for place in places]
    for package in reversed(gone):
        registry.delete(package)
    log("retired", versions=retired, packages=[package.arn for package in gone])
    return {"retired": retired, "packages": [package.arn for package in gone]}
