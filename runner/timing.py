"""Wall-clock time of a run's parts."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Stopwatch:
    """`seconds_by_part` in the order the parts ended. Parts may overlap: the local AWS starts while synthesis runs."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.seconds_by_part: dict[str, float] = {}

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a block."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds_by_part[name] = round(time.monotonic() - started, 3)

    def seconds(self) -> float:
        """Since this was made."""
        return round(time.monotonic() - self._started, 3)
