"""Statistics of the data points of one period ("CloudWatch statistics definitions")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from local_aws.cloudwatch.errors import NotEmulated, ValidationError
from local_aws.metrics import Sample

_OF: Mapping[str, Callable[[Sequence[Sample]], float]] = {
    "SampleCount": lambda samples: sum(sample.times for sample in samples),
    "Sum": lambda samples: sum(sample.total for sample in samples),
    "Minimum": lambda samples: min(sample.minimum for sample in samples),
    "Maximum": lambda samples: max(sample.maximum for sample in samples),
}
SIMPLE = (*_OF, "Average")
_PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)")
_OTHER = re.compile(r"(tm|tc|ts|wm)[\d.]+|IQM|(PR|TM|TC|TS|WM)\(.*\)")


def check(statistic: str) -> None:
    """Raises NotEmulated for a statistic that AWS has and this local AWS lacks, ValidationError for none of AWS's."""
    found = _PERCENTILE.fullmatch(statistic)
    if statistic in SIMPLE or (found and float(found[1]) <= 100):
        return
    if _OTHER.fullmatch(statistic):
        raise NotEmulated(f"statistic {statistic} is not emulated, only {', '.join(SIMPLE)} and percentiles (p90)")
    raise ValidationError(f"The value {statistic} for parameter Stat is not supported.")


def value_of(statistic: str, samples: Sequence[Sample]) -> float | None:
    """The statistic of these data points; None where there is none, as a percentile of sets of statistics."""
    if not samples:
        return None
    if statistic in _OF:
        return float(_OF[statistic](samples))
    if statistic == "Average":
        counted = _OF["SampleCount"](samples)
        return _OF["Sum"](samples) / counted if counted else None
    return _percentile(float(statistic.removeprefix("p")), samples)


def _percentile(percent: float, samples: Sequence[Sample]) -> float | None:
    """The smallest value that at least so many percent do not exceed; AWS does not say how it interpolates.

    As on AWS only raw values count, and there is none where any of them is negative.
    """
    raw = sorted((sample.minimum, sample.times) for sample in samples if sample.minimum == sample.maximum)
    if not raw or raw[0][0] < 0:
        return None
    wanted, seen = percent / 100 * sum(times for _, times in raw), 0.0
    for value, times in raw:
        seen += times
        if seen >= wanted:
            return value
    return raw[-1][0]
