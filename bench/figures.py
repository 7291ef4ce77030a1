"""What is measured against a target: one number each, and how far it is from what it is to be."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that a figure keeps: ``at_least`` or at most."""

    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether the value is on the right side, or on the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """value: what counts, in ``unit``. target: what it is to be, None where nothing is promised. each: of every repeat,
    in their order. how: what was compared, in one sentence.
    """

    name: str
    value: float
    unit: str
    target: Target | None
    each: Sequence[float]
    how: str

    @property
    def is_met(self) -> bool | None:
        """None where there is no target."""
        return None if self.target is None else self.target.is_met(self.value)

    def as_document(self) -> dict[str, Any]:
        """Four digits of each number."""
        return {
            "value": rounded(self.value),
            "unit": self.unit,
            "target": None if self.target is None else str(self.target),
            "met": self.is_met,
            "repeats": len(self.each),
            "each": [rounded(value) for value in self.each],
            "how": self.how,
        }


def median(name: str, each: Sequence[float], *, unit: str, how: str, target: Target | None = None) -> Figure:
    """The median of all repeats."""
    value = statistics.median(each)
    return Figure(name=name, value=value, unit=unit, target=target, each=tuple(each), how=how)


def largest(name: str, each: Sequence[float], *, unit: str, how: str, target: Target | None = None) -> Figure:
    """The largest of all repeats, for what may never be exceeded."""
    return Figure(name=name, value=max(each), unit=unit, target=target, each=tuple(each), how=how)


def quotient(name: str, ours: Sequence[float], theirs: Sequence[float], *, how: str, target: Target) -> Figure:
    """The median of ours / theirs, each of one repeat: what slows the machine for a while slows both."""
    each = [one / other for one, other in zip(ours, theirs, strict=True)]
    return median(name, each, unit="times", how=how, target=target)


def spread(rows_and_seconds: Mapping[int, float]) -> float:
    """The most seconds that a row takes at some number of rows over the fewest: 1 where growth is linear."""
    each = [seconds / rows for rows, seconds in rows_and_seconds.items()]
    return max(each) / min(each)


def off_linear(rows_and_seconds: Mapping[int, float]) -> float:
    """How far the seconds are from rows times a constant, at most: 0.25 where some are a quarter above or below.

    The constant is the one that serves best: as far below the slowest row as it is above the fastest.
    """
    each = [seconds / rows for rows, seconds in rows_and_seconds.items()]
    return (max(each) - min(each)) / (max(each) + min(each))


def rounded(value: float) -> float:
    """To four digits."""
    return float(f"{value:.4g}")
