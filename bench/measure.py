"""Runs what is timed: the set-up targets one by one, a first run, and as many warm ones as asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from bench.clone import Clone
from bench.results import Run, read_parts

# Targets of the Makefile in the order in which `make run` would make them, and what each is for people.
SETUP = {
    ".venv/.run": "Python packages",
    ".venv/.node": "Node, where the system's is too old",
    "node_modules/.ready": "the CDK CLI",
    "build/layers/.ready": "the functions' dependency layers",
}
Say = Callable[[str, float], None]


def measure_setup(clone: Clone, *, say: Say, targets: Mapping[str, str] = SETUP) -> dict[str, float]:
    """Seconds of each target, by what it is for. Raises CommandFailed."""
    seconds = {}
    for target, what in targets.items():
        seconds[what] = _timed(clone, target)
        say(what, seconds[what])
    return seconds


def measure_run(clone: Clone, data: str, *, name: str, say: Say) -> Run:
    """One `make run`, by the clock and by its own summary. Raises CommandFailed, BadSummary."""
    seconds = _timed(clone, "run", f"DATA={data}")
    say(name, seconds)
    return Run(seconds, read_parts(clone.path / "out" / "latest" / "summary.json"))


def _timed(clone: Clone, *arguments: str) -> float:
    started = time.monotonic()
    clone.make(*arguments)
    return time.monotonic() - started
