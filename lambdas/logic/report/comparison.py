"""The measures beside their baselines: the table, the plot, and what the training job itself reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from lambdas.logic.report import whiskers
from lambdas.logic.report.markup import element
from lambdas.logic.report.measures import Measure, measures
from lambdas.logic.report.plots import Plot
from lambdas.logic.report.tables import Cell, Table
from lambdas.logic.report.whiskers import Mark, Panel
from lambdas.logic.report.words import RIVALS, interval, metric

_COLUMNS: Mapping[str, Callable[[Measure], Cell]] = {
    "95 % interval": lambda measure: interval(measure.interval),
    "user and item biases only": lambda measure: measure.bias_only,
    "no model": lambda measure: measure.simple,
    "which": lambda measure: measure.simple_name,
    "the blog post": lambda measure: measure.blog,
}

_TRADED = frozenset({"precision", "recall"})
"""Of these a threshold buys one with the other: to be better in one says nothing."""


def measure_table(evaluation: Mapping[str, Any], dataset: str) -> Table:
    """A row for each measure; columns that no measure has are left out. Raises MalformedDocument."""
    found = measures(evaluation, dataset)
    columns = {name: [read(measure) for measure in found] for name, read in _COLUMNS.items()}
    kept = {name: cells for name, cells in columns.items() if any(cell is not None for cell in cells)}
    header = ("measure", "this model", *kept)
    rows: list[list[Cell]] = [
        [metric(measure.key), measure.value, *(cells[place] for cells in kept.values())]
        for place, measure in enumerate(found)
    ]
    return Table(header, rows)


def measure_plot(evaluation: Mapping[str, Any], dataset: str) -> Plot:
    """Dots and whiskers of all measures. Raises MalformedDocument."""
    found = measures(evaluation, dataset)
    panels = list(_panels(found))
    series = {mark.series for panel in panels for marks in panel.rows.values() for mark in marks}
    return Plot(
        name="measures",
        title="Measures and baselines",
        caption=" ".join(filter(None, (_caption(found), _how(evaluation)))),
        paint=lambda figure: whiskers.paint(figure, panels),
        numbers=measure_table(evaluation, dataset),
        height=whiskers.height(panels),
        terms={name: said for name, said in RIVALS.items() if name in series},
        is_open=True,
    )


def reported(evaluation: Mapping[str, Any]) -> Iterator[Element]:
    """What the job said of itself, beside what was found."""
    said, metrics = evaluation["reported"], evaluation["metrics"]
    if not said["figures"]:
        yield element("p", f"Not compared with the training job: {said['note']}.")
        return
    yield element("h3", "What the training job reported")
    header = ("measure", "this evaluation", "the training job, mean over batches", "gap")
    rows = [
        (metric(name), metrics[name], figure, abs(metrics[name] - figure)) for name, figure in said["figures"].items()
    ]
    yield Table(header, rows).element()


def _how(evaluation: Mapping[str, Any]) -> str:
    """Where the intervals come from."""
    interval_ = evaluation.get("interval")
    if not interval_:
        return ""
    return (
        f"Intervals: {100 * interval_['level']:g} %, from {interval_['resamples']:,} bootstrap resamples of the test "
        f"{interval_['unit']}, seed {interval_['seed']}."
    )


def _panels(found: list[Measure]) -> Iterator[Panel]:
    """What grows with quality shares a scale; each loss has its own."""
    higher = [measure for measure in found if not measure.lower_is_better]
    if higher:
        yield Panel("higher is better", {metric(measure.key): _marks(measure) for measure in higher})
    for measure in found:
        if measure.lower_is_better:
            yield Panel("lower is better", {metric(measure.key): _marks(measure)})


def _marks(measure: Measure) -> list[Mark]:
    rivals = {
        "user and item biases only": measure.bias_only,
        "no model": measure.simple,
        "the blog post": measure.blog,
    }
    marks = [Mark(name, value) for name, value in rivals.items() if value is not None]
    return [Mark("this model", measure.value, measure.interval), *marks]


def _caption(found: list[Measure]) -> str:
    judged = [measure for measure in found if measure.key not in _TRADED]
    clear = [metric(measure.key) for measure in judged if measure.is_clear]
    unclear = [metric(measure.key) for measure in judged if measure.is_clear is False]
    if not clear and not unclear:
        return "Dots are this model's measures on the test rows, beside what they are measured against."
    whiskers_ = "Whiskers reach to where 95 % of resampled test sets put each measure. "
    if not unclear:
        return f"{whiskers_}The model is beyond every baseline of this run in all measures."
    if not clear:
        return f"{whiskers_}The model is surely beyond every baseline of this run in none of them."
    return (
        f"{whiskers_}The model is beyond every baseline of this run in {', '.join(clear)}; in {', '.join(unclear)} a "
        "baseline is as good or the difference may be chance."
    )
