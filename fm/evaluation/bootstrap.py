"""How far a measure could have come out otherwise: percentile intervals of the bootstrap (Efron 1979).

The units (rows, or users of a ranking) are drawn anew with replacement as often as there are units, and measured again.
Two models measured in the same resamples are paired: what a hard row does to both cancels out of their difference.

More than MOST_UNITS are not all drawn: a random MOST_UNITS of them stand for all, and how far their resamples stray
from their own value is shrunk by √(MOST_UNITS / units), the rate at which measures that are smooth in the rows' weights
settle (Bickel, Götze and van Zwet 1997, "Resampling fewer than n observations"; Kleiner et al. 2014, "A scalable
bootstrap for massive data"). So time and memory stay those of MOST_UNITS, for an interval whose width is off by 1 or
2 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fm.errors import MetricError
from fm.evaluation.arrays import Floats
from fm.evaluation.measures import Interval, ceiling
from fm.evaluation.samples import Sample, values

MOST_UNITS = 1 << 14
_CHUNK_WEIGHTS = 1 << 18
"""Weights held at once, 2 MB: what fits a processor's cache is summed twice as fast as what does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How intervals are made: their coverage, the number of resamples, and the seed of the draw."""

    level: float = 0.95
    resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or self.resamples < 2:
            raise MetricError(f"level {self.level}, {self.resamples} resamples: expected 0 < level < 1 and at least 2")

    def as_json(self, unit: str) -> dict[str, Any]:
        """unit: what is drawn, ``"rows"`` or ``"users"``."""
        return {**asdict(self), "unit": unit}

    def generator(self) -> np.random.Generator:
        """A generator at the start of the seed's sequence."""
        return np.random.default_rng(self.seed)


def intervals(sample: Sample, rng: np.random.Generator, resampling: Resampling) -> dict[str, Interval]:
    """The interval of each measure of ``sample``. Raises MetricError."""
    (found,) = replicates([sample], sample.names, rng, resampling.resamples)
    limited = {name: np.clip(drawn, 0, ceiling(name)) for name, drawn in found.items()}
    return {name: percentiles(name, drawn, resampling.level) for name, drawn in limited.items()}


def replicates(
    samples: Sequence[Sample], names: tuple[str, ...], rng: np.random.Generator, resamples: int
) -> list[dict[str, Floats]]:
    """For each sample, each measure in every resample (resamples,); the same units are drawn for all samples.

    NaN in a resample on which the measure is undefined (an AUC without any positive row).
    """
    size = samples[0].size
    few = list(samples)
    if size > MOST_UNITS:
        at = np.sort(rng.choice(size, MOST_UNITS, replace=False, shuffle=False))
        few = [sample.take(at) for sample in samples]
    shrink = np.sqrt(few[0].size / size)
    drawn = _measured(few, names, rng, resamples)
    return [
        _around(values(sample, names), values(part, names), found, shrink)
        for sample, part, found in zip(samples, few, drawn, strict=True)
    ]


def percentiles(name: str, drawn: Floats, level: float) -> Interval:
    """The middle ``level`` of the values that are defined. Raises MetricError where none is."""
    defined = drawn[~np.isnan(drawn)]
    if not defined.size:
        raise MetricError(f"{name} is undefined in all {drawn.size} resamples, expected enough rows of both labels")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _measured(
    samples: Sequence[Sample], names: tuple[str, ...], rng: np.random.Generator, resamples: int
) -> list[dict[str, Floats]]:
    size = samples[0].size
    per_chunk = max(1, _CHUNK_WEIGHTS // size)
    chunks: list[list[dict[str, Floats]]] = [[] for _ in samples]
    for first in range(0, resamples, per_chunk):
        weights = _weights(rng, min(per_chunk, resamples - first), size)
        for sample, found in zip(samples, chunks, strict=True):
            found.append(sample.measured(weights, names))
    return [{name: np.concatenate([chunk[name] for chunk in found]) for name in names} for found in chunks]


def _weights(rng: np.random.Generator, resamples: int, size: int) -> Floats:
    """How often each unit is drawn, (resamples, size): each row sums to ``size``."""
    weights = np.empty((resamples, size))
    for row in weights:
        row[:] = np.bincount(rng.integers(size, size=size), minlength=size)
    return weights


def _around(
    whole: dict[str, float], part: dict[str, float], drawn: dict[str, Floats], shrink: float
) -> dict[str, Floats]:
    return {name: whole[name] + shrink * (drawn[name] - part[name]) for name in drawn}
