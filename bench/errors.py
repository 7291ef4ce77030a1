"""What ends a benchmark early. Each message is one line, or ends with the last lines of a log."""

from __future__ import annotations


class BenchError(Exception):
    """Base of everything this package raises on purpose."""


class CommandFailed(BenchError):
    """A command that was to be timed ended with an error."""


class BadSummary(BenchError):
    """A run's summary.json says nothing of its parts."""
