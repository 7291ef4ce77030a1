"""What stands in the elements of a plot: its table, its text, and the coordinates of what was drawn."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray


def table(figure: Element) -> list[list[str]]:
    """The rows of the only table, header first."""
    (found,) = figure.iter("table")
    return [["".join(cell.itertext()) for cell in row] for row in found.iter("tr")]


def column(figure: Element, name: str) -> list[str]:
    """The cells below a header."""
    header, *rows = table(figure)
    place = header.index(name)
    return [row[place] for row in rows]


def drawing(figure: Element) -> Element:
    """The only plot."""
    (found,) = figure.iter("svg")
    return found


def drawn(figure: Element, role: str) -> list[NDArray[np.float64]]:
    """Corners (n, 2) of every line of that colour, in the drawing's own units."""
    return [
        np.array([[float(x), float(y)] for x, y in re.findall(r"[ML] (\S+) (\S+)", path.get("d", ""))])
        for path in drawing(figure).iter("path")
        if path.get("class") == f"stroke-{role}" and path.get("fill") == "none"
    ]


def on_unit_axes(figure: Element, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Units of a drawing → its axes' numbers, by the diagonal from (0, 0) to (1, 1) that is drawn on them."""
    diagonal = drawn(figure, "third")[0]
    return np.asarray((corners - diagonal[0]) / (diagonal[-1] - diagonal[0]))
