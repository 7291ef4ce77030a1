"""Removing until nothing is left, and saying what is where that takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

Sweep = Callable[[], list[str]]
"""Asks for everything of its kind to go. Returns what it has found, in words; nothing where all is gone."""

_FIRST_S: Final = 0.5
_LONGEST_S: Final = 10.0
SETTLE_S: Final = 5.0
"""What was stopped may still have something to write."""
_SHOWN: Final = 5


class StillThere(TimeoutError):
    """There was no time to see everything go."""


def sweep_all(
    sweeps: Sequence[Sweep], *, seconds_left: Callable[[], float], pause: Callable[[float], None] = time.sleep
) -> list[str]:
    """Each sweep in its turn until it finds nothing, and all of them again until none does. Returns what was there.

    Raises StillThere when `seconds_left` has come to nothing.
    """
    gone: dict[str, None] = {}
    while found := sweep_in_turn(sweeps, seconds_left=seconds_left, pause=pause):
        gone |= dict.fromkeys(found)
        pause(SETTLE_S)
    return list(gone)


def sweep_in_turn(
    sweeps: Sequence[Sweep], *, seconds_left: Callable[[], float], pause: Callable[[float], None] = time.sleep
) -> list[str]:
    """Each sweep in its turn until it finds nothing, and none again: what comes later is not meant.

    Returns what was there, as often as it was found. Raises StillThere.
    """
    return [each for sweep in sweeps for each in _repeat(sweep, seconds_left, pause)]


def _repeat(sweep: Sweep, seconds_left: Callable[[], float], pause: Callable[[float], None]) -> list[str]:
    found: list[str] = []
    wait_s = _FIRST_S
    while left := sweep():
        found += left
        if seconds_left() < wait_s + SETTLE_S:
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            raise StillThere(f"still there: {', '.join(left[:_SHOWN])}{more}; delete the stack again to go on")
        pause(wait_s)
        wait_s = min(1.5 * wait_s, _LONGEST_S)
    return found
