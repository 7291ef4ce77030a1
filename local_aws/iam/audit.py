"""What was asked of the local IAM, and what it said."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)

MAX_DISTINCT = 10_000
"""Distinct rows of each kind that are kept by name; the totals stay exact beyond it."""


@dataclass(frozen=True)
class Denied:
    """A denial, however often it came."""

    role: str
    action: str
    resource: str


@dataclass(frozen=True)
class Used:
    """A grant that was used: the resource pattern of the policy that allowed the action."""

    role: str
    action: str
    pattern: str


@dataclass(frozen=True)
class Needed:
    """A statement of a role's policies that a check passed by and would not have passed without."""

    role: str
    statement: str
    """Its JSON, with its keys in order."""


class Audit:
    """Counts of every check, safe to use from all request threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._denied = 0
        self._denials: Counter[Denied] = Counter()
        self._first_at: dict[Denied, str] = {}
        self._unenforced: Counter[Denied] = Counter()
        self._used: Counter[Used] = Counter()
        self._needed: Counter[Needed] = Counter()

    def allowed(self, role: str, action: str, pattern: str, *, needs: str = "") -> None:
        """Record a check that passed because of a policy's resource pattern. needs: `Decision.needs`."""
        with self._lock:
            self._calls += 1
            _count(self._used, Used(role, action, pattern))
            if needs:
                _count(self._needed, Needed(role, needs))

    def denied(self, role: str, action: str, resource: str, *, is_enforced: bool = True) -> None:
        """Record a check that failed; one that AWS lets pass silently is not enforced."""
        denial = Denied(role, action, resource)
        with self._lock:
            self._calls += 1
            self._denied += is_enforced
            _count(self._denials if is_enforced else self._unenforced, denial)
            if len(self._first_at) < MAX_DISTINCT:
                self._first_at.setdefault(denial, datetime.now(UTC).isoformat(timespec="milliseconds"))

    def page(self) -> dict[str, Any]:
        """The JSON of /_local_aws/iam.

        `calls` and `denied` count checks (a request may need several), `denials`, `used` and `needed` are distinct.
        """
        with self._lock:
            return {
                "enforced": True,
                "calls": self._calls,
                "denied": self._denied,
                "denials": [self._row(denial, count) for denial, count in self._denials.items()],
                "unenforced": [self._row(denial, count) for denial, count in self._unenforced.items()],
                "used": [
                    {"role": used.role, "action": used.action, "resource": used.pattern, "count": count}
                    for used, count in self._used.items()
                ],
                "needed": [
                    {"role": needed.role, "statement": json.loads(needed.statement), "count": count}
                    for needed, count in self._needed.items()
                ],
            }

    def _row(self, denial: Denied, count: int) -> dict[str, Any]:
        return {
            "role": denial.role,
            "action": denial.action,
            "resource": denial.resource,
            "count": count,
            "first_at": self._first_at.get(denial, ""),
        }


def _count(counter: Counter[Key], key: Key) -> None:
    if key in counter or len(counter) < MAX_DISTINCT:
        counter[key] += 1
