"""Removing until nothing is left, by a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from lambdas.logic.sweeping import StillThere, sweep_all


@dataclass
class Clock:
    """Passes only while somebody pauses."""

    left_s: float = 600.0
    after: list[Callable[[], None]] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.left_s -= seconds
        while self.after:
            self.after.pop()()


@dataclass
class Things:
    """Each goes when it has been asked for so many times."""

    asks: dict[str, int]
    seen: list[str]

    def sweep(self) -> list[str]:
        self.asks = {name: count for name, count in self.asks.items() if count}
        self.seen += self.asks
        self.asks = {name: count - 1 for name, count in self.asks.items()}
        return list(self.asks)


def test_one_kind_is_gone_before_the_next_is_asked_for() -> None:
    seen: list[str] = []
    clock, sweeps = Clock(), [Things({"endpoint": 3}, seen).sweep, Things({"config": 1, "model": 2}, seen).sweep]
    assert sweep_all(sweeps, seconds_left=lambda: clock.left_s, pause=clock.pause) == ["endpoint", "config", "model"]
    assert seen == ["endpoint", "endpoint", "endpoint", "config", "model", "model"]


def test_what_comes_late_is_found_by_another_pass() -> None:
    clock, late = Clock(), Things({}, [])
    first = Things({"job": 1}, [])
    clock.after.append(lambda: late.asks.update({"log": 1}))
    assert sweep_all([late.sweep, first.sweep], seconds_left=lambda: clock.left_s, pause=clock.pause) == ["job", "log"]


def test_nothing_takes_no_time() -> None:
    clock = Clock()
    assert sweep_all([Things({}, []).sweep], seconds_left=lambda: clock.left_s, pause=clock.pause) == []
    assert clock.left_s == 600.0


def test_what_does_not_go_is_named_in_time() -> None:
    clock = Clock(left_s=60)
    stuck = Things({f"endpoint {number}": 10_000 for number in range(7)}, [])
    with pytest.raises(StillThere, match=r"still there: endpoint 0, .* and 2 more; delete the stack again"):
        sweep_all([stuck.sweep], seconds_left=lambda: clock.left_s, pause=clock.pause)
    assert clock.left_s > 0
