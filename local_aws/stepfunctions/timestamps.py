"""Times as Step Functions writes and reads them."""

from __future__ import annotations

import datetime


def now() -> datetime.datetime:
    """The present, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC)


def iso(moment: datetime.datetime) -> str:
    """`2026-08-28T20:34:59.712Z`; a naive time is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return aware.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: object) -> datetime.datetime | None:
    """RFC 3339 with a time and a zone; None when it is not."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
