"""What is wrong with the part of a job that says how a model comes to serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]

LEAST_LINEAR_STEP: Final = 10
"""In percent (SageMaker API Reference, "TrafficRoutingConfig": LinearStepSize)."""
MOST_SHARE: Final = 99
"""In percent: the live model keeps some."""
_BURSTABLE: Final = "ml.t"


def problems(deploy: Json) -> list[str]:
    """What is wrong with fields of `deploy` that are sound one by one; what is left out has its default."""
    return [*_of_release(deploy), *_of_beside(deploy), *_of_scaling(deploy)]


def beside_restoring(deploy: Json) -> list[str]:
    """Fields of `deploy` that make no sense for a version that is restored by its name."""
    others = {"release": "a version is restored at once", "beside": "a version is restored to be the live one"}
    given = {name: why for name, why in others.items() if name in deploy}
    return [f"deploy.{name}: given with restore, expected it left out: {why}" for name, why in given.items()]


def in_vpc(deploy: Json) -> list[str]:
    """What cannot be deployed where models are in a VPC (SageMaker, "Serverless Inference": feature exclusions)."""
    mode = deploy.get("mode")
    why = "models of this stage are in a VPC, where SageMaker has no serverless endpoints"
    return [f"deploy.mode: {mode!r}, expected 'realtime' or 'none': {why}"] if mode == "serverless" else []


def _of_release(deploy: Json) -> Iterator[str]:
    release = _part(deploy, "release")
    traffic, step = release.get("traffic", "all_at_once"), release.get("step_percent", LEAST_LINEAR_STEP)
    if traffic == "linear" and step < LEAST_LINEAR_STEP:
        yield f"deploy.release.step_percent: {step}, expected at least {LEAST_LINEAR_STEP} with traffic 'linear'"
    if traffic != "all_at_once" and deploy.get("mode") == "serverless":
        yield (
            f"deploy.release.traffic: {traffic!r}, expected 'all_at_once': steps are parts of an instance count, and a "
            "serverless endpoint has none"
        )


def _of_beside(deploy: Json) -> Iterator[str]:
    beside, mode = _part(deploy, "beside"), deploy.get("mode", "realtime")
    how, percent = beside.get("how", "none"), beside.get("percent", 1)
    if how != "none" and mode != "realtime":
        yield f"deploy.beside.how: {how!r}, expected 'none' with mode {mode!r}: a model is beside one on instances"
    if how == "share" and percent > MOST_SHARE:
        yield f"deploy.beside.percent: {percent}, expected at most {MOST_SHARE} of a share: the live model keeps some"


def _of_scaling(deploy: Json) -> Iterator[str]:
    if "autoscaling" not in deploy:
        return
    scaling, mode = _part(deploy, "autoscaling"), deploy.get("mode", "realtime")
    least, most, count = scaling.get("min", 1), scaling.get("max"), deploy.get("instance_count", 1)
    if mode != "realtime":
        yield f"deploy.autoscaling: given with mode {mode!r}, expected it left out: only instances are scaled"
    kind = str(deploy.get("instance_type", ""))
    if kind.startswith(_BURSTABLE):
        yield f"deploy.instance_type: {kind!r}, expected no burstable one: SageMaker does not scale it"
    if most is not None and not (least <= most and count <= most):
        yield f"deploy.autoscaling.max: {most}, expected at least min, {least}, and instance_count, {count}"


def _part(given: Json, name: str) -> Json:
    part = given.get(name, {})
    return part if isinstance(part, Mapping) else {}
