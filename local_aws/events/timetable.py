"""One thread that calls what is due."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

LONGEST_WAIT_S = 60
"""Then the clock is looked at again: it may have been set, or the machine may have slept."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class _Entry:
    due: datetime
    number: int
    key: Hashable = field(compare=False)
    times: Iterator[datetime] = field(compare=False)
    action: Callable[[datetime], None] = field(compare=False)
    end: Callable[[], None] = field(compare=False)


def _nothing() -> None:
    """What follows a timetable's last entry, unless something is to."""


class Timetable:
    """Actions by key, each at the times of its own. Actions must be short: they share the thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[_Entry] = []
        self._current: dict[Hashable, int] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def put(
        self,
        key: Hashable,
        times: Iterator[datetime],
        action: Callable[[datetime], None],
        *,
        end: Callable[[], None] = _nothing,
    ) -> None:
        """Call `action` with each of the times when it comes, and `end` after the last; replaces what the key had."""
        with self._changed:
            self._current.pop(key, None)
            self._push(next(times, None), key, times, action, end)

    def remove(self, key: Hashable) -> None:
        """Nothing of the key is called any more; what is being called goes on."""
        with self._changed:
            self._current.pop(key, None)

    def close(self) -> None:
        """Forget everything and end the thread."""
        with self._changed:
            self._is_closed = True
            self._heap.clear()
            self._current.clear()
            self._changed.notify()

    def _push(
        self,
        due: datetime | None,
        key: Hashable,
        times: Iterator[datetime],
        action: Callable[[datetime], None],
        end: Callable[[], None],
    ) -> None:
        if due is None or self._is_closed:
            return
        entry = _Entry(due, next(self._numbers), key, times, action, end)
        self._current[key] = entry.number
        heapq.heappush(self._heap, entry)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            try:
                entry.action(entry.due)
                self._again(entry)
            except Exception:  # noqa: BLE001 - a thread has no caller, and the others' times must still be kept
                _log.exception("%s is called no more", entry.key)

    def _next(self) -> _Entry | None:
        """Wait for what is due next, and take it; None when closed."""
        with self._changed:
            while not self._is_closed:
                while self._heap and self._current.get(self._heap[0].key) != self._heap[0].number:
                    heapq.heappop(self._heap)
                wait_s = (self._heap[0].due - datetime.now(UTC)).total_seconds() if self._heap else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._heap)
                self._changed.wait(None if wait_s is None else min(wait_s, LONGEST_WAIT_S))
        return None

    def _again(self, entry: _Entry) -> None:
        """The next of an entry's times. Those that passed meanwhile, while this machine slept, are left out."""
        now = datetime.now(UTC)
        coming = next((due for due in entry.times if due >= now), None)
        with self._changed:
            if self._current.get(entry.key) != entry.number:
                return
            del self._current[entry.key]
            self._push(coming, entry.key, entry.times, entry.action, entry.end)
        if coming is None:
            entry.end()
