"""Names of what an execution creates in SageMaker."""

from __future__ import annotations

import hashlib
import re

# SageMaker takes [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; the state machine appends "-<redrive>-<retry>".
LONGEST = 63
_ATTEMPT = len("-99-99")
_DIGEST = 8


def job_name(prefix: str, *, execution_name: str, execution_id: str, start_time: str) -> str:
    """A name for jobs, models and configs: readable, and unique to this execution.

    Execution names can be taken again after 90 days and names of training jobs never, so the start time counts too.
    """
    digest = hashlib.sha256(f"{execution_id} {start_time}".encode()).hexdigest()[:_DIGEST]
    room = LONGEST - _ATTEMPT - len(prefix) - _DIGEST - len("--")
    readable = re.sub(r"[^a-z0-9]+", "-", execution_name.lower())[:room].strip("-")
    return "-".join(part for part in (prefix, readable, digest) if part)
