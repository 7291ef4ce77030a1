"""Which ways out of their networks calls took, and which they did not find."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

MAX_DISTINCT = 10_000
"""Distinct rows of each kind that are kept by name; the totals stay exact beyond it."""


@dataclass(frozen=True)
class Taken:
    """An endpoint that somebody's calls went through."""

    caller: str
    vpc: str
    service: str
    endpoint: str


@dataclass(frozen=True)
class Refused:
    """A service that somebody's calls had no way to."""

    caller: str
    vpc: str
    service: str
    reason: str


class Record:
    """Counts, safe to use from all request threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._denied = 0
        self._rows: Counter[Taken | Refused] = Counter()

    def add(self, row: Taken | Refused) -> None:
        """Count a call."""
        with self._lock:
            self._calls += 1
            self._denied += isinstance(row, Refused)
            if row in self._rows or len(self._rows) < MAX_DISTINCT:
                self._rows[row] += 1

    def page(self) -> dict[str, Any]:
        """The JSON of /_local_aws/network: totals, and distinct rows of what was refused and of what was taken."""
        with self._lock:
            rows = list(self._rows.items())
            totals = {"calls": self._calls, "denied": self._denied}
        of = {
            kind: [{**asdict(row), "count": count} for row, count in rows if isinstance(row, type_)]
            for kind, type_ in (("refused", Refused), ("taken", Taken))
        }
        return totals | of
