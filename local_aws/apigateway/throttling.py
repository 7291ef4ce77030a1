"""Token buckets: one for each route of a stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local_aws.apigateway.deployment import Throttle

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
"""What a route without settings has ("Amazon API Gateway quotas": throttle quota per account, per Region)."""


@dataclass
class _Bucket:
    settings: tuple[float, int]
    """Rate and burst."""
    tokens: float
    filled_at: float


class Throttling:
    """Thread-safe. A bucket whose settings change starts full."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def admits(self, stage: str, route_key: str, throttle: Throttle) -> bool:
        """Whether there is a token for one more request; it is taken."""
        rate = ACCOUNT_RATE if throttle.rate is None else throttle.rate
        burst = ACCOUNT_BURST if throttle.burst is None else throttle.burst
        with self._lock:
            bucket, now = self._bucket(stage, route_key, (rate, burst)), self._clock()
            bucket.tokens = min(burst, bucket.tokens + (now - bucket.filled_at) * rate)
            bucket.filled_at = now
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True

    def _bucket(self, stage: str, route_key: str, settings: tuple[float, int]) -> _Bucket:
        bucket = self._buckets.get((stage, route_key))
        if bucket is None or bucket.settings != settings:
            bucket = _Bucket(settings, float(settings[1]), self._clock())
            self._buckets[stage, route_key] = bucket
        return bucket
