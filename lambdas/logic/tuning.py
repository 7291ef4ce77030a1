"""The part of a job that says what to look for, as SageMaker's tuning jobs read it.

Source: the developer guide's "Tune a Factorization Machines Model": metrics, tunable hyperparameters and their ranges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

METRICS: Final = {
    "cross_entropy": ("Minimize", "test:binary_classification_cross_entropy"),
    "accuracy": ("Maximize", "test:binary_classification_accuracy"),
    "f1": ("Maximize", "test:binary_f_beta"),
    "rmse": ("Minimize", "test:rmse"),
}
WHOLE: Final = {"epochs": (1, 1000), "mini_batch_size": (100, 10_000)}
REAL: Final = (1e-8, 512.0)
"""Of every rate, decay and sigma."""
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "bias_lr": (1e-4, 1e-1),
    "linear_lr": (1e-3, 1e-1),
    "factors_lr": (1e-4, 1e-2),
    "linear_wd": (1e-8, 1e-3),
    "factors_wd": (1e-7, 1e-3),
    "epochs": (3, 30),
}
"""What is looked for unless the input says: around the rates that presets have, and the defaults of the algorithm."""
_NAME_DIGEST: Final = 8


def objectives(task: str) -> list[str]:
    """The measures that a task's model may be best at, the one that is taken unless said first."""
    return ["rmse"] if task == "regressor" else ["cross_entropy", "accuracy", "f1"]


def problems(given: Mapping[str, Any], task: str) -> list[str]:
    """What is wrong with fields that are sound one by one."""
    found = []
    objective = given.get("objective")
    if objective is not None and objective not in objectives(task):
        found.append(f"tune.objective: {objective!r}, expected of {', '.join(objectives(task))} for a {task}")
    for name, (least, most) in given.get("ranges", {}).items():
        low, high = WHOLE.get(name, REAL)
        is_whole = name not in WHOLE or (float(least).is_integer() and float(most).is_integer())
        if not (low <= least < most <= high and is_whole):
            kind = "two whole numbers" if name in WHOLE else "two numbers"
            found.append(
                f"tune.ranges.{name}: [{least:g}, {most:g}], expected {kind}, ascending, in {low:g} to {high:g}"
            )
    return found


def tuning(job: Mapping[str, Any], *, prefix: str) -> dict[str, Any] | None:
    """What the state machine asks of its tuning jobs; None where the job wants none. prefix: of their names."""
    given = job["tune"]
    if not given["jobs"]:
        return None
    asked = job["hyperparameters"]
    ranges = {**(given.get("ranges") or RANGES)}
    kind, metric = METRICS[given.get("objective") or objectives(job["label"]["task"])[0]]
    searched = {*ranges, "num_factors"}
    return {
        "name": f"{prefix}-{job['name'][-_NAME_DIGEST:]}",
        "jobs": given["jobs"],
        "parallel": min(given["parallel"], given["jobs"]),
        "strategy": given["strategy"],
        "seed": job["split"]["seed"] % (1 << 32),
        "objective": {"Type": kind, "MetricName": metric},
        "num_factors": given.get("num_factors") or [int(asked["num_factors"])],
        "ranges": _ranges(ranges),
        "static": {name: value for name, value in asked.items() if name not in searched},
    }


def _ranges(ranges: Mapping[str, Any]) -> dict[str, Any]:
    whole = [
        {"Name": name, "MinValue": str(int(least)), "MaxValue": str(int(most)), "ScalingType": "Auto"}
        for name, (least, most) in ranges.items()
        if name in WHOLE
    ]
    real = [
        {"Name": name, "MinValue": f"{least:g}", "MaxValue": f"{most:g}", "ScalingType": "Logarithmic"}
        for name, (least, most) in ranges.items()
        if name not in WHOLE
    ]
    kinds = {"IntegerParameterRanges": whole, "ContinuousParameterRanges": real}
    return {kind: found for kind, found in kinds.items() if found}
