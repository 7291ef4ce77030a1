"""How labelled rows wait on disk to be encoded: in the columns that the encoder reads, or a row in one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from prep.job import PrepareJob
from prep.spool import Columns

_FIXED: Final = {"pairs": np.uint64, "labels": np.float32}
_LABEL_BIT: Final = np.uint64(63)
_PAIR: Final = np.uint64((1 << 63) - 1)
_MOST_USERS: Final = 1 << 31
"""So many leave the label's bit of a pair free."""


def row_dtypes(job: PrepareJob) -> dict[str, Any]:
    """The columns of ``Columns`` that the rows of a job are encoded from."""
    dtypes: dict[str, Any] = dict(_FIXED)
    dtypes |= {"times": np.int64} if "week" in job.features else {}
    dtypes |= {"thresholds": np.int8} if job.label.space_thresholds else {}
    return dtypes


class RowColumns:
    """The columns that rows of a job are kept in. A label of 0 or 1 goes into its pair, which has a bit to spare."""

    def __init__(self, job: PrepareJob, *, n_users: int) -> None:
        self._dtypes = row_dtypes(job)
        self._is_joined = job.label.task != "regressor" and n_users <= _MOST_USERS

    @property
    def dtypes(self) -> Mapping[str, Any]:
        """Of each column."""
        return {name: dtype for name, dtype in self._dtypes.items() if not (self._is_joined and name == "labels")}

    def join(self, rows: Columns) -> Columns:
        """rows: the columns of ``row_dtypes`` at least, (n,) each."""
        if not self._is_joined:
            return {name: rows[name] for name in self._dtypes}
        pairs = rows["labels"].astype(np.uint64)
        pairs <<= _LABEL_BIT
        pairs |= rows["pairs"]
        return {**{name: rows[name] for name in self.dtypes}, "pairs": pairs}

    def part(self, kept: Columns) -> Columns:
        """The columns of ``row_dtypes`` again."""
        if not self._is_joined:
            return kept
        pairs = kept["pairs"]
        return {**kept, "pairs": pairs & _PAIR, "labels": (pairs >> _LABEL_BIT).astype(np.float32)}
