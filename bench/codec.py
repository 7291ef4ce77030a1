"""Runs ``bench.recordio`` where the SageMaker SDK is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.child import run_child
from bench.figures import Figure, Target
from bench.measure import Say
from runner.children import Children
from runner.files import ROOT

SDK_PYTHON: Final = ROOT / "build" / "conformance" / "bin" / "python"


def measure_codec(children: Children, *, log: Path, say: Say, repeats: int) -> list[Figure]:
    """Every figure of the codec. Raises CommandFailed."""
    ended = run_child(children, [SDK_PYTHON, "-m", "bench.recordio", "--json", "--repeats", str(repeats)], log=log)
    say("the codec and the SDK's, in turn", ended.seconds)
    return codec_figures(ended.said)


def codec_figures(said: Mapping[str, Any]) -> list[Figure]:
    """What bench.recordio prints."""
    return [
        Figure(
            name=name,
            value=value,
            unit="times",
            target=Target(said["targets"][name], at_least=True) if name in said["targets"] else None,
            each=said["repeats"][name],
            how=said["notes"][name],
        )
        for name, value in said["figures"].items()
    ]
