"""How long the local AWS waits where AWS would wait for minutes."""

from __future__ import annotations

from typing import Final

SERVICE_MINUTE_S: Final = 1.0
"""What a minute of a service's own waiting lasts here, in seconds."""


def paced(seconds: float) -> float:
    """Seconds that a service waits on AWS, as seconds here.

    For alarm periods, the waits of blue/green deployments, rates of schedules and delays between retries; not for
    times of day (`at()` and cron), nor for what a caller's own code takes.
    """
    return seconds / 60 * SERVICE_MINUTE_S
