"""Columns of numbers out of the documents of earlier steps, checked before anything is drawn from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


class MalformedDocument(ValueError):
    """A document of an earlier step lacks what it should say, or says something else."""


def columns(table: Mapping[str, Any] | None, where: str, names: Iterable[str]) -> list[Column] | None:
    """Lists of finite numbers of one length, (n,) float64 each; None where the table is absent or empty.

    `where` is what the message calls the table. Raises MalformedDocument.
    """
    if not table:
        return None
    found = [_column(table, where, name) for name in names]
    lengths = {len(column) for column in found}
    if len(lengths) > 1:
        raise MalformedDocument(
            f"{where}: lists of {', '.join(str(len(column)) for column in found)} numbers, expected one length"
        )
    return found if lengths != {0} else None


def records(rows: Sequence[Mapping[str, Any]] | None, where: str, names: Iterable[str]) -> list[Column] | None:
    """The same from a list of objects. Raises MalformedDocument."""
    if not rows:
        return None
    wanted = list(names)
    for place, row in enumerate(rows):
        absent = [name for name in wanted if name not in row]
        if absent:
            raise MalformedDocument(f"{where}[{place}]: no {', '.join(absent)}, expected {', '.join(wanted)}")
    return columns({name: [row[name] for row in rows] for name in wanted}, where, wanted)


def _column(table: Mapping[str, Any], where: str, name: str) -> Column:
    if name not in table:
        raise MalformedDocument(f"{where}: no {name}, expected a list of numbers")
    try:
        column = np.asarray(table[name], np.float64)
    except (TypeError, ValueError):
        raise MalformedDocument(f"{where}.{name}: not a list of numbers") from None
    if column.ndim != 1 or not np.isfinite(column).all():
        raise MalformedDocument(f"{where}.{name}: expected a list of finite numbers")
    return column
