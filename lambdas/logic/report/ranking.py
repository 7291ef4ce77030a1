"""Plots of the ranking model: its lists against popularity's, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lambdas.logic.report import whiskers
from lambdas.logic.report.documents import Column, columns
from lambdas.logic.report.measures import interval_of
from lambdas.logic.report.plots import Plot, legend, single
from lambdas.logic.report.svg import COLOURS
from lambdas.logic.report.tables import Table, table_of
from lambdas.logic.report.whiskers import Mark, Panel
from lambdas.logic.report.words import RANKING_TERMS, interval, metric, share

_BEYOND_ONE = "novelty"
"""The measure that is no share: it has a scale of its own."""


def ranking_plots(ranking: Mapping[str, Any]) -> Iterator[Plot]:
    """Those whose numbers the evaluation of the ranking model has. Raises MalformedDocument."""
    yield _against_popularity(ranking)
    names = ("train_likes", "recommended_by_model", "recommended_by_popularity")
    if (frequency := columns(ranking.get("frequency"), "ranking.frequency", names)) is not None:
        yield _frequency(*frequency)


def ranking_table(ranking: Mapping[str, Any]) -> Table:
    """Each measure of the model and of popularity, with intervals where there are some."""
    popularity, bounds = ranking["popularity"], ranking.get("intervals", {})
    rows = [
        (
            metric(key),
            value,
            interval(interval_of(bounds, key)),
            popularity["metrics"].get(key),
            interval(interval_of(popularity.get("intervals", {}), key)),
        )
        for key, value in ranking["metrics"].items()
    ]
    return Table(("measure", "this model", "95 % interval", "popularity", "its 95 % interval"), rows)


def _against_popularity(ranking: Mapping[str, Any]) -> Plot:
    marks = {key: _marks(ranking, key) for key in ranking["metrics"]}
    shares = {metric(key): value for key, value in marks.items() if key != _BEYOND_ONE}
    panels = [Panel("higher is better", shares)] if shares else []
    if _BEYOND_ONE in marks:
        panels.append(Panel("bits; higher is less known", {_BEYOND_ONE: marks[_BEYOND_ONE]}))
    return Plot(
        name="ranking-measures",
        title=f"Lists of {ranking['k']} against popularity",
        caption=f"Dots are means over {ranking['users']:,} users, whiskers where 95 % of resampled sets of users put "
        f"them. {_clear(ranking)} Coverage and novelty say what the lists are made of, not how good they are.",
        paint=lambda figure: whiskers.paint(figure, panels),
        numbers=ranking_table(ranking),
        height=whiskers.height(panels),
        terms={"popularity": _popularity(ranking["popularity"]), **RANKING_TERMS},
        is_open=True,
    )


def _marks(ranking: Mapping[str, Any], key: str) -> list[Mark]:
    popularity = ranking["popularity"]
    marks = [Mark("this model", ranking["metrics"][key], interval_of(ranking.get("intervals", {}), key))]
    if key in popularity["metrics"]:
        bounds = interval_of(popularity.get("intervals", {}), key)
        marks.append(Mark("popularity", popularity["metrics"][key], bounds))
    return marks


def _popularity(popularity: Mapping[str, Any]) -> str:
    by = f" by {popularity['by']}" if "by" in popularity else ""
    return f"the same movies for everybody, first those that are first{by}, without what they have rated."


def _clear(ranking: Mapping[str, Any]) -> str:
    """Which measures of the lists' quality are better beyond both intervals."""
    clear: list[str] = []
    unclear: list[str] = []
    for key in ranking["metrics"]:
        own = interval_of(ranking.get("intervals", {}), key)
        other = interval_of(ranking["popularity"].get("intervals", {}), key)
        if "@" in key and own is not None and other is not None:
            (clear if own[0] > other[1] else unclear).append(metric(key))
    if not clear and not unclear:
        return ""
    if not unclear:
        return "The model is above popularity beyond both intervals in all of them."
    if not clear:
        return "The model is above popularity beyond both intervals in none of them."
    return (
        f"The model is above popularity beyond both intervals in {', '.join(clear)}, and not in {', '.join(unclear)}."
    )


def _frequency(likes: Column, by_model: Column, by_popularity: Column) -> Plot:
    catalogue = np.arange(1, len(likes) + 1) / len(likes)
    gathered: dict[str, tuple[Column, dict[str, Any]]] = {
        "popularity's lists": (by_popularity, {"color": COLOURS["rival"], "linestyle": (0, (5, 2))}),
        "likes in training": (likes, {"color": COLOURS["third"], "linestyle": (0, (1, 1.6))}),
        "this model's lists": (by_model, {"color": COLOURS["model"]}),
    }

    def paint(figure: Figure) -> None:
        axes = single(figure, x="share of the catalogue, most liked first", y="share that falls on them")
        for name, (counts, look) in gathered.items():
            axes.plot(catalogue, _cumulated(counts), label=name, **look)
        axes.set(xscale="log", xlim=(catalogue[0], 1), ylim=(0, 1.02))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol=" %"))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        legend(figure)

    tenth = max(1, len(likes) // 10)
    head = [share(float(_cumulated(counts)[tenth - 1])) for counts in (by_model, likes)]
    return Plot(
        name="frequency",
        title="Popularity against recommendation",
        caption=f"The further left a line rises, the more it is about few movies. {head[0]} of what this model "
        f"recommends are among the tenth of the catalogue that is liked most, where {head[1]} of all likes are.",
        paint=paint,
        numbers=table_of(
            {
                "movies, most liked first, up to": catalogue,
                "likes in training": likes,
                "recommended by this model": by_model,
                "recommended by popularity": by_popularity,
            },
            counts={"likes in training", "recommended by this model", "recommended by popularity"},
        ),
    )


def _cumulated(counts: Column) -> Column:
    """(n,) shares, rising to 1; zeros where there is nothing to count."""
    total = counts.sum()
    return np.cumsum(counts) / total if total else np.zeros_like(counts)
