"""The most memory that a process has had."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

_MB = 1 << 20
_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: getrusage(2)


def peak_rss_mb(pid: int | None = None) -> float | None:
    """Of this process, or of another one where /proc tells it, in MiB; its children not counted.

    On Linux that of the program itself: the kernel counts in getrusage's figure what the process was before it became
    this program, a copy of whoever started it.
    """
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text()
    except OSError:
        return None if pid else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT_BYTES / _MB
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else None
