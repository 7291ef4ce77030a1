"""Schedule expressions: rates at the local AWS's pace, times of day by a zone's clock, one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from local_aws.events import recurrence
from local_aws.events.recurrence import InvalidExpression
from local_aws.pace import SERVICE_MINUTE_S

NOW = datetime(2026, 3, 1, 10, 0, 30, tzinfo=UTC)


def upcoming(expression: str, number: int = 2, *, zone: str = "UTC", since: datetime = NOW) -> list[str]:
    times = recurrence.parse(expression, zone=zone).times(since)
    return [time.strftime("%Y-%m-%dT%H:%M:%S%z") for time in islice(times, number)]


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [("rate(1 minute)", 1), ("rate(5 minutes)", 5), ("rate(1 hour)", 60), ("rate(2 days)", 2 * 24 * 60)],
)
def test_a_minute_of_a_rate_is_a_second_here(expression: str, minutes: int) -> None:
    times = list(islice(recurrence.parse(expression).times(NOW), 3))
    distance = timedelta(seconds=minutes * SERVICE_MINUTE_S)
    assert times == [NOW, NOW + distance, NOW + 2 * distance]


def test_cron_keeps_the_clock_of_its_zone() -> None:
    assert upcoming("cron(0 9 * * ? *)") == ["2026-03-02T09:00:00+0000", "2026-03-03T09:00:00+0000"]
    assert upcoming("cron(0 9 * * ? *)", zone="Asia/Tokyo") == ["2026-03-02T00:00:00+0000", "2026-03-03T00:00:00+0000"]


def test_what_the_clock_leaves_out_is_skipped_and_what_it_repeats_comes_once() -> None:
    # Berlin: 02:00 to 03:00 on the 29th of March 2026 does not exist, on the 25th of October it comes twice.
    spring, autumn = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    found = upcoming("cron(30 2 * * ? *)", 2, zone="Europe/Berlin", since=spring)
    assert found == ["2026-03-28T01:30:00+0000", "2026-03-30T00:30:00+0000"]
    found = upcoming("cron(30 2 * * ? *)", 2, zone="Europe/Berlin", since=autumn)
    assert found == ["2026-10-25T00:30:00+0000", "2026-10-26T01:30:00+0000"]


def test_once_is_once_and_not_after_its_time() -> None:
    assert upcoming("at(2026-07-01T12:00:00)", zone="Europe/Berlin") == ["2026-07-01T10:00:00+0000"]
    assert upcoming("at(2026-03-01T10:00:29)") == []


@pytest.mark.parametrize(
    "expression",
    [
        "rate(5 minute)",
        "rate(1 minutes)",
        "rate(0 minutes)",
        "rate(-1 minutes)",
        "rate(1.5 hours)",
        "rate(30 seconds)",
        "rate(5  minutes)",
        "cron(0 10 * * * *)",
        "at(2026-13-01T00:00:00)",
        "at(2026-01-01)",
        "every 5 minutes",
        "rate(5 minutes) ",
        "",
    ],
)
def test_what_is_refused(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        recurrence.parse(expression)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none(zone: str) -> None:
    with pytest.raises(InvalidExpression, match="no time zone"):
        recurrence.parse("rate(5 minutes)", zone=zone)
