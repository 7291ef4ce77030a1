"""The scalable targets of one region, in moto's store, where SageMaker and IAM look for an endpoint's too."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, applicationautoscaling_backends

from local_aws.sagemaker.errors import ValidationException

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
NAMESPACE = "sagemaker"
_RESOURCE = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")


def parse(resource_id: str) -> tuple[str, str]:
    """(endpoint, variant) of `endpoint/<name>/variant/<name>`. Raises ValidationException."""
    match = _RESOURCE.fullmatch(resource_id)
    if match is None:
        raise ValidationException(f"ResourceId {resource_id!r}, expected endpoint/<endpoint>/variant/<variant>")
    return match["endpoint"], match["variant"]


def variants_of(account: str, region: str, endpoint: str) -> set[str]:
    """The variants of an endpoint that are registered."""
    return {parse(resource_id)[1] for resource_id in _of(store(account, region), endpoint)}


def forget(account: str, region: str, endpoint: str) -> None:
    """Deregister all variants of an endpoint that is deleted, with their policies."""
    backend = store(account, region)
    for resource_id in _of(backend, endpoint):
        deregister(backend, resource_id)


def deregister(backend: ApplicationAutoscalingBackend, resource_id: str) -> None:
    """Remove a target; "deregistering a scalable target deletes the scaling policies" (DeregisterScalableTarget)."""
    backend.deregister_scalable_target(NAMESPACE, resource_id, DIMENSION)
    for key in [key for key, policy in backend.policies.items() if policy.resource_id == resource_id]:
        del backend.policies[key]


def check_update(before: Mapping[str, str | None], after: Mapping[str, str | None], *, scaled: Collection[str]) -> None:
    """Raise ValidationException for an update that changes the instance type of a variant that is registered.

    `before` and `after` are instance types by variant. "If the update would change the instance type for any model that
    is a target for auto scaling, the update fails" (SageMaker Developer Guide, "Update endpoints that use auto
    scaling"); so does one that has such a variant no more.
    """
    for variant in sorted(scaled):
        if after.get(variant) != before.get(variant):
            raise ValidationException(
                f"Variant {variant} is a target for automatic scaling: its instance type {before.get(variant)} cannot "
                f"become {after.get(variant)} before it is deregistered"
            )


def store(account: str, region: str) -> ApplicationAutoscalingBackend:
    """What is registered in an account's region."""
    return applicationautoscaling_backends[account][region]


def _of(backend: ApplicationAutoscalingBackend, endpoint: str) -> list[str]:
    return [key for key in backend.targets.get(DIMENSION, {}) if key.startswith(f"endpoint/{endpoint}/variant/")]
