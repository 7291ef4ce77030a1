"""One JSON line per fact, so that CloudWatch Logs Insights can filter by field."""

from __future__ import annotations

import json
import sys
from typing import Any


def log(message: str, **fields: Any) -> None:
    """Write a line to the function's log."""
    sys.stdout.write(json.dumps({"message": message, **fields}, default=str) + "\n")
