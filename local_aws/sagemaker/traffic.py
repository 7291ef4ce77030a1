"""Which fleet an invocation goes to: the one in service or, while an update shifts traffic, also the new one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local_aws.sagemaker.deployment import Deployment


class Traffic:
    """The old (blue) fleet, the new (green) one and the share of requests that goes to the latter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blue: Deployment | None = None
        self._green: Deployment | None = None
        self._share = self._credit = 0.0

    @property
    def serving(self) -> Deployment | None:
        """What is in service; while an update runs, the old fleet."""
        return self._blue

    @contextmanager
    def invocation(self) -> Iterator[Deployment | None]:
        """The fleet that the next request goes to, or None; it stays up at least until the block ends."""
        with self._lock:
            fleet = self._next()
            if fleet is not None:
                fleet.enter()
        try:
            yield fleet
        finally:
            if fleet is not None:
                fleet.leave()

    def shift(self, green: Deployment, share: float) -> None:
        """From now on `share` (0 to 1) of the requests go to the new fleet: exactly, over any run of them."""
        with self._lock:
            self._green, self._share, self._credit = green, share, 0.0

    def settle(self, fleet: Deployment | None) -> Deployment | None:
        """All requests go to this fleet. Returns the other one, which answers nothing new and may be retired."""
        with self._lock:
            other = self._green if fleet is self._blue else self._blue
            self._blue, self._green = fleet, None
        return other

    def _next(self) -> Deployment | None:
        if self._green is None:
            return self._blue
        self._credit += self._share
        if self._credit < 1 - 1e-9:
            return self._blue
        self._credit -= 1
        return self._green
