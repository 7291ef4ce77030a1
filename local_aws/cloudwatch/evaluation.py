"""What a metric alarm's data points say about its state ("Configuring how CloudWatch alarms treat missing data")."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.cloudwatch.alarms import ALARM, INSUFFICIENT_DATA, OK
from local_aws.cloudwatch.expressions import Series

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""By the API's name: the comparison, and its words in reasons. The others are those of anomaly detection."""

MISSING, IGNORE, BREACHING, NOT_BREACHING = "missing", "ignore", "breaching", "notBreaching"
TREATMENTS = (MISSING, IGNORE, BREACHING, NOT_BREACHING)
EXTRA_PERIODS = 2
"""So many more than are evaluated make up the evaluation range: AWS's example has 5 for 3, and does not say more."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """How a metric alarm decides."""

    comparison: str
    value: float
    periods: int
    """N: EvaluationPeriods."""
    to_alarm: int
    """M: DatapointsToAlarm, which is N where it is not given."""
    is_m_of_n: bool
    """Whether DatapointsToAlarm was given; the words of the reasons differ."""
    missing: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Threshold:
        """That of a PutMetricAlarm request."""
        periods = int(settings["EvaluationPeriods"])
        return cls(
            comparison=settings["ComparisonOperator"],
            value=float(settings["Threshold"]),
            periods=periods,
            to_alarm=int(settings.get("DatapointsToAlarm") or periods),
            is_m_of_n=settings.get("DatapointsToAlarm") is not None,
            missing=settings.get("TreatMissingData") or _default_treatment(settings),
        )

    @property
    def range(self) -> int:
        """How many periods are looked at."""
        return self.periods + EXTRA_PERIODS

    def is_breached_by(self, value: float) -> bool:
        """Whether the value is beyond the threshold."""
        return COMPARISONS[self.comparison][0](value, self.value)


@dataclass(frozen=True)
class Verdict:
    """state: None when the alarm is to stay as it is. used: positions of the values that decided, the newest first.

    filled: how many missing values were made up for, by the treatment of missing data.
    """

    state: str | None
    used: tuple[int, ...]
    filled: int


def judge(threshold: Threshold, values: Sequence[float | None]) -> Verdict:
    """The state that the values of the evaluation range call for, the oldest first."""
    there = [at for at in reversed(range(len(values))) if values[at] is not None]
    used = tuple(there[: threshold.periods])
    filled = threshold.periods - len(used)
    breaching = [at for at in used if threshold.is_breached_by(_value(values, at))]
    if not filled or threshold.missing == NOT_BREACHING:
        return Verdict(_crossed(threshold, len(breaching)), used, filled)
    if threshold.missing == BREACHING:
        return Verdict(_crossed(threshold, len(breaching) + filled), used, filled)
    return Verdict(_of_few(threshold, breaching, used, len(values)), used, filled)


def _of_few(threshold: Threshold, breaching: Sequence[int], used: Sequence[int], number: int) -> str | None:
    """With fewer values than are needed, where missing ones stay missing, or have the alarm stay as it is."""
    is_missing = threshold.missing == MISSING
    if not used:
        return INSUFFICIENT_DATA if is_missing else None
    if len(breaching) >= threshold.to_alarm:
        return ALARM
    if len(breaching) < len(used):
        return OK
    # "Avoiding premature transitions to alarm state": the oldest is M periods old, and none after it contradicts.
    is_old = number - breaching[-1] >= threshold.to_alarm
    if not is_missing:
        return None
    return ALARM if is_old else OK


def _crossed(threshold: Threshold, breaching: int) -> str:
    return ALARM if breaching >= threshold.to_alarm else OK


def _value(values: Sequence[float | None], at: int) -> float:
    value = values[at]
    if value is None:
        raise TypeError(f"no value at {at}")
    return value


def _default_treatment(settings: Mapping[str, Any]) -> str:
    """Alarms on DynamoDB's own metrics ignore missing data unless they say otherwise."""
    return IGNORE if settings.get("Namespace") == "AWS/DynamoDB" else MISSING


def used_values(values: Series, verdict: Verdict) -> list[float]:
    """The values that decided, the newest first."""
    return [_value(values, at) for at in verdict.used]
