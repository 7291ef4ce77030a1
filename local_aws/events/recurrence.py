"""Schedule expressions: when `rate(…)`, `cron(…)` and `at(…)` are due."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_aws.events import cron
from local_aws.pace import paced

_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_EXPRESSION = re.compile(r"(?P<kind>rate|cron|at)\((?P<body>[^()]*)\)")
_RATE = re.compile(r"(?P<value>[1-9]\d*) (?P<unit>minute|hour|day)(?P<plural>s?)")


class InvalidExpression(ValueError):
    """Not a schedule expression, or a time zone that is not known."""


class Recurrence(Protocol):
    """When something is due."""

    def times(self, since: datetime) -> Iterator[datetime]:
        """The moments from `since` on, the soonest first, in UTC; none when it is over."""


@dataclass(frozen=True)
class Rate:
    """At even distances, which keep the local AWS's pace. seconds: of the distance on AWS."""

    seconds: float

    def times(self, since: datetime) -> Iterator[datetime]:
        """`since` is the first of them."""
        return (since + timedelta(seconds=paced(self.seconds) * number) for number in count())


@dataclass(frozen=True)
class Once:
    """At one moment."""

    moment: datetime

    def times(self, since: datetime) -> Iterator[datetime]:
        """None when it has passed."""
        return iter([self.moment] if self.moment >= since else [])


@dataclass(frozen=True)
class Calendar:
    """At times of day, by the clock of a zone.

    A time that the change to summer time leaves out is skipped, and one that comes twice in autumn counts once
    (Scheduler User Guide, "Daylight savings time on EventBridge Scheduler").
    """

    cron: cron.Cron
    zone: tzinfo

    def times(self, since: datetime) -> Iterator[datetime]:
        """To the minute."""
        for local in self.cron.times(since.astimezone(self.zone).replace(tzinfo=None)):
            moment = local.replace(tzinfo=self.zone).astimezone(UTC)
            if moment.astimezone(self.zone).replace(tzinfo=None) == local:
                yield moment


def parse(text: str, *, zone: str = "UTC") -> Recurrence:
    """Raises InvalidExpression."""
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise InvalidExpression(f"{text!r}: expected rate(…), cron(…) or at(…)")
    return _PARSERS[found["kind"]](found["body"], _zone(zone))


def _rate(body: str, _: tzinfo) -> Recurrence:
    found = _RATE.fullmatch(body)
    if found is None or (found["value"] == "1") == bool(found["plural"]):
        raise InvalidExpression(f"rate({body}): expected a number and minute, hour or day, plural beyond 1")
    return Rate(int(found["value"]) * _SECONDS[found["unit"]])


def _cron(body: str, zone: tzinfo) -> Recurrence:
    try:
        return Calendar(cron.parse(body), zone)
    except cron.InvalidCron as error:
        raise InvalidExpression(f"cron({body}): {error}") from error


def _at(body: str, zone: tzinfo) -> Recurrence:
    try:
        return Once(datetime.strptime(body, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone).astimezone(UTC))
    except ValueError as error:
        raise InvalidExpression(f"at({body}): expected yyyy-mm-ddThh:mm:ss") from error


_PARSERS: dict[str, Callable[[str, tzinfo], Recurrence]] = {"rate": _rate, "cron": _cron, "at": _at}


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # also where this machine knows no zones
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidExpression(f"{name!r} is no time zone that this machine knows") from error
