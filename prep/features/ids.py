"""Ids as arrays: whole numbers (int64) or text (``<U``), ascending and distinct, and where an id stands among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep.errors import UnknownId

Ids = NDArray[Any]
"""int64 or ``<U``, (n,)."""


def as_ids(ids: ArrayLike) -> Ids:
    """(n,) ids as given, or one. Raises TypeError for what is neither whole numbers nor text, ValueError for shapes.

    NumPy's text drops a NUL at its end, which would make two ids one, so text with one is refused.
    """
    values = np.atleast_1d(np.asarray(ids))
    if values.ndim != 1:
        raise ValueError(f"ids of shape {values.shape}, expected (n,)")
    if values.dtype.kind == "U" or (values.dtype.kind == "O" and values.size and isinstance(values[0], str)):
        if not isinstance(ids, np.ndarray) or values.dtype.kind == "O":
            _refuse_unfit([ids] if isinstance(ids, str) else np.asarray(ids, dtype=object).tolist())
        return values.astype(np.str_, copy=False)
    # A float id would be cut to the whole number below it without a word. An empty list is float64 to NumPy.
    return values.astype(np.int64, casting="safe" if values.size else "unsafe")


def distinct(ids: ArrayLike) -> Ids:
    """The same ids once each, ascending; text by code point."""
    return np.unique(as_ids(ids))


def find(ids: Ids, wanted: ArrayLike) -> NDArray[np.int64]:
    """Where each wanted id stands among ``ids``, (n,) int64; −1 where it does not."""
    values = as_ids(wanted)
    if not len(ids) or ids.dtype.kind != values.dtype.kind:
        return np.full(len(values), -1, np.int64)
    position = np.searchsorted(ids, values).astype(np.int64, copy=False)
    position[position == len(ids)] = 0
    return np.where(ids[position] == values, position, np.int64(-1))


def positions(ids: Ids, wanted: ArrayLike, *, kind: str) -> NDArray[np.int64]:
    """Where each wanted id stands among ``ids``, (n,) int64. Raises UnknownId naming the first that does not."""
    found = find(ids, wanted)
    if (unknown := np.flatnonzero(found < 0)).size:
        id_ = as_ids(wanted)[unknown[0]]
        span = f"one of {len(ids)} ids from {ids[0]} to {ids[-1]}" if len(ids) else "none: the space has no ids"
        raise UnknownId(f"{kind} {id_} has no column, expected {span}")
    return found


def _refuse_unfit(values: Iterable[object]) -> None:
    for value in values:
        if not isinstance(value, str) or "\0" in value:
            raise TypeError(f"id {value!r} among text, expected text without NUL")
