"""A model's measures beside their intervals and baselines, whichever of them a run has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.logic.report.documents import MalformedDocument
from lambdas.logic.report.words import LOWER_IS_BETTER, METRICS

Interval = tuple[float, float]
BLOG_DATASET = "ml-100k"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure. What it is compared with is None where the run does not say; `simple` needs no model at all."""

    key: str
    value: float
    interval: Interval | None
    bias_only: float | None
    simple: float | None
    simple_name: str | None
    blog: float | None

    @property
    def lower_is_better(self) -> bool:
        return self.key in LOWER_IS_BETTER

    @property
    def best_rival(self) -> float | None:
        """The better of the baselines computed in this run."""
        rivals = [value for value in (self.bias_only, self.simple) if value is not None]
        if not rivals:
            return None
        return min(rivals) if self.lower_is_better else max(rivals)

    @property
    def is_clear(self) -> bool | None:
        """Whether the whole interval is better than every baseline; None where there is nothing to say it by."""
        if self.interval is None or self.best_rival is None:
            return None
        low, high = self.interval
        return high < self.best_rival if self.lower_is_better else low > self.best_rival


def measures(evaluation: Mapping[str, Any], dataset: str) -> list[Measure]:
    """Of an evaluation document, in the order of METRICS. The blog's figures are of BLOG_DATASET, and of no other."""
    metrics, baselines = evaluation["metrics"], evaluation["baselines"]
    intervals, blog = evaluation.get("intervals", {}), baselines.get("blog_ml_100k", {})
    simple = dict(_simple(metrics, baselines))
    found = []
    for key in METRICS:
        if metrics.get(key) is None:
            continue
        value, name = simple.get(key, (None, None))
        found.append(
            Measure(
                key=key,
                value=metrics[key],
                interval=interval_of(intervals, key),
                bias_only=baselines.get("bias_only", {}).get(key),
                simple=value,
                simple_name=name,
                blog=blog.get(key) if dataset == BLOG_DATASET else None,
            )
        )
    return found


def interval_of(intervals: Mapping[str, Any], key: str) -> Interval | None:
    """None where there is none. Raises MalformedDocument for anything but two ends in order."""
    found = intervals.get(key)
    if found is None:
        return None
    if len(found) != 2 or not found[0] <= found[1]:
        raise MalformedDocument(f"intervals.{key}: {found}, expected the lower and the upper end")
    return float(found[0]), float(found[1])


def _simple(metrics: Mapping[str, Any], baselines: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, str]]]:
    """What each measure is without any model, and how."""
    yield "balanced_accuracy", (0.5, "chance")
    yield "auc", (0.5, "chance")
    if metrics.get("rows"):
        liked = metrics.get("positives", 0) / metrics["rows"]
        yield "pr_auc", (liked, "share of likes")
        yield "precision", (liked, "everything liked")
    for key, name, words in (
        ("accuracy", "majority_accuracy", "majority label"),
        ("cross_entropy", "prior_cross_entropy", "share of likes"),
        ("f1", "all_positive_f1", "everything liked"),
    ):
        if baselines.get(name) is not None:
            yield key, (baselines[name], words)
    for key, value in baselines.get("mean", {}).items():
        yield key, (value, "mean rating")
