"""Why an alarm is in its state, in CloudWatch's words: StateReason and StateReasonData.

The wording is that of messages and histories people have published, as in the event examples of the User Guide's
"Alarm events and EventBridge" and of the AWS CLI's `describe-alarm-history`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.cloudwatch.alarms import ALARM, INSUFFICIENT_DATA, OK, State, stamp
from local_aws.cloudwatch.evaluation import BREACHING, COMPARISONS, Threshold, Verdict, used_values
from local_aws.cloudwatch.expressions import Series
from local_aws.cloudwatch.queries import Periods

_WORDS = {1: ("datapoint", "was"), 2: ("datapoints", "were")}


def state_of(
    threshold: Threshold,
    settings: Mapping[str, Any],
    verdict: Verdict,
    values: Series,
    periods: Periods,
    *,
    period_s: int,
) -> State:
    """The state that a verdict means, with its reason. period_s: the alarm's, on AWS."""
    now, state = datetime.now(UTC), verdict.state or INSUFFICIENT_DATA
    times = [datetime.fromtimestamp(periods.starts_s[at], UTC) for at in verdict.used]
    reason = _reason(threshold, verdict, used_values(values, verdict), times)
    statistic = settings.get("Statistic") or settings.get("ExtendedStatistic")
    data = {
        "version": "1.0",
        "queryDate": stamp(now),
        **({"startDate": stamp(times[-1])} if times else {}),
        **({"unit": settings["Unit"]} if settings.get("Unit") else {}),
        **({"statistic": statistic} if statistic else {}),
        "period": period_s,
        "recentDatapoints": used_values(values, verdict)[::-1],
        "threshold": threshold.value,
        "evaluatedDatapoints": [
            {"timestamp": stamp(time), "value": value}
            for time, value in zip(times, used_values(values, verdict), strict=True)
        ],
    }
    return State(state, reason, json.dumps(data, separators=(",", ":")), now)


def _reason(threshold: Threshold, verdict: Verdict, values: list[float], times: list[datetime]) -> str:
    if verdict.state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_datapoints(verdict.filled)} unknown."
    if not values:
        periods = f"{verdict.filled} period{'s' if verdict.filled > 1 else ''}"
        return f"Threshold Crossed: no datapoints were received for {periods} and {_treated(threshold, verdict)}."
    is_alarm = verdict.state == ALARM
    shown = [
        f"{value!r} ({time:%d/%m/%y %H:%M:%S})"
        for value, time in zip(values, times, strict=True)
        if threshold.is_breached_by(value) == is_alarm
    ]
    if not shown:
        return f"Threshold Crossed: {_treated(threshold, verdict)}."
    noun, verb = _WORDS[min(len(shown), 2)]
    subject = f"{len(shown)} {noun}"
    if threshold.is_m_of_n:
        subject, verb = f"{len(shown)} out of the last {threshold.periods} datapoints", _WORDS[min(len(shown), 2)][1]
    compared = COMPARISONS[threshold.comparison][1]
    negated = "" if is_alarm else "not "
    text = f"Threshold Crossed: {subject} [{', '.join(shown)}] {verb} {negated}{compared} the threshold"
    text += f" ({threshold.value})"
    if verdict.filled:
        text += f" and {_treated(threshold, verdict)}"
    return text + (f" ({_minimum(threshold, is_alarm=is_alarm)})." if threshold.is_m_of_n else ".")


def _minimum(threshold: Threshold, *, is_alarm: bool) -> str:
    """How many data points it takes to get into ALARM, and out of it again."""
    needed = threshold.to_alarm if is_alarm else threshold.periods - threshold.to_alarm + 1
    way = f"{OK} -> {ALARM}" if is_alarm else f"{ALARM} -> {OK}"
    return f"minimum {needed} {_WORDS[min(needed, 2)][0]} for {way} transition"


def _treated(threshold: Threshold, verdict: Verdict) -> str:
    names = {BREACHING: "Breaching", "notBreaching": "NonBreaching"}
    noun, verb = _WORDS[min(verdict.filled, 2)]
    return f"{verdict.filled} missing {noun} {verb} treated as [{names.get(threshold.missing, 'Missing')}]"


def _datapoints(number: int) -> str:
    return f"{number} {' '.join(_WORDS[min(number, 2)])}"
