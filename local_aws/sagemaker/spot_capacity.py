"""Spot capacity that is not to be had, on demand: what a pipeline does without it can be tried here.

Whoever writes a number into the file `spot-capacity-failures` of the local AWS's folder has as many managed spot
training jobs fail, the next ones to start, as a job ends on AWS whose instances cannot be had. Other jobs run.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

FILE: Final = "spot-capacity-failures"
REFUSAL: Final = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)
"""The FailureReason of such jobs on AWS (DIAGNijmegen/rse-grand-challenge, issue 2631)."""

_lock = threading.Lock()


def is_refused(folder: Path) -> bool:
    """Whether a spot job that starts now gets no instances; it counts as one of the file's number."""
    file = folder / FILE
    with _lock:
        if not file.exists():
            return False
        left = int(file.read_text())
        file.write_text(str(max(left - 1, 0)))
    return left > 0
