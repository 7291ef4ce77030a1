"""`python -m bench`: what `make bench` starts. Exit status 1 when a command that was to be timed failed.

It needs git, the package registries and about 2 GB of temporary space, and measures the last commit, not the work tree.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.clone import clone
from bench.errors import BenchError
from bench.measure import measure_run, measure_setup
from bench.results import Results
from bench.show import table
from runner.children import Children
from runner.files import ROOT
from runner.show import make_console

_DATA = "sample"  # generated, so that no download is timed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the document; returns the exit status."""
    given = _parser().parse_args(arguments)
    console = make_console(sys.stdout)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    log = given.out.with_suffix(".log")
    log.write_bytes(b"")
    try:
        results = _measure(console, log, warm_runs=given.runs)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    given.out.write_text(json.dumps(results.as_document(), indent=2) + "\n")
    console.print(table(results))
    console.print(f"Written to {given.out}; what the commands printed is in {log}.", soft_wrap=True)
    return 0


def _measure(console: Console, log: Path, *, warm_runs: int) -> Results:
    def say(what: str, seconds: float) -> None:
        console.print(f"{seconds:7.1f} s  {what}", soft_wrap=True)

    python = Path(sys.executable).resolve()  # what .venv was made with
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Children() as children:
        fresh = clone(ROOT, Path(folder), python=python, children=children, log=log)
        setup = measure_setup(fresh, say=say)
        first = measure_run(fresh, _DATA, name="first run", say=say)
        warm = [measure_run(fresh, _DATA, name=f"warm run {n}", say=say) for n in range(1, warm_runs + 1)]
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - git is wherever it is
            cwd=fresh.path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    return Results(commit=commit, data=_DATA, machine=_machine(), setup=setup, first=first, warm=warm)


def _machine() -> dict[str, object]:
    return {"Python": platform.python_version(), "on": platform.machine(), "processors": os.cpu_count()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Times the first run of a fresh clone, and the next ones."
    )
    parser.add_argument("--runs", type=_at_least_one, default=3, help="how many warm runs (default: 3)")
    parser.add_argument("--out", type=Path, default=Path("out/bench.json"), help="where the figures go")
    return parser


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number}, expected 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
