"""Champion against challenger: measured on the same units, decided by the interval of their difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fm.errors import MetricError
from fm.evaluation.bootstrap import Resampling, percentiles, replicates
from fm.evaluation.measures import LOSSES
from fm.evaluation.samples import Sample, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of both models, and by how much the challenger is worse.

    ``worse_by`` is above 0 where the challenger is worse, whichever side the measure's better one is; ``low`` to
    ``high`` is its interval at ``level``.
    """

    measure: str
    champion: float
    challenger: float
    low: float
    high: float
    level: float

    @property
    def worse_by(self) -> float:
        return (self.challenger - self.champion) * _sign(self.measure)

    def as_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "champion": self.champion,
            "challenger": self.challenger,
            "worse_by": self.worse_by,
            "interval": [self.low, self.high],
            "level": self.level,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the challenger may take the champion's place, and why in one sentence."""

    is_accepted: bool
    reason: str


def compare(
    champion: Sample, challenger: Sample, measure: str, rng: np.random.Generator, resampling: Resampling
) -> Comparison:
    """Both models on the same units, by the paired bootstrap.

    Each keeps its own threshold. Raises MetricError when the units differ or do not have the measure.
    """
    if measure not in champion.names or measure not in challenger.names:
        raise MetricError(f"measure {measure!r}, expected one of {', '.join(champion.names)}")
    if not np.array_equal(champion.truth, challenger.truth):
        sizes = f"{champion.size} of the champion, {challenger.size} of the challenger"
        raise MetricError(f"other rows or labels for either model ({sizes}), expected the same holdout")
    names = (measure,)
    first, second = replicates([champion, challenger], names, rng, resampling.resamples)
    low, high = percentiles(measure, (second[measure] - first[measure]) * _sign(measure), resampling.level)
    return Comparison(
        measure=measure,
        champion=values(champion, names)[measure],
        challenger=values(challenger, names)[measure],
        low=low,
        high=high,
        level=resampling.level,
    )


def judge(comparison: Comparison, *, margin: float = 0.0) -> Verdict:
    """Rejects a challenger that is surely worse: by more than ``margin`` in the whole interval.

    margin: in the measure's own unit, from 0; how much worse is still put up with.
    """
    if not (margin >= 0 and np.isfinite(margin)):
        raise MetricError(f"margin {margin}, expected a finite number from 0")
    is_accepted = not comparison.low > margin
    return Verdict(is_accepted=is_accepted, reason=_sentence(comparison, margin, is_accepted))


def _sentence(found: Comparison, margin: float, is_accepted: bool) -> str:
    values_of = f"{found.measure} {found.challenger:.4f} of the challenger against {found.champion:.4f} of the champion"
    gap, low, high = found.worse_by, found.low, found.high
    if gap < 0:  # told in the direction that the sentence names, so that the value lies between the ends
        low, high = -high, -low
    direction = "better" if gap < 0 else "worse"
    difference = f"{direction} by {abs(gap):.4f}" if round(gap, 4) else "no difference"
    interval = f"({100 * found.level:g} % interval {_number(low)} to {_number(high)})"
    return f"{values_of}: {difference} {interval}{_conclusion(found, margin, is_accepted)}"


def _conclusion(found: Comparison, margin: float, is_accepted: bool) -> str:
    if not is_accepted:
        return f", surely more than the {margin:g} allowed" if margin else ""
    if found.low > 0:
        sureness = "within" if found.high <= margin else "not surely more than"
        return f", {sureness} the {margin:g} allowed"
    return ", which may be chance" if found.high >= 0 and found.worse_by else ""


def _number(value: float) -> str:
    """Four decimals, with a true minus and without a negative zero."""
    text = f"{value:.4f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def _sign(measure: str) -> int:
    return 1 if measure in LOSSES else -1
