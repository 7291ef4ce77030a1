"""Plots of a classifier's probabilities: whether they come true, and how far they tell the two labels apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lambdas.logic.report.documents import Column, MalformedDocument, columns, records
from lambdas.logic.report.plots import REFERENCE, Plot, legend, line_at, single, unit_square
from lambdas.logic.report.svg import COLOURS
from lambdas.logic.report.tables import table_of

_LARGEST_DOT, _SMALLEST_DOT = 14.0, 3.5
_CALIBRATION = ("low", "high", "rows", "mean_probability", "share_positive")


def probability_plots(evaluation: Mapping[str, Any]) -> Iterator[Plot]:
    """Those whose numbers the evaluation has. Raises MalformedDocument."""
    curves, threshold = evaluation.get("curves") or {}, evaluation["metrics"].get("threshold")
    if (bins := records(curves.get("calibration"), "evaluation.curves.calibration", _CALIBRATION)) is not None:
        yield _calibration(*bins)
    where = "evaluation.curves.scores"
    if (counts := columns(curves.get("scores"), where, ("positives", "negatives"))) is not None:
        (edges,) = columns(curves["scores"], where, ("edges",)) or [np.empty(0)]
        if len(edges) != len(counts[0]) + 1:
            raise MalformedDocument(f"{where}: {len(edges)} edges of {len(counts[0])} bins, expected one more")
        yield _scores(edges, *counts, chosen=threshold)


def _calibration(low: Column, high: Column, rows: Column, predicted: Column, came_true: Column) -> Plot:
    def paint(figure: Figure) -> None:
        axes = unit_square(figure, x="mean predicted probability", y="share that was liked")
        axes.plot([0, 1], [0, 1], label="as predicted", **REFERENCE)
        axes.plot(predicted, came_true, color=COLOURS["model"], linewidth=1.2)
        sizes = np.maximum(_SMALLEST_DOT, _LARGEST_DOT * np.sqrt(rows / rows.max()))
        axes.scatter(predicted, came_true, s=sizes**2, color=COLOURS["model"], label="this model", zorder=3)
        legend(figure)

    gap = float(np.abs(predicted - came_true) @ rows / rows.sum())
    numbers = {
        "from": low,
        "to": high,
        "test rows": rows,
        "mean predicted probability": predicted,
        "share liked": came_true,
    }
    return Plot(
        name="calibration",
        title="Calibration",
        caption=f"On the dashed line, predicted probabilities come true; larger dots stand for more ratings. Over all "
        f"{int(rows.sum()):,} test rows the two differ by {100 * gap:.1f} percentage points on average.",
        paint=paint,
        numbers=table_of(numbers, counts={"test rows"}),
    )


def _scores(edges: Column, liked: Column, others: Column, *, chosen: float | None) -> Plot:
    def paint(figure: Figure) -> None:
        axes = single(figure, x="predicted probability of a like", y="test rows")
        for name, counts, colour in (("liked", liked, COLOURS["model"]), ("not liked", others, COLOURS["rival"])):
            axes.stairs(counts, edges, color=colour, fill=True, alpha=0.18, linewidth=0)
            axes.stairs(counts, edges, color=colour, linewidth=2.0, label=name)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(bottom=0)
        if chosen is not None:
            line_at(axes, chosen)
        legend(figure, columns=3)

    middles = (edges[:-1] + edges[1:]) / 2
    means = [float(middles @ counts / counts.sum()) if counts.sum() else None for counts in (liked, others)]
    apart = "" if None in means else f" Liked ratings score {means[0]:.2f} on average, the others {means[1]:.2f}."
    return Plot(
        name="scores",
        title="Scores by label",
        caption=f"How often each probability was predicted. The less the two overlap, the surer the labels.{apart}",
        paint=paint,
        numbers=table_of(
            {"from": edges[:-1], "to": edges[1:], "liked": liked, "not liked": others}, counts={"liked", "not liked"}
        ),
    )
