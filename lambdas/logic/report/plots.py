"""One plot of the report: a drawing, what to see in it, and its numbers for those who cannot."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from lambdas.logic.report.markup import element
from lambdas.logic.report.svg import COLOURS, inline
from lambdas.logic.report.tables import Table

WIDTH = 400
"""Of every drawing, in its own units: about the pixels of a phone, so that text is 12 pixels high there."""
HEIGHT = 350.0
"""Of a drawing that has no reason for another, so that neighbours are level."""
_UNITS_PER_INCH = 72  # of matplotlib's SVG
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "report",
    "text.parse_math": False,  # a name with a dollar sign is no formula
    "font.size": 12.0,
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["soft"],
    "axes.labelsize": 12.0,
    "axes.edgecolor": COLOURS["line"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.7,
    "xtick.color": COLOURS["line"],
    "ytick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["soft"],
    "ytick.labelcolor": COLOURS["soft"],
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.major.pad": 7.0,
    "ytick.major.pad": 7.0,
    "xtick.minor.size": 0.0,
    "ytick.minor.size": 0.0,
    "figure.facecolor": "none",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.04,
    "legend.frameon": False,
    "legend.fontsize": 11.5,
    "legend.labelcolor": COLOURS["ink"],
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.4,
    "legend.borderaxespad": 0.3,
    "legend.borderpad": 0.0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
}
REFERENCE: Mapping[str, Any] = {"color": COLOURS["third"], "linestyle": (0, (4, 3)), "linewidth": 1.5}
"""A line to compare with."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """`paint` draws on an empty figure of WIDTH by `height`; `numbers` are those that it draws.

    `name` is the plot's own in the page. `caption` says what to see, with this run's numbers.
    """

    name: str
    title: str
    caption: str
    paint: Callable[[Figure], None]
    numbers: Table
    height: float = HEIGHT
    terms: Mapping[str, str] = field(default_factory=dict)
    """What the names in the drawing mean, where they need it."""
    is_open: bool = False
    """Whether the numbers are unfolded: they say what people come for."""

    def element(self) -> Element:
        """A `figure` that names itself, with its numbers folded away below."""
        heading = f"{self.name}-title"
        return element(
            "figure",
            element("h3", self.title, id=heading),
            inline(self._drawn(), name=self.name, label=f"Plot. {self.title}. {self.caption}"),
            element("figcaption", element("p", self.caption), _glossary(self.terms)),
            element(
                "details",
                element("summary", "These numbers as a table"),
                self.numbers.element(),
                open="" if self.is_open else None,
                class_="unfolded" if self.is_open else None,
            ),
            class_="card",
            id=self.name,
            aria_labelledby=heading,
        )

    def _drawn(self) -> bytes:
        size = (WIDTH / _UNITS_PER_INCH, self.height / _UNITS_PER_INCH)
        written = io.BytesIO()
        with style.context(["default", _STYLE]), warnings.catch_warnings():
            # Widths are estimated with the font that matplotlib brings; the page's font has the glyph, or none has.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure = Figure(figsize=size, layout="constrained")
            self.paint(figure)
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # a date would change every page
            figure.savefig(written, format="svg", metadata=nothing)
        return written.getvalue()


def _glossary(terms: Mapping[str, str]) -> Element | None:
    if not terms:
        return None
    return element(
        "dl", *(part for term, words in terms.items() for part in (element("dt", term), element("dd", words)))
    )


def single(figure: Figure, *, x: str, y: str) -> Axes:
    """The only axes of a figure, labelled."""
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))  # a zero that keeps clear of the other axis'
    return axes


def legend(figure: Figure, *, columns: int = 2) -> None:
    """What was labelled, above the drawing."""
    figure.legend(loc="outside upper left", ncols=columns)


def unit_square(figure: Figure, *, x: str, y: str) -> Axes:
    """The only axes of a figure, both from 0 to 1."""
    axes = single(figure, x=x, y=y)
    axes.set(xlim=(0, 1.005), ylim=(0, 1.005))
    return axes


def line_at(axes: Axes, threshold: float) -> None:
    """The chosen threshold, on an axis of thresholds."""
    axes.axvline(threshold, color=COLOURS["ink"], linewidth=1.3, label=f"threshold {threshold:.2f}")
