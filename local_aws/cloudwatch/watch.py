"""The thread that evaluates alarms, at the pace of local_aws/pace.py.

As on AWS ("Alarm evaluation") an alarm is evaluated every minute, over the periods that end then, and one of a period
of less than a minute every ten seconds.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from local_aws.cloudwatch.alarms import ALARM, OK, Alarm, State, stamp
from local_aws.cloudwatch.backend import Backend
from local_aws.cloudwatch.composite import Rule
from local_aws.cloudwatch.evaluation import Threshold, judge
from local_aws.cloudwatch.queries import Periods, Queries
from local_aws.cloudwatch.reasons import state_of
from local_aws.pace import paced

STEP_S = paced(10)
STEPS_A_MINUTE = 6

_log = logging.getLogger(__name__)


class Watch:
    """Evaluates every alarm of every region until it is closed."""

    def __init__(self, backends: Callable[[], Iterable[Backend]]) -> None:
        self._backends = backends
        self._minute = 0
        """The last one that alarms were evaluated at: a busy machine may let some steps pass, but no minute."""
        self._is_closed = threading.Event()
        threading.Thread(target=self._watch, name="alarms", daemon=True).start()

    def close(self) -> None:
        """Evaluate nothing more."""
        self._is_closed.set()
        Backend.changed.set()

    def _watch(self) -> None:
        while not self._is_closed.is_set():
            Backend.changed.wait()
            step = int(time.time() // STEP_S) + 1
            if self._is_closed.wait(step * STEP_S - time.time()):
                return
            Backend.changed.clear()
            minute = step // STEPS_A_MINUTE
            for backend in self._backends():
                self._evaluate(backend, step, minute if minute > self._minute else None)
            self._minute = minute

    def _evaluate(self, backend: Backend, step: int, minute: int | None) -> None:
        with backend.lock:
            alarms = list(backend.alarms.values())
        if alarms:
            Backend.changed.set()
        for alarm in alarms:
            if alarm.is_composite:
                continue
            if is_high_resolution(alarm):
                self._guarded(partial(evaluate, backend, alarm, step * STEP_S))
            elif minute is not None:
                self._guarded(partial(evaluate, backend, alarm, minute * paced(60)))
        self._guarded(partial(evaluate_composites, backend))

    def _guarded(self, evaluation: Callable[[], None]) -> None:
        try:
            evaluation()
        except Exception:  # noqa: BLE001 - a thread has no caller, and the other alarms are none the worse
            _log.exception("an alarm could not be evaluated")


def is_high_resolution(alarm: Alarm) -> bool:
    """Whether its period is less than a minute."""
    return period_of(alarm) < 60


def period_of(alarm: Alarm) -> int:
    """A metric alarm's period, in seconds on AWS."""
    return Queries(alarm.queries).period(alarm.watched)


def evaluate(backend: Backend, alarm: Alarm, now_s: float) -> None:
    """Bring a metric alarm into the state that the periods before `now_s` call for."""
    threshold = Threshold.of(alarm.settings)
    queries, watched = Queries(alarm.queries), alarm.watched
    period_s = queries.period(watched)
    length_s = paced(period_s)
    periods = Periods(now_s - threshold.range * length_s, length_s, threshold.range)
    values = queries.series(watched, backend.source, periods)
    verdict = judge(threshold, values)
    if verdict.state is not None and verdict.state != alarm.state_value:
        state = state_of(threshold, alarm.settings, verdict, values, periods, period_s=period_s)
        backend.move(alarm, state)


def evaluate_composites(backend: Backend) -> None:
    """Bring composite alarms into the states that their rules call for, until none changes any more.

    In a circle of them none would ever come to rest; as AWS does, this stops.
    """
    with backend.lock:
        composites = [alarm for alarm in backend.alarms.values() if alarm.is_composite]
        for _ in composites:
            before = [alarm.state for alarm in composites]
            for alarm in composites:
                _evaluate_composite(backend, alarm)
            if before == [alarm.state for alarm in composites]:
                return


def _evaluate_composite(backend: Backend, alarm: Alarm) -> None:
    rule = Rule(alarm.settings["AlarmRule"])
    children = [backend.alarms[name] for name in rule.children if name in backend.alarms]
    newest = max(children, key=lambda child: child.state.since, default=None)
    is_stale = newest is not None and newest.state.since > alarm.state.since
    if not alarm.due and not is_stale:
        return  # as on AWS a state that was set stays until a child changes
    states = {child.name: child.state_value for child in children}
    value = ALARM if rule.is_met(lambda name: states.get(name, "")) else OK
    reason = f"{alarm.alarm_arn} was {alarm.due} and its alarm rule evaluates to {value}"
    if not alarm.due and newest is not None:
        at = f"{newest.state.since:%A %d %B, %Y %H:%M:%S} UTC"
        reason = f"{newest.alarm_arn} transitioned to {newest.state_value} at {at}"
    shown = [child for child in children if value == OK or child.state_value == ALARM] or children
    triggering = [
        {"arn": child.alarm_arn, "state": {"value": child.state_value, "timestamp": stamp(child.state.since)}}
        for child in shown
    ]
    alarm.due = ""
    backend.move(alarm, State(value, reason, json.dumps({"triggeringAlarms": triggering}, separators=(",", ":"))))
