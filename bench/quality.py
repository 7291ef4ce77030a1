"""How good the presets are on ml-100k, each seed a whole execution of the state machine in a local AWS."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.deployed import Deployed
from bench.figures import Figure, Target
from bench.measure import Say
from runner.children import Children

PRESETS: Final = ("blog", "tuned", "ordinal")
RANKED_WITH: Final = "tuned"
"""The preset whose executions train the ranking model as well; it is the same with any."""
ROWS: Final = "ua.test of ml-100k"

Result = Mapping[str, Any]


class QualityBench:
    """One local AWS for all executions; nothing is deployed to an endpoint."""

    def __init__(self, children: Children, *, log: Path, say: Say, data: str, seeds: int) -> None:
        """data: a folder or zip of ml-100k, or its name, by which it is taken from the cache or downloaded."""
        self._children, self._log, self._say, self._data, self._seeds = children, log, say, data, seeds

    def figures(self) -> list[Figure]:
        """Every preset with every seed. Raises BenchError where an execution fails."""
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            deployed = Deployed(self._children, Path(folder), log=self._log, data=self._data)

            def execute(preset: str, seed: int) -> Result:
                began = time.perf_counter()
                result = deployed.execute(_input(preset, seed), name=f"{preset}-{seed}")
                self._say(f"execution with preset {preset}, seed {seed}", time.perf_counter() - began)
                return result

            results = {preset: [execute(preset, seed) for seed in range(self._seeds)] for preset in PRESETS}
        return quality_figures(results)


def _input(preset: str, seed: int) -> dict[str, Any]:
    return {
        "preset": preset,
        "models": ["like", "ranking"] if preset == RANKED_WITH else ["like"],
        "split": {"kind": "given", "name": "ua", "seed": seed},
        "deploy": {"mode": "none"},
    }


def quality_figures(results: Mapping[str, Sequence[Result]]) -> list[Figure]:
    """results: outputs of executions, one for each seed, by preset."""
    blog, tuned, ordinal = (results[preset] for preset in PRESETS)
    rankings = [output["ranking"] for output in results[RANKED_WITH]]
    return [
        _off("quality.blog.cross_entropy", _metric(blog, "cross_entropy"), expected=0.586, limit=0.005),
        _off("quality.blog.f1", _metric(blog, "f1"), expected=0.752, limit=0.012),
        _mean("quality.blog.accuracy", _metric(blog, "accuracy"), Target(0.697, at_least=True)),
        _mean("quality.tuned.cross_entropy", _metric(tuned, "cross_entropy"), Target(0.558)),
        _mean("quality.tuned.auc", _metric(tuned, "auc"), Target(0.774, at_least=True)),
        _mean("quality.tuned.accuracy", _metric(tuned, "accuracy"), Target(0.711, at_least=True)),
        _mean("quality.ordinal.cross_entropy", _metric(ordinal, "cross_entropy"), Target(0.555)),
        _mean("quality.ordinal.auc", _metric(ordinal, "auc"), Target(0.780, at_least=True)),
        _mean("quality.ordinal.accuracy", _metric(ordinal, "accuracy"), Target(0.714, at_least=True)),
        _mean("quality.ranking.ndcg@10", _metric(rankings, "ndcg@10"), Target(0.300, at_least=True)),
        _mean("quality.ranking.precision@10", _metric(rankings, "precision@10"), Target(0.17, at_least=True)),
        *(_above_popularity(name, rankings) for name in ("ndcg@10", "precision@10")),
    ]


def _metric(documents: Sequence[Result], name: str) -> list[float]:
    return [float(document["metrics"][name]) for document in documents]


def _mean(name: str, each: Sequence[float], target: Target) -> Figure:
    how = f"{ROWS}, mean over seeds of the training rows' order and of the initial parameters, by the state machine"
    return Figure(name=name, value=statistics.mean(each), unit="", target=target, each=tuple(each), how=how)


def _off(name: str, each: Sequence[float], *, expected: float, limit: float) -> Figure:
    """How far the mean is from what the algorithm is known to reach."""
    how = f"distance of the mean over seeds from {expected:g}, {ROWS}; {statistics.mean(each):.4f} by the state machine"
    off = abs(statistics.mean(each) - expected)
    return Figure(name=f"{name}_off", value=off, unit="", target=Target(limit), each=tuple(each), how=how)


def _above_popularity(name: str, rankings: Sequence[Result]) -> Figure:
    """By how many widths of its 95 % interval."""
    each = []
    for ranking in rankings:
        low, high = ranking["intervals"][name]
        each.append((ranking["metrics"][name] - ranking["popularity"]["metrics"][name]) / (high - low))
    how = "how many widths of its 95 % interval the ranking model is above popularity, the least over seeds"
    figure = f"quality.ranking.{name}_above_popularity"
    return Figure(
        name=figure, value=min(each), unit="widths", target=Target(2, at_least=True), each=tuple(each), how=how
    )
