"""How an update moves traffic to the new fleet: in which steps, how long each bakes, what would send it all back.

Sources: SageMaker API Reference, BlueGreenUpdatePolicy, TrafficRoutingConfig and RollingUpdatePolicy; Developer Guide,
"Blue/Green Deployments", whose examples have the old fleet end after TerminationWaitInSeconds with all of the traffic
on the new one, and WaitIntervalInSeconds between two shifts of traffic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.errors import ValidationException

Settings = Mapping[str, Any]

_BOUNDS = {"CanarySize": (0.0, 0.5), "LinearStepSize": (0.1, 0.5), "MaximumBatchSize": (0.05, 0.5)}
"""What part of the new fleet's capacity a step may be."""
_SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
_EXACTLY = 1e-9


@dataclass(frozen=True)
class Step:
    """From here on this share (0 to 1) of the requests goes to the new fleet; then `bake_s` seconds (AWS's) pass."""

    share: float
    bake_s: int
    setting: str
    """Which setting says how long."""


@dataclass(frozen=True)
class Rollout:
    """The steps in order, the last with all of the traffic, and the alarms that are watched meanwhile."""

    steps: tuple[Step, ...]
    alarms: tuple[str, ...] = ()


def plan(config: Settings | None, variants: Sequence[Settings]) -> Rollout:
    """The rollout that a DeploymentConfig asks for, onto a fleet of these variants. Raises ValidationException."""
    config = config or {}
    policies = [config[name] for name in ("BlueGreenUpdatePolicy", "RollingUpdatePolicy") if config.get(name)]
    if len(policies) > 1:
        raise ValidationException("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be specified.")
    if config.get("RollingUpdatePolicy"):
        steps = _rolling(config["RollingUpdatePolicy"], variants)
    elif config.get("BlueGreenUpdatePolicy"):
        steps = _blue_green(config["BlueGreenUpdatePolicy"], variants)
    else:
        steps = (Step(1.0, 0, "TerminationWaitInSeconds"),)
    _check_time(policies, steps)
    alarms = (config.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    return Rollout(steps, tuple(alarm["AlarmName"] for alarm in alarms if alarm.get("AlarmName")))


def check_names(config: Settings | None, before: Sequence[Settings], after: Sequence[Settings]) -> None:
    """Raise ValidationException when traffic is to be shifted between fleets of different variants.

    "Your new endpoint configuration must have the same variant name as the old endpoint configuration" (Developer
    Guide, "Exclusions" of deployment guardrails).
    """
    names = [{variant["VariantName"] for variant in variants} for variants in (before, after)]
    if config and names[0] != names[1]:
        old, new = (", ".join(sorted(some)) for some in names)
        raise ValidationException(f"A DeploymentConfig needs the variants to stay: {old} in service, {new} asked for")


def _blue_green(policy: Settings, variants: Sequence[Settings]) -> tuple[Step, ...]:
    routing = policy["TrafficRoutingConfiguration"]
    kind, wait_s = routing["Type"], routing["WaitIntervalInSeconds"]
    for other in _SIZES.values():
        if (other == _SIZES.get(kind)) != bool(routing.get(other)):
            expected = "expected" if other == _SIZES.get(kind) else "not expected"
            raise ValidationException(f"TrafficRoutingConfiguration of type {kind}: {other} is {expected}")
    full = Step(1.0, policy.get("TerminationWaitInSeconds", 0), "TerminationWaitInSeconds")
    if kind == "ALL_AT_ONCE":
        if wait_s:
            raise ValidationException(
                f"WaitIntervalInSeconds {wait_s} is not supported locally with ALL_AT_ONCE, where there are no steps "
                "to wait between: the baking period is TerminationWaitInSeconds"
            )
        return (full,)
    if any(variant.get("ServerlessConfig") for variant in variants):
        raise ValidationException(f"Traffic routing of type {kind} is not supported for serverless endpoints")
    size = _part(_SIZES[kind], routing[_SIZES[kind]], variants)
    shares = [size] if kind == "CANARY" else _shares(size)[:-1]
    return (*(Step(share, wait_s, "WaitIntervalInSeconds") for share in shares), full)


def _rolling(policy: Settings, variants: Sequence[Settings]) -> tuple[Step, ...]:
    if len(variants) > 1 or any(variant.get("ServerlessConfig") for variant in variants):
        raise ValidationException("A rolling deployment is for endpoints with one variant, which is not serverless")
    size = _part("MaximumBatchSize", policy["MaximumBatchSize"], variants)
    wait_s = policy["WaitIntervalInSeconds"]
    return tuple(Step(share, wait_s, "WaitIntervalInSeconds") for share in _shares(size))


def _part(name: str, size: Settings, variants: Sequence[Settings]) -> float:
    """A CapacitySize as a part of the fleet."""
    least, most = _BOUNDS[name]
    if size["Type"] == "CAPACITY_PERCENT":
        part = size["Value"] / 100
    elif len(variants) > 1:
        raise ValidationException(f"{name} of type INSTANCE_COUNT is not supported locally with several variants")
    else:
        part = size["Value"] / variants[0]["InitialInstanceCount"]
    if not least - _EXACTLY <= part <= most + _EXACTLY:
        bounds = f"{least:.0%} to {most:.0%}" if least else f"at most {most:.0%}"
        raise ValidationException(f"{name} is {part:.0%} of the instance count, expected {bounds}")
    return float(part)


def _shares(step: float) -> list[float]:
    return [min(1.0, step * number) for number in range(1, math.ceil(1 / step - _EXACTLY) + 1)]


def _check_time(policies: Sequence[Settings], steps: Sequence[Step]) -> None:
    waits_s = sum(step.bake_s for step in steps)
    for policy in policies:
        limit_s = policy.get("MaximumExecutionTimeoutInSeconds")
        if limit_s is not None and limit_s <= waits_s:
            raise ValidationException(
                f"MaximumExecutionTimeoutInSeconds {limit_s} must be larger than the total waiting time {waits_s}"
            )
