"""Plots of what a classifier does at every threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lambdas.logic.report.documents import Column, columns
from lambdas.logic.report.plots import REFERENCE, Plot, legend, line_at, single, unit_square
from lambdas.logic.report.svg import COLOURS
from lambdas.logic.report.tables import table_of
from lambdas.logic.report.words import share


def curve_plots(evaluation: Mapping[str, Any]) -> Iterator[Plot]:
    """Those whose numbers the evaluation has. Raises MalformedDocument."""
    curves, metrics = evaluation.get("curves") or {}, evaluation["metrics"]
    threshold = float(metrics["threshold"]) if metrics.get("threshold") is not None else None
    where = "evaluation.curves"
    names = ["false_positive_rate", "true_positive_rate", "threshold"]
    if (roc := columns(curves.get("roc"), f"{where}.roc", names)) is not None:
        yield _roc(*roc, chosen=threshold, auc=metrics["auc"])
    names = ["recall", "precision", "threshold"]
    if (found := columns(curves.get("precision_recall"), f"{where}.precision_recall", names)) is not None:
        yield _precision_recall(*found, chosen=threshold, metrics=metrics)
    names = ["threshold", "accuracy", "f1", "precision", "recall"]
    if (sweep := columns(curves.get("thresholds"), f"{where}.thresholds", names)) is not None:
        yield _thresholds(sweep, chosen=threshold, rule=evaluation.get("threshold") or {})


def _roc(others: Column, liked: Column, thresholds: Column, *, chosen: float | None, auc: float) -> Plot:
    def paint(figure: Figure) -> None:
        axes = unit_square(figure, x="share of other ratings taken", y="share of liked ratings found")
        axes.plot([0, 1], [0, 1], label="guessing", **REFERENCE)
        axes.plot(others, liked, color=COLOURS["model"], label="this model")
        _dot_at(axes, others, liked, thresholds, chosen)
        legend(figure, columns=3)

    return Plot(
        name="roc",
        title="ROC curve",
        caption=f"How many liked ratings are found for how many others taken along; the more the curve bends to the "
        f"upper left, the better. The area below it is {auc:.3f}: of a liked and another rating, the liked one "
        f"scores higher {share(auc)} of the time.",
        paint=paint,
        numbers=table_of(
            {"false positive rate": others, "true positive rate": liked, "threshold": thresholds},
        ),
    )


def _precision_recall(
    recall: Column, precision: Column, thresholds: Column, *, chosen: float | None, metrics: Mapping[str, Any]
) -> Plot:
    liked = metrics["positives"] / metrics["rows"] if metrics.get("rows") else None

    def paint(figure: Figure) -> None:
        axes = unit_square(figure, x="recall: share of liked ratings found", y="precision: share of finds liked")
        if liked is not None:
            axes.axhline(liked, label="everything liked", **REFERENCE)
        axes.plot(recall, precision, color=COLOURS["model"], label="this model")
        _dot_at(axes, recall, precision, thresholds, chosen)
        legend(figure, columns=3)

    base = "" if liked is None else f" Calling everything liked is right {share(liked)} of the time (dashed)."
    area = "" if metrics.get("pr_auc") is None else f" The area below the curve is {metrics['pr_auc']:.3f}."
    return Plot(
        name="precision-recall",
        title="Precision and recall",
        caption=f"What finding more of the liked ratings costs in precision.{base}{area}",
        paint=paint,
        numbers=table_of({"recall": recall, "precision": precision, "threshold": thresholds}),
    )


def _thresholds(sweep: list[Column], *, chosen: float | None, rule: Mapping[str, Any]) -> Plot:
    thresholds, *curves = sweep
    names = ("accuracy", "F1", "precision", "recall")
    looks: tuple[dict[str, Any], ...] = (
        {"color": COLOURS["model"]},
        {"color": COLOURS["rival"]},
        {"color": COLOURS["third"], "linestyle": (0, (5, 2)), "linewidth": 1.6},
        {"color": COLOURS["third"], "linestyle": (0, (1, 1.6)), "linewidth": 1.9},
    )

    def paint(figure: Figure) -> None:
        axes = single(figure, x="threshold: taken for liked from this probability on", y="on the test rows")
        axes.set_ylim(0, 1.02)
        for name, values, look in zip(names, curves, looks, strict=True):
            axes.plot(thresholds, values, label=name, **look)
        if chosen is not None:
            line_at(axes, chosen)
        legend(figure, columns=3)

    f1 = curves[1]
    best = int(np.argmax(f1))
    return Plot(
        name="thresholds",
        title="Every threshold",
        caption=f"{threshold_words(rule, chosen)} On these rows the highest F1 would be {f1[best]:.3f}, at "
        f"{thresholds[best]:.2f}; a threshold is never chosen on the test rows.",
        paint=paint,
        numbers=table_of(dict(zip(("threshold", *names), sweep, strict=True))),
    )


def threshold_words(rule: Mapping[str, Any], chosen: float | None) -> str:
    """How the threshold was chosen, as a sentence."""
    if chosen is None:
        return ""
    measure = {"f1": "F1", "cost": "the cost of errors"}.get(rule.get("measure", ""), rule.get("measure"))
    if rule.get("chosen_on") != "validation":
        return f"The threshold is {chosen:g}, as given."
    there = "" if rule.get("value_there") is None else f" ({rule['value_there']:.3f} there)"
    return f"The threshold {chosen:.3f} was chosen for {measure} on the validation rows{there}."


def _dot_at(axes: Axes, x: Column, y: Column, thresholds: Column, chosen: float | None) -> None:
    """Where on a curve the chosen threshold is, or the point next to it."""
    if chosen is not None:
        at = int(np.argmin(np.abs(thresholds - chosen)))
        axes.plot(x[at], y[at], "o", color=COLOURS["ink"], markersize=7, label=f"threshold {chosen:.2f}")
