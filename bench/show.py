"""The measurements as tables, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.figures import Figure
from bench.results import Results

# Names of a run's parts (`runner.job`) in words.
_WORDS = {
    "data": "read and check the ratings",
    "synth": "synthesize, beside the next",
    "local_aws": "start the local AWS",
    "bootstrap": "cdk bootstrap",
    "deploy": "cdk deploy",
    "upload": "upload the ratings",
    "execution": "the execution",
}


def figures_table(figures: Sequence[Figure]) -> Table:
    """A row per figure, its target beside it."""
    shown = Table(box=SIMPLE_HEAD)
    shown.add_column("figure")
    for column in ("measured", "target", "met", "repeats"):
        shown.add_column(column, justify="right")
    for figure in figures:
        target = "" if figure.target is None else str(figure.target)
        met = {None: "", True: "yes", False: "NO"}[figure.is_met]
        shown.add_row(figure.name, f"{_short(figure.value)} {figure.unit}", target, met, str(len(figure.each)))
    return shown


def run_table(results: Results) -> Table:
    """A row per part, the fresh run beside the median of the warm ones. Seconds."""
    shown = Table(title=f"make run DATA={results.data}", title_justify="left", box=SIMPLE_HEAD)
    shown.add_column("part, seconds")
    shown.add_column("fresh clone", justify="right")
    shown.add_column(f"warm, median of {len(results.warm)}", justify="right")
    for what, seconds in results.setup.items():
        shown.add_row(f"set-up: {what}", _figure(seconds), "")
    first, warm = results.first.seconds_by_part, results.warm_parts()
    for part in dict.fromkeys([*first, *warm]):
        shown.add_row(f"run: {_WORDS.get(part, part)}", _figure(first.get(part)), _figure(warm.get(part)))
    shown.add_section()
    shown.add_row("set-up together", _figure(results.setup_seconds()), "")
    shown.add_row("make run", _figure(results.first.seconds), _figure(results.warm_seconds()))
    return shown


def _figure(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f}"


def _short(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
