"""One JSON line per fact, so that CloudWatch Logs Insights can filter by field, and whose execution it is of."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]

_bound: dict[str, Any] = {}
"""Fields of every line; a sandbox runs one invocation at a time."""


def log(message: str, **fields: Any) -> None:
    """Write a line to the function's log."""
    sys.stdout.write(json.dumps({"message": message, **_bound, **fields}, default=str) + "\n")


def bind(**fields: Any) -> None:
    """What every line says from here on, in place of what it said before."""
    _bound.clear()
    _bound.update(fields)


def of_execution(handler: Handler) -> Handler:
    """A state's function: its lines name the execution, and a failure is one of them.

    The state machine sends the execution's ARN along with every payload, as `execution`.
    """

    @functools.wraps(handler)
    def logged(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        bind(**{name: event[name] for name in ("execution",) if name in event})
        try:
            return handler(event, context)
        except Exception as error:
            log("failed", error=type(error).__name__, cause=str(error))
            raise

    return logged
