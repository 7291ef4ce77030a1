"""Every plot of the planted execution, drawn once for all tests."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from lambdas.logic.report.comparison import measure_plot
from lambdas.logic.report.curves import curve_plots
from lambdas.logic.report.plots import Plot
from lambdas.logic.report.probabilities import probability_plots
from lambdas.logic.report.ranking import ranking_plots
from lambdas.logic.report.timeline import timeline_plot
from lambdas.logic.report.training import loss_plot
from tests.lambdas.report import planted

EVALUATION = planted.evaluation()
CURVES = EVALUATION["curves"]


def _by_name(plots: Iterable[Plot | None]) -> dict[str, Element]:
    return {plot.name: plot.element() for plot in plots if plot is not None}


FIGURES = _by_name(
    [
        measure_plot(EVALUATION, "ml-100k"),
        *curve_plots(EVALUATION),
        *probability_plots(EVALUATION),
        *ranking_plots(planted.ranking()),
        loss_plot(planted.epochs(), EVALUATION["metrics"]),
        timeline_plot(planted.states()),
    ]
)


def caption(figure: Element) -> str:
    """What it says to see."""
    return " ".join("".join(part.itertext()) for part in figure.iter("figcaption"))
