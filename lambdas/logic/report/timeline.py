"""The plot of when each state ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lambdas.logic.report.documents import MalformedDocument
from lambdas.logic.report.markup import clean
from lambdas.logic.report.plots import Plot, single
from lambdas.logic.report.svg import COLOURS
from lambdas.logic.report.tables import Table

_ROLE = {"SUCCEEDED": "model", "RUNNING": "third", "CAUGHT": "rival"}
_ROW, _AXIS = 34, 50
_BAR = 0.32  # of a row, below its label
_MOST_LETTERS = 40  # of a name in the drawing; the table has all
_LEAST = 0.006  # of the whole, so that the shortest state is seen


@dataclass(frozen=True)
class _Stay:
    """`start` in seconds after the first state's; `seconds` is None for a state that still runs."""

    name: str
    status: str
    start: float
    seconds: float | None

    @property
    def end(self) -> float:
        return self.start + (self.seconds or 0.0)


def timeline_plot(states: Sequence[Mapping[str, Any]] | None) -> Plot | None:
    """`states`: name, entered (ISO 8601, or seconds), seconds, status; None or empty where nothing is known.

    Raises MalformedDocument.
    """
    if not states:
        return None
    stays = _stays(states)
    rows: dict[str, list[_Stay]] = {}
    for stay in sorted(stays, key=lambda stay: stay.start):
        rows.setdefault(stay.name, []).append(stay)
    whole = max(*(stay.end for stay in stays), 1e-3)
    longest = max(stays, key=lambda stay: stay.seconds or 0.0)
    return Plot(
        name="timeline",
        title="Where the time went",
        caption=f"Each bar is a state of the execution, from when it was entered to when it was left. The whole took "
        f"{_duration(whole)}; {longest.name} took longest, {_duration(longest.seconds or 0.0)}.",
        paint=lambda figure: _paint(figure, rows, whole),
        numbers=Table(
            ("state", "status", "entered after, seconds", "took, seconds"),
            [(stay.name, stay.status.lower(), stay.start, stay.seconds) for stay in stays],
        ),
        height=_AXIS + _ROW * len(rows),
    )


def _stays(states: Sequence[Mapping[str, Any]]) -> list[_Stay]:
    entered = [_seconds(state, place) for place, state in enumerate(states)]
    first = min(entered)
    return [
        _Stay(
            str(state["name"]),
            str(state.get("status", "SUCCEEDED")),
            at - first,
            None if state.get("seconds") is None else float(state["seconds"]),
        )
        for state, at in zip(states, entered, strict=True)
    ]


def _seconds(state: Mapping[str, Any], place: int) -> float:
    entered = state.get("entered")
    try:
        if isinstance(entered, str):
            return datetime.fromisoformat(entered).timestamp()
        return float(entered)  # type: ignore[arg-type]  # None is refused below
    except (TypeError, ValueError):
        expected = "seconds, or a time as 2026-01-31T12:00:00Z"
        raise MalformedDocument(f"states[{place}].entered {entered!r}, expected {expected}") from None


def _paint(figure: Figure, rows: Mapping[str, Sequence[_Stay]], whole: float) -> None:
    axes = single(figure, x="seconds", y="")
    axes.set(xlim=(0, whole * 1.01), ylim=(len(rows) - 0.45, -0.6), yticks=[])
    axes.spines["left"].set_visible(False)
    for row, stays in enumerate(rows.values()):
        _label(axes, row, stays, whole)
        for stay in stays:
            width = max(stay.seconds or 0.0, _LEAST * whole)
            corner = (min(stay.start, whole * 1.01 - width), row + 0.04)
            colour = COLOURS[_ROLE.get(stay.status, "bad")]
            axes.add_patch(Rectangle(corner, width, _BAR, facecolor=colour, edgecolor="none"))


def _label(axes: Axes, row: int, stays: Sequence[_Stay], whole: float) -> None:
    """Above the bar, from its start or to its end, whichever leaves more room."""
    known = [stay.seconds for stay in stays if stay.seconds is not None]
    took = _duration(sum(known)) if known else ""
    times = f", {len(stays)} times" if len(stays) > 1 else ""
    odd = sorted({stay.status.replace("_", " ").lower() for stay in stays} - {"succeeded"})
    words = clean(f"{_shortened(stays[0].name)}  {took}{times}{''.join(f' ({status})' for status in odd)}")
    is_early = stays[0].start < whole / 2
    at, side = (stays[0].start, "left") if is_early else (max(stays[-1].end, stays[0].start), "right")
    # Not a part of the layout: words beside a short bar would squeeze all of the bars.
    axes.text(at, row - 0.08, words, ha=side, va="baseline", fontsize=11.5, in_layout=False)


def _shortened(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"


def _duration(seconds: float) -> str:
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
