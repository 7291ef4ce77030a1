"""What a training costs: spare instances where the job wants them, and what of their price was paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PATIENCE_S: Final = 3600
"""For how long a spot training waits for instances unless the input says: besides the time that it may run."""


def problems(given: Mapping[str, Any], *, max_runtime_s: int) -> list[str]:
    """What is wrong with fields of `training` that are sound one by one. max_runtime_s: the default of that field."""
    wait_s, run_s = given.get("max_wait_s"), given.get("max_runtime_s", max_runtime_s)
    if wait_s is None:
        return []
    if not given.get("spot"):
        return [f"training.max_wait_s: {wait_s}, expected none: without training.spot nothing waits for spot instances"]
    if isinstance(run_s, int | float) and isinstance(wait_s, int | float) and wait_s < run_s:
        return [f"training.max_wait_s: {wait_s}, expected at least training.max_runtime_s, {run_s}, which it includes"]
    return []


def waiting(training: Mapping[str, Any]) -> dict[str, Any]:
    """`max_wait_s` where a completed `training` needs one and has none."""
    if not training["spot"] or "max_wait_s" in training:
        return {}
    return {"max_wait_s": training["max_runtime_s"] + PATIENCE_S}


def told(training: Mapping[str, Any]) -> dict[str, Any]:
    """Which instances trained, what of the time was billed, and what was tried before; of what is remembered of a job.

    `saved` is the share of the price, by SageMaker's formula (API Reference, "DescribeTrainingJob",
    BillableTimeInSeconds); None where nothing is known, or on demand.
    """
    if "spot" not in training:
        return {}
    billed, seconds = training.get("billable_seconds"), training.get("seconds")
    saved = round(1 - billed / seconds, 4) if training["spot"] and seconds and billed is not None else None
    return {
        "spot": training["spot"],
        "billable_seconds": billed,
        "saved": saved,
        "attempts": list(training["attempts"]),
    }
