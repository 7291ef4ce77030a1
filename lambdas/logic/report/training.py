"""The plot of a training: loss per epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lambdas.logic.report.documents import records
from lambdas.logic.report.plots import REFERENCE, Plot, legend, single
from lambdas.logic.report.svg import COLOURS
from lambdas.logic.report.tables import table_of
from lambdas.logic.report.words import METRICS, metric

_LOSSES = ("cross_entropy", "rmse", "mse", "mae")


def loss_plot(
    epochs: Sequence[Mapping[str, Any]] | None, metrics: Mapping[str, Any], *, model: str = "like"
) -> Plot | None:
    """`epochs` counted from 0, `metrics` those of the test rows. None where no loss was logged.

    Raises MalformedDocument.
    """
    if not epochs:
        return None
    named = [name for name in METRICS if name in epochs[0]]
    loss = next((name for name in _LOSSES if name in named), None)
    if loss is None:
        return None
    number, *values = records(epochs, "training.epochs", ("epoch", *named)) or []
    number = number + 1
    fell = values[named.index(loss)]
    on_test = metrics.get(loss)

    def paint(figure: Figure) -> None:
        axes = single(figure, x="epoch", y=metric(loss))
        axes.plot(number, fell, color=COLOURS["model"], marker="o" if len(number) < 3 else "", label="training rows")
        if on_test is not None:
            axes.axhline(on_test, label="test rows, at the end", **REFERENCE)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        legend(figure)

    lowest = int(np.argmin(fell))
    by_heart = "a gap between the two is what the model knows by heart."
    gap = "" if on_test is None else f" On the test rows the finished model has {on_test:.4f} (dashed); {by_heart}"
    return Plot(
        name="loss" if model == "like" else f"{model}-loss",
        title="Loss per epoch" if model == "like" else f"Loss per epoch of the {model} model",
        caption=f"On the training rows {metric(loss)} went from {fell[0]:.4f} to {fell[-1]:.4f} in {len(fell)} "
        f"epoch{'s' * (len(fell) > 1)}, lowest in epoch {int(number[lowest])}.{gap}",
        paint=paint,
        numbers=table_of(
            {"epoch": number, **{metric(name): column for name, column in zip(named, values, strict=True)}},
            counts={"epoch"},
        ),
    )
