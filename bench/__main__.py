"""`python -m bench`: what `make bench` starts. Exit status 1 when something that was to be timed failed.

Whether targets are met does not change the status: figures depend on the machine, and say so. It needs about 8 GB of
disk; `run` also git, the package registries, and it measures the last commit instead of the work tree.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench import machine
from bench.clone import clone
from bench.codec import measure_codec
from bench.errors import BenchError
from bench.figures import Figure
from bench.fold_in import FoldInBench
from bench.load import LoadBench
from bench.measure import Say, measure_run, measure_setup
from bench.preparation import Bench
from bench.quality import QualityBench
from bench.results import Results
from bench.serving import ServingBench
from bench.show import figures_table, run_table
from bench.training import TrainingBench
from runner.children import Children
from runner.files import ROOT
from runner.show import make_console

PARTS: Final = {
    "run": "the first `make run` of a fresh clone and the next ones: 3 minutes",
    "recordio": "the codec and the SageMaker SDK's, which `make conformance` installs: a minute",
    "prepare": "preparing up to 25 million rows: 5 minutes",
    "spark": "the same with plain PySpark, which `make spark` installs: 15 minutes",
    "quality": "every preset with every seed on ml-100k, through the state machine: 5 minutes",
    "foldin": "new users folded into the ranking model, beside users it was trained with: a minute",
    "serving": "recommendations beside the endpoint and a bare matrix-vector product, and cold starts: 2 minutes",
    "load": "the highest steady rate of requests that the deployed API holds: 4 minutes",
    "train": "training beside PyTorch, myFM and scikit-learn, and 25 million rows beside memory's bandwidth: 5 minutes",
}
_DATA = "sample"  # generated, so that no download is timed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the document; returns the exit status."""
    given = parser().parse_args(arguments)
    console = make_console(sys.stdout)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    log = given.out.with_suffix(".log")
    log.write_bytes(b"")
    document: dict[str, Any] = {**machine.commit(), "machine": machine.facts(), "parts": list(given.only)}
    try:
        figures, results = _measure(console, log, given)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    document["machine"]["load_after"] = machine.load()
    document["figures"] = {figure.name: figure.as_document() for figure in figures}
    if results is not None:
        document["run"] = results.as_document()
        console.print(run_table(results))
    given.out.write_text(json.dumps(document, indent=2) + "\n")
    if figures:
        console.print(figures_table(figures))
    console.print(f"{_title(document)}\nWritten to {given.out}; what the commands printed is in {log}.", soft_wrap=True)
    return 0


def _measure(console: Console, log: Path, given: argparse.Namespace) -> tuple[list[Figure], Results | None]:
    """The figures of the chosen parts, in their order, and the timed runs where they are among them."""

    def say(what: str, seconds: float) -> None:
        console.print(f"{seconds:7.1f} s  {what}", soft_wrap=True)

    with Children() as children:
        bench = Bench(children, log=log, say=say, repeats=given.repeats)
        measures: dict[str, Callable[[], list[Figure]]] = {
            "recordio": lambda: measure_codec(children, log=log, say=say, repeats=given.repeats),
            "prepare": bench.preparation,
            "spark": lambda: bench.spark(given.spark_repeats),
            "quality": QualityBench(children, log=log, say=say, data=given.ml_100k, seeds=given.seeds).figures,
            "foldin": FoldInBench(say=say, data=given.ml_100k, seeds=given.seeds).figures,
            "serving": ServingBench(children, log=log, say=say, repeats=given.repeats).figures,
            "load": LoadBench(children, log=log, say=say).figures,
            "train": TrainingBench(children, log=log, say=say, repeats=given.repeats).figures,
        }
        results = _measure_runs(children, log, say, warm_runs=given.runs) if "run" in given.only else None
        return [figure for part in given.only if part in measures for figure in measures[part]()], results


def _measure_runs(children: Children, log: Path, say: Say, *, warm_runs: int) -> Results:
    python = Path(sys.executable).resolve()  # what .venv was made with
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        fresh = clone(ROOT, Path(folder), python=python, children=children, log=log)
        setup = measure_setup(fresh, say=say)
        first = measure_run(fresh, _DATA, name="first run", say=say)
        warm = [measure_run(fresh, _DATA, name=f"warm run {n}", say=say) for n in range(1, warm_runs + 1)]
    return Results(data=_DATA, setup=setup, first=first, warm=warm)


def _title(document: dict[str, Any]) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
    return f"Commit {document['commit'][:10]}{', modified' if document['modified'] else ''}; {facts}."


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures what this project promises to be fast at.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {part:10}{what}" for part, what in PARTS.items()),
    )
    options.add_argument("--only", type=_parts, default=tuple(PARTS), help=f"of {','.join(PARTS)} (default: all)")
    options.add_argument("--repeats", type=_at_least_one, default=5, help="of what is compared (default: 5)")
    options.add_argument("--spark-repeats", type=_at_least_one, default=5, help="of Spark (default: 5)")
    options.add_argument("--seeds", type=_at_least_one, default=5, help="of each preset and each fold-in (default: 5)")
    options.add_argument(
        "--ml-100k", default="ml-100k", help="a folder or zip of it (default: cached, else downloaded)"
    )
    options.add_argument("--runs", type=_at_least_one, default=3, help="how many warm runs (default: 3)")
    options.add_argument("--out", type=Path, default=Path("out/bench.json"), help="where the figures go")
    return options


def _parts(text: str) -> tuple[str, ...]:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in chosen if part not in PARTS]
    if unknown or not chosen:
        found = unknown[0] if unknown else text
        raise argparse.ArgumentTypeError(f"{found!r}, expected of {','.join(PARTS)}")
    return tuple(part for part in PARTS if part in chosen)


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number}, expected 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
