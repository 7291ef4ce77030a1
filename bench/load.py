"""The highest steady rate of requests that the deployed API holds, in the local AWS, its caller on the same machine."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import figures
from bench.child import run_child
from bench.deployed import REGION, Deployed
from bench.errors import BenchError
from bench.figures import Figure, Target
from bench.measure import Say
from runner.children import Children

_DATA: Final = "sample"
_INPUT: Final = {"deploy": {"mode": "none"}}
_RATES: Final = (20, 30, 40, 50, 60, 80, 100, 120, 150, 180, 220, 260, 320, 400)
"""Requests a second that are tried, upwards."""
_WARM_UP_S: Final = 10.0
_PROBE_S: Final = 6.0
_HELD_S: Final = 60.0
_P99_S: Final = 0.1
_TARGET: Final = Target(40, at_least=True)
_HOW: Final = (
    f"recommendations for users of the generated sample at the deployed API: no error and a p99 below "
    f"{_P99_S * 1000:.0f} ms over {_HELD_S:.0f} s, counted from when each request was due; signature, IAM, access log "
    "and the function's processes included, which are warm; the caller is on the same processors"
)


class LoadBench:
    """One local AWS, one execution, then load."""

    def __init__(self, children: Children, *, log: Path, say: Say) -> None:
        self._children, self._log, self._say = children, log, say

    def figures(self) -> list[Figure]:
        """Raises BenchError where not even the lowest rate is held."""
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            deployed = Deployed(self._children, Path(folder), log=self._log, data=_DATA)
            began = time.perf_counter()
            users = int(deployed.execute(_INPUT, name="load")["dataset"]["users"])
            self._say("execution that publishes a version", time.perf_counter() - began)
            url = deployed.outputs.api_url
            self._held(url, users, _RATES[0], _WARM_UP_S)  # functions start
            for rate in reversed(self._probed(url, users)):
                p99, median = self._held(url, users, rate, _HELD_S)
                if p99 < _P99_S:
                    return _figures(rate, p99, median)
        raise BenchError(f"the API holds no rate of {_RATES[0]} requests a second, expected some")

    def _probed(self, url: str, users: int) -> list[int]:
        """The rates that are held for a moment, up to the first that is not."""
        held: list[int] = []
        for rate in _RATES:
            if self._held(url, users, rate, _PROBE_S)[0] >= _P99_S:
                break
            held.append(rate)
        return held

    def _held(self, url: str, users: int, rate: int, seconds: float) -> tuple[float, float]:
        """The p99 and the median in seconds; the p99 is infinite where a request failed."""
        options = {"url": url, "region": REGION, "rate": rate, "seconds": seconds, "users": users}
        given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        ended = run_child(self._children, [sys.executable, "-m", "bench.load_once", *given], log=self._log)
        return self._told(ended.said, rate, seconds)

    def _told(self, said: Mapping[str, Any], rate: int, seconds: float) -> tuple[float, float]:
        p99, median = (float(np.quantile(said["latencies"], share)) for share in (0.99, 0.5))
        found = f"p99 {p99 * 1000:.0f} ms, {said['errors']} errors"
        self._say(f"{rate} requests a second: {found}", seconds)
        return (float("inf") if said["errors"] else p99), median


def _figures(rate: int, p99: float, median: float) -> list[Figure]:
    at = f"at {rate} requests a second, over {_HELD_S:.0f} s"
    return [
        figures.median("api.steady_rate", [float(rate)], unit="a second", how=_HOW, target=_TARGET),
        figures.median("api.steady_p50_ms", [median * 1000], unit="ms", how=at),
        figures.median("api.steady_p99_ms", [p99 * 1000], unit="ms", how=at, target=Target(_P99_S * 1000)),
    ]
