"""Cron expressions as EventBridge has them: minutes hours day-of-month month day-of-week year, with `? L W #`.

Source: EventBridge User Guide, "Cron expressions reference"; EventBridge Scheduler User Guide, "Cron-based schedules".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = 6
_SATURDAY = 7

Days = Callable[[int, int], set[int]]
"""(year, month) to the days of that month."""


class InvalidCron(ValueError):
    """Not a cron expression; the message says which field."""


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    lowest: int
    highest: int
    names: Sequence[str] = ()

    def values(self, text: str) -> tuple[int, ...]:
        """Ascending, of `*`, numbers, names, `a-b`, `a/step`, `a-b/step` and lists of them. Raises InvalidCron."""
        return tuple(sorted({value for part in text.split(",") for value in self._part(part)}))

    def number(self, text: str) -> int:
        """One value. Raises InvalidCron."""
        if text.upper() in self.names:
            return self.names.index(text.upper()) + 1
        if not (text.isascii() and text.isdecimal()) or not self.lowest <= int(text) <= self.highest:
            raise InvalidCron(f"{self.name}: {text!r} is none of {self.lowest} to {self.highest}")
        return int(text)

    def _part(self, part: str) -> range:
        span, slash, step = part.partition("/")
        if slash and not (step.isascii() and step.isdecimal() and int(step)):
            raise InvalidCron(f"{self.name}: {part!r} has no step after its slash")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = self.lowest, self.highest
        elif dash:
            start, end = self.number(first), self.number(last)
        else:
            start = self.number(span)
            end = self.highest if slash else start
        if start > end:
            raise InvalidCron(f"{self.name}: {part!r} ends before it starts")
        return range(start, end + 1, int(step) if slash else 1)


_MINUTES = _Field(name="minutes", lowest=0, highest=59)
_HOURS = _Field(name="hours", lowest=0, highest=23)
_OF_MONTH = _Field(name="day-of-month", lowest=1, highest=31)
_MONTH = _Field(name="month", lowest=1, highest=12, names=_MONTHS)
_OF_WEEK = _Field(name="day-of-week", lowest=1, highest=7, names=_DAYS)
_YEAR = _Field(name="year", lowest=1970, highest=2199)


@dataclass(frozen=True)
class Cron:
    """A parsed expression."""

    minutes: Sequence[int]
    hours: Sequence[int]
    days: Days
    months: Sequence[int]
    years: Sequence[int]

    def times(self, after: datetime) -> Iterator[datetime]:
        """The local times, without a zone, that come after `after`; the soonest first."""
        for year in self.years:
            for month in self.months:
                if (year, month) >= (after.year, after.month):
                    for day in sorted(self.days(year, month)):
                        if date(year, month, day) >= after.date():
                            yield from self._of_day(year, month, day, after)

    def _of_day(self, year: int, month: int, day: int, after: datetime) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                moment = datetime(year, month, day, hour, minute)
                if moment > after:
                    yield moment


def parse(text: str) -> Cron:
    """What is between the parentheses of `cron(…)`. Raises InvalidCron."""
    fields = text.split()
    if len(fields) != _FIELDS:
        raise InvalidCron(f"{len(fields)} fields, expected minutes hours day-of-month month day-of-week year")
    minutes, hours, of_month, month, of_week, year = fields
    if (of_month == "?") == (of_week == "?"):
        raise InvalidCron("exactly one of day-of-month and day-of-week must be '?'")
    return Cron(
        _MINUTES.values(minutes),
        _HOURS.values(hours),
        _days_of_week(of_week) if of_month == "?" else _days_of_month(of_month),
        _MONTH.values(month),
        _YEAR.values(year),
    )


def _days_of_month(text: str) -> Days:
    if text == "L":
        return lambda year, month: {_last(year, month)}
    if text == "LW":
        return lambda year, month: {_nearest_weekday(year, month, _last(year, month))}
    if text.endswith("W"):
        wanted = _OF_MONTH.number(text[:-1])
        return lambda year, month: {_nearest_weekday(year, month, wanted)} if wanted <= _last(year, month) else set()
    values = frozenset(_OF_MONTH.values(text))
    return lambda year, month: {day for day in values if day <= _last(year, month)}


def _days_of_week(text: str) -> Days:
    if nth := re.fullmatch(r"(\w+)#([1-5])", text):
        weekday, count = _OF_WEEK.number(nth[1]), int(nth[2])
        return lambda year, month: set(_on(year, month, {weekday})[count - 1 : count])
    if text == "L":
        return lambda year, month: set(_on(year, month, {_SATURDAY}))
    if text.endswith("L"):
        weekday = _OF_WEEK.number(text[:-1])
        return lambda year, month: {_on(year, month, {weekday})[-1]}
    weekdays = set(_OF_WEEK.values(text))
    return lambda year, month: set(_on(year, month, weekdays))


def _last(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _on(year: int, month: int, weekdays: set[int]) -> list[int]:
    """The days of a month that are one of these weekdays, 1 being Sunday."""
    days = range(1, _last(year, month) + 1)
    return [day for day in days if date(year, month, day).isoweekday() % 7 + 1 in weekdays]


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """Monday to Friday, and never in another month."""
    wanted = date(year, month, day)
    for days in (0, -1, 1, -2, 2):
        near = wanted + timedelta(days)
        if near.month == month and near.isoweekday() <= 5:
            return near.day
    raise AssertionError(wanted)
