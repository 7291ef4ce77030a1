"""Checks of the arrays that callers hand to the writers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio.errors import KeyCountMismatch, LabelCountMismatch, WrongDtype

Labels = Mapping[str, NDArray[np.float32]]


def check_dtype(name: str, array: NDArray[Any]) -> None:
    """Raises WrongDtype for all but float32 in this machine's byte order."""
    if array.dtype != np.float32:
        raise WrongDtype(f"{name} is {array.dtype}, expected float32, which is all that Factorization Machines accepts")


def check_labels(labels: Labels, rows: int) -> None:
    """Raises WrongDtype, or LabelCountMismatch where a column is not (rows,)."""
    for name, column in labels.items():
        check_dtype(f"label {name!r}", column)
        if column.shape != (rows,):
            raise LabelCountMismatch(f"label {name!r} has shape {column.shape}, expected ({rows},), one a row")


def integer_keys(name: str, keys: NDArray[Any], *, rows: int) -> NDArray[Any]:
    """(rows,) integers. Raises WrongDtype or KeyCountMismatch."""
    keys = np.asarray(keys)
    if keys.dtype.kind not in "iu":
        raise WrongDtype(f"{name} are {keys.dtype}, expected integers")
    if keys.shape != (rows,):
        raise KeyCountMismatch(f"{name} have shape {keys.shape}, expected ({rows},), as many as labels")
    return keys
