"""A published version → what the state machine remembered when it published it, to serve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import Environment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.registry import Package, Registry
from lambdas.common.storage import Store
from lambdas.logic import releasing
from lambdas.logic.retiring import APPROVED


class NotApproved(ValueError):
    """The model registry does not say that the version may serve."""


class NotInVpc(ValueError):
    """The version would be served in a way that there is none of in the stage's network."""


@dataclass(frozen=True)
class RestoreEnvironment(Environment):
    """`group` is that of the model registry. `network`: `vpc` or `internet`, where models are."""

    bucket: str
    group: str
    network: str


@dataclass(frozen=True)
class RestoreEvent(Event):
    """`version` is the name of the execution that published it, or None where its `package` is given, an ARN.

    `mode`: how it is to be served, None as it was.
    """

    version: str | None
    package: str | None
    mode: str | None


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises UnknownVersion naming those there are, UnknownPackage, NotApproved, NotInVpc, and BrokenBundle."""
    env, request = RestoreEnvironment.read(), RestoreEvent.from_event(event)
    registry, bundles = Registry(env.group), BundleStore(Store(env.bucket))
    package = registry.package(request.package) if request.package is not None else None
    version = package.version if package else str(request.version)
    manifest = bundles.manifest(version)
    known = manifest.get("package")  # versions of before there was a registry have none
    _check_approved(version, package or (registry.package(known) if known else None))
    mode = request.mode or manifest["remembered"]["job"]["deploy"]["mode"]
    if env.network == "vpc" and (problems := releasing.in_vpc({"mode": mode})):
        raise NotInVpc(f"version {version!r}: {'; '.join(problems)}")
    log("restoring", version=version, created=manifest["created"], package=known)
    found = {"version": version, "package": known, "endpoint": manifest["endpoint"]}
    return {**manifest["remembered"], **found}


def _check_approved(version: str, package: Package | None) -> None:
    if package is not None and package.status != APPROVED:
        raise NotApproved(f"version {version!r}: its package {package.arn} is {package.status}, expected {APPROVED}")
