"""How long `make run` takes: seconds by part, of the first run and of those after it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import BadSummary

Seconds = Mapping[str, float]


@dataclass(frozen=True)
class Run:
    """One `make run`. `seconds` is the wall-clock time of the command; parts may overlap, and do not add up to it."""

    seconds: float
    seconds_by_part: Seconds


@dataclass(frozen=True, kw_only=True)
class Results:
    """`setup`: seconds of each set-up target in a fresh clone, one after the other. `warm`: at least one run."""

    data: str
    setup: Seconds
    first: Run
    warm: Sequence[Run]

    def setup_seconds(self) -> float:
        """All of the set-up."""
        return sum(self.setup.values())

    def warm_seconds(self) -> float:
        """Median of the whole command."""
        return statistics.median(run.seconds for run in self.warm)

    def warm_parts(self) -> dict[str, float]:
        """Median of each part over the runs that had it, in the order of the first of them."""
        parts = dict.fromkeys(part for run in self.warm for part in run.seconds_by_part)
        return {
            part: statistics.median(run.seconds_by_part[part] for run in self.warm if part in run.seconds_by_part)
            for part in parts
        }

    def as_document(self) -> dict[str, Any]:
        """`run` of `out/bench.json`: everything in seconds, every warm run beside their medians."""
        return {
            "data": self.data,
            "fresh": {
                "seconds": _rounded(self.setup_seconds() + self.first.seconds),
                "setup": _each_rounded(self.setup),
                "run": _as_document(self.first),
            },
            "warm": {
                "seconds": _rounded(self.warm_seconds()),
                "seconds_by_part": _each_rounded(self.warm_parts()),
                "runs": [_as_document(run) for run in self.warm],
            },
        }


def read_parts(summary: Path) -> dict[str, float]:
    """`seconds_by_part` of a run's summary.json. Raises BadSummary when it has none or the run did not succeed."""
    try:
        document = json.loads(summary.read_bytes())
        status, parts = document["status"], document["seconds_by_part"]
        seconds = {str(part): float(value) for part, value in parts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSummary(f"{summary}: {error!r}, expected a status and seconds by part") from error
    if status != "SUCCEEDED" or not seconds:
        raise BadSummary(f"{summary}: {status} with {len(seconds)} timed parts, expected SUCCEEDED with some")
    return seconds


def _as_document(run: Run) -> dict[str, Any]:
    return {"seconds": _rounded(run.seconds), "seconds_by_part": _each_rounded(run.seconds_by_part)}


def _each_rounded(seconds: Seconds) -> dict[str, float]:
    return {part: _rounded(value) for part, value in seconds.items()}


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
