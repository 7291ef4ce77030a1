"""What the C library does with freed memory."""

from __future__ import annotations

from functools import cache

import numpy as np

_KEPT_BYTES = 24 << 20


@cache
def keep_freed() -> None:
    """Makes the C library keep what working arrays give back, for the next ones; once a process.

    glibc maps arrays above a threshold anew each time, and their first touch costs more than all that is done with
    them. The threshold rises to the largest mapped block that was freed, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD):
    so one such block is asked for, never touched, and freed. Other libraries are none the worse for it.
    """
    np.empty(_KEPT_BYTES, np.uint8)
