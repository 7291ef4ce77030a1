"""Tables of numbers and names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from lambdas.logic.report.documents import Column
from lambdas.logic.report.markup import Node, element

Cell = Element | str | float | bool | None


@dataclass(frozen=True)
class Table:
    """`header` (columns,) and `rows` (rows, columns); a column of numbers is set to the right."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def element(self) -> Element:
        """In a frame that scrolls, so that a wide table never makes the page wider."""
        numeric = [all(_is_number(row[column]) for row in self.rows) for column in range(len(self.header))]
        head = [_cell("th", name, is_number=is_number) for name, is_number in zip(self.header, numeric, strict=True)]
        body = [
            element(
                "tr", *(_cell("td", cell, is_number=is_number) for cell, is_number in zip(row, numeric, strict=True))
            )
            for row in self.rows
        ]
        for cell in head:
            cell.set("scope", "col")
        return scrolling(
            element("table", element("thead", element("tr", *head)), element("tbody", *body)), ", ".join(self.header)
        )


def table_of(named: Mapping[str, Column], counts: Collection[str] = ()) -> Table:
    """Header → column (rows,); those called as in `counts` are whole numbers."""
    columns = [(column.astype(np.int64) if name in counts else column).tolist() for name, column in named.items()]
    return Table(list(named), list(zip(*columns, strict=True)))


def facts(named: Mapping[str, Any]) -> Element:
    """Two columns: what it is called, and what it is."""
    rows = [
        element("tr", element("th", name, scope="row"), _cell("td", value, is_number=_is_number(value)))
        for name, value in named.items()
    ]
    return element("table", element("tbody", *rows), class_="facts")


def scrolling(child: Element, label: str) -> Element:
    """A frame that keyboards can scroll too."""
    return element("div", child, class_="scroll", tabindex="0", role="region", aria_label=label)


def shown(value: object) -> Node:
    """Numbers as people read them: four decimals, thousands apart."""
    match value:
        case Element() | str():
            return value
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.4f}".replace("-", "−")
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(tag: str, value: object, *, is_number: bool) -> Element:
    return element(tag, shown(value), class_="number" if is_number else None)
