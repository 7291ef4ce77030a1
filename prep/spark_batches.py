"""What travels between Spark and Python: rows as Arrow batches of a spool's columns, everything else pickled."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from prep.errors import PrepError
from prep.spool import Columns

Batches = Iterable[pa.RecordBatch]

_TYPES: Final = {
    "pairs": "long",
    "values": "float",
    "order": "long",
    "times": "long",
    "given": "tinyint",
    "labels": "float",
    "thresholds": "tinyint",
    "user": "long",
    "place": "long",
    "shard": "int",
}
"""Spark's types of the columns that rows travel in."""
_SIGNED: Final = {np.dtype(np.uint64): np.int64, np.dtype(np.uint8): np.int8}
_WHOLE: Final[dict[str, Any]] = {"pairs": np.uint64, "given": np.uint8}


def schema(names: Iterable[str]) -> str:
    """Spark's name of rows with those columns."""
    return ", ".join(f"{name} {_TYPES[name]}" for name in names)


def to_batch(columns: Columns, names: Iterable[str]) -> pa.RecordBatch:
    """Those columns, in that order, as Spark takes them: it has no unsigned numbers."""
    chosen = {name: columns[name] for name in names}
    signed = {name: column.view(_SIGNED.get(column.dtype, column.dtype)) for name, column in chosen.items()}
    return pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in signed.items()})


def to_columns(batch: pa.RecordBatch) -> Columns:
    """What ``to_batch`` was given."""
    named = zip(batch.schema.names, batch.columns, strict=True)
    return {
        name: column.to_numpy(zero_copy_only=False).view(_WHOLE.get(name, column.type.to_pandas_dtype()))
        for name, column in named
    }


def columns_of(batches: Batches) -> Iterator[Columns]:
    """All batches that have a row."""
    return (to_columns(batch) for batch in batches if batch.num_rows)


def answer(work: Callable[[], Any]) -> bytes:
    """What the work gives, or the PrepError it raises.

    An error of the data is the same at every attempt, so Spark is not to try again, and the driver raises it as it is.
    Packed: much of what partitions tell is a number for each item, most of which are 0.
    """
    try:
        given = work()
    except PrepError as error:
        given = error
    return zlib.compress(pickle.dumps(given), 1)


def answered(packed: bytes) -> Any:
    """What ``answer`` packed. Raises the PrepError that it caught."""
    given = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own workers' bytes
    if isinstance(given, PrepError):
        raise given
    return given
