"""Whether a model may serve, and why in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fm.evaluation.comparison import Comparison
from lambdas.logic.champion import Encounter

# Thresholds of the execution input: the metric each limits, and on which side of it a model must be.
_FLOORS = {"min_accuracy": "accuracy", "min_f1": "f1", "min_auc": "auc"}
_CEILINGS = {"max_cross_entropy": "cross_entropy", "max_rmse": "rmse"}


@dataclass(slots=True)
class _Reasons:
    passed: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, is_met: bool, words: str) -> None:
        (self.passed if is_met else self.missed).append(words)

    def decision(self) -> dict[str, Any]:
        """A rejection names everything that was missed, and nothing else."""
        reasons = self.missed or self.passed or ["no threshold asked for"]
        return {"decision": "rejected" if self.missed else "accepted", "reasons": reasons}


def decide(
    thresholds: Mapping[str, Any],
    metrics: Mapping[str, float],
    baselines: Mapping[str, Any],
    encounter: Encounter | None = None,
) -> dict[str, Any]:
    """`{"decision": "accepted" | "rejected", "reasons": [...]}`, with the `comparison` where there was one.

    encounter: with the live model, None where nothing is live or it is to be ignored.
    """
    reasons = _Reasons()
    for name, metric in {**_FLOORS, **_CEILINGS}.items():
        if name in thresholds:
            reasons.add(*_limit(name, thresholds[name], metrics.get(metric), metric))
    if thresholds["beat_baseline"]:
        reasons.add(*_baseline(metrics, baselines))
    if encounter is None:
        return reasons.decision()
    reasons.add(*_champion(encounter, thresholds.get("champion", "not_worse")))
    comparison = {"comparison": encounter.comparison.as_json()} if encounter.comparison else {}
    return {**reasons.decision(), **comparison}


def decide_ranking(thresholds: Mapping[str, Any], comparison: Comparison, users: str) -> dict[str, Any]:
    """The same of a ranking model. comparison: popularity's lists as the champion, over the same `users`, in words."""
    reasons = _Reasons()
    if thresholds.get("beat_popularity", True):
        gain, low, high = -comparison.worse_by, -comparison.high, -comparison.low
        words = (
            f"{comparison.measure} {comparison.challenger:.4f}, by popularity {comparison.champion:.4f}: a gain of "
            f"{_signed(gain)} ({100 * comparison.level:g} % interval {_signed(low)} to {_signed(high)} over {users})"
        )
        is_met = comparison.high < 0
        reasons.add(is_met, words if is_met else f"{words}, expected the whole interval above 0")
    return reasons.decision()


def _limit(name: str, limit: float, value: float | None, metric: str) -> tuple[bool, str]:
    if value is None:
        return False, f"no {metric}, which {name} {limit:g} limits, of such a model"
    is_met = value >= limit if name in _FLOORS else value <= limit
    return is_met, f"{metric} {value:.4f}, {name} {limit:g}"


def _baseline(metrics: Mapping[str, float], baselines: Mapping[str, Any]) -> tuple[bool, str]:
    """Cross-entropy below that of the prior, of a regressor the RMSE below that of the mean."""
    if "rmse" in metrics:
        simple, value = baselines["mean"]["rmse"], metrics["rmse"]
        return value < simple, f"rmse {value:.4f}, always predicting the mean rating has {simple:.4f}"
    prior, value = baselines["prior_cross_entropy"], metrics["cross_entropy"]
    return value < prior, f"cross_entropy {value:.4f}, always predicting the share of likes has {prior:.4f}"


def _champion(encounter: Encounter, asked: str) -> tuple[bool, str]:
    """`not_worse` rejects what is surely worse by more than is put up with, `better` all but what is surely better.

    What could not be compared is no reason to reject: a champion that is gone would keep every model out.
    """
    comparison, reason = encounter.comparison, encounter.reason
    if comparison is None or encounter.verdict is None:
        return True, reason
    if asked == "better":
        is_met = comparison.high < 0
        return is_met, reason if is_met else f"{reason}; gate.champion asks for surely better"
    return encounter.verdict.is_accepted, reason


def _signed(value: float) -> str:
    """Four decimals with a true minus; no negative zero."""
    text = f"{value:.4f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
