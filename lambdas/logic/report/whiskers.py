"""Dots and whiskers: values with their intervals beside those of rivals, a row for each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lambdas.logic.report.plots import legend
from lambdas.logic.report.svg import COLOURS

_SERIES: Mapping[str, Mapping[str, Any]] = {
    "this model": {"marker": "o", "color": COLOURS["model"], "markersize": 7},
    "user and item biases only": {"marker": "D", "color": COLOURS["rival"], "markersize": 6},
    "popularity": {"marker": "D", "color": COLOURS["rival"], "markersize": 6},
    "no model": {"marker": "|", "color": COLOURS["third"], "markersize": 11, "markeredgewidth": 2.5},
    "the blog post": {"marker": "s", "color": COLOURS["ink"], "markersize": 6, "markerfacecolor": "none"},
}
_LANE = 0.17  # of a row: the model above, its rivals below
_ROW, _PANEL, _LEGEND = 38, 52, 44


@dataclass(frozen=True)
class Mark:
    """A value of one of the series, with its interval where it has one."""

    series: str
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Panel:
    """Rows on one scale: label → marks."""

    title: str
    rows: Mapping[str, Sequence[Mark]]


def height(panels: Sequence[Panel]) -> float:
    """Of a drawing of them."""
    return _LEGEND + sum(_PANEL + _ROW * len(panel.rows) for panel in panels)


def paint(figure: Figure, panels: Sequence[Panel]) -> None:
    """Panels below each other, each on a scale of its own."""
    heights = [_PANEL + _ROW * len(panel.rows) for panel in panels]
    stacked = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
    labelled: set[str] = set()
    for axes, panel in zip(stacked[:, 0], panels, strict=True):
        _panel(axes, panel, labelled)
    legend(figure)


def _panel(axes: Axes, panel: Panel, labelled: set[str]) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11.5, color=COLOURS["soft"])
    axes.set_yticks(range(len(panel.rows)), list(panel.rows))
    axes.tick_params("y", labelcolor=COLOURS["ink"])
    axes.set_ylim(len(panel.rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    axes.margins(x=0.06)
    for row, marks in enumerate(panel.rows.values()):
        for mark in marks:
            _mark(axes, mark, row - _LANE if mark.series == "this model" else row + _LANE, labelled)


def _mark(axes: Axes, mark: Mark, y: float, labelled: set[str]) -> None:
    """The first mark of each series stands for it in the legend."""
    shape = _SERIES[mark.series]
    if mark.interval is not None:
        axes.plot(mark.interval, [y, y], color=shape["color"], linewidth=2.2)
    label = None if mark.series in labelled else mark.series
    labelled.add(mark.series)
    axes.plot([mark.value], [y], linestyle="none", label=label, **shape)
