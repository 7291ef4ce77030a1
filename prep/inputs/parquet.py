"""Parquet → columns, a row group at a time."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from prep import documents
from prep.errors import BadParquet, UnknownColumns
from prep.input_spec import InputSpec
from prep.inputs import fields
from prep.inputs.block import RatingBlock
from prep.inputs.columns import times_of
from prep.inputs.layout import MILLISECONDS, SECONDS, Layout, ParquetTable
from prep.inputs.lines import Lines
from prep.inputs.rejections import SHOWN, Rejections
from prep.inputs.rows import EXPECTED_ID, expected_rating
from prep.sources import Source, is_slow_to_seek, open_unpacked

MAGIC: Final = b"PAR1"
BATCH_ROWS: Final = 1 << 16
_PAGE_BYTES: Final = 1 << 20
_NOT_IN_ID: Final = "[\\x00\\r\\n]"
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY_S: Final = 86_400

Check = tuple[str, str, NDArray[np.bool_], str]
"""Reason, column's role, the rows that it is of, and what was expected."""


@contextlib.contextmanager
def open_parquet(source: Source, file: str) -> Iterator[pq.ParquetFile]:
    """The file, whose metadata is sound. Raises BadParquet, also for what is found while it is read."""
    with open_unpacked(source, file) as stream, contextlib.ExitStack() as opened:
        seekable = _copied(stream, opened) if is_slow_to_seek(stream) else stream
        try:
            # Without a buffer whole column chunks are read at once.
            yield pq.ParquetFile(seekable, buffer_size=_PAGE_BYTES, pre_buffer=False)
        except (ConnectionError, TimeoutError):
            raise
        except (pa.ArrowException, OSError) as error:
            message = (str(error) or type(error).__name__).splitlines()[0][:200]
            raise BadParquet(f"{file}: {message}, expected a whole Parquet file") from error


def id_kind(file: str, schema: pa.Schema, column: str) -> str:
    """``integer`` or ``string``. Raises BadParquet."""
    kind = _plain_type(_type(file, schema, column))
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return "integer"
    if pa.types.is_string(kind):
        return "string"
    raise BadParquet(f"{file}: column {column!r} of {kind}, expected whole numbers or text")


def check_types(file: str, schema: pa.Schema, table: ParquetTable, layout: Layout) -> None:
    """Raises BadParquet, UnknownColumns for columns that are not there or have types that cannot be used."""
    for column, wanted in ((table.user, layout.user_ids), (table.item, layout.item_ids)):
        found = id_kind(file, schema, column)
        if wanted == "integer" and found == "string":
            raise BadParquet(f"{file}: column {column!r} of text, expected whole numbers")
    rating = _type(file, schema, table.rating)
    if not (_is_number(rating) or pa.types.is_null(rating)):
        raise BadParquet(f"{file}: column {table.rating!r} of {rating}, expected numbers")
    if table.timestamp is None:
        return
    time = _type(file, schema, table.timestamp)
    is_time = pa.types.is_integer(time) or pa.types.is_timestamp(time) or pa.types.is_date(time)
    if not (is_time or pa.types.is_null(time)):
        raise BadParquet(f"{file}: column {table.timestamp!r} of {time}, expected timestamps, dates or whole numbers")


def read_parquet(
    source: Source,
    file: str,
    groups: Sequence[int] | None,
    *,
    layout: Layout,
    table: ParquetTable,
    spec: InputSpec,
    with_times: bool,
    rejections: Rejections,
) -> Iterator[RatingBlock]:
    """Rows of some row groups, or of all. Raises BadParquet, UnknownColumns, BadArchive, MissingFile."""
    with open_parquet(source, file) as parquet:
        check_types(file, parquet.schema_arrow, table, layout)
        groups = range(parquet.num_row_groups) if groups is None else groups
        columns = [table.user, table.item, table.rating]
        if with_times and table.timestamp is not None:
            columns.append(table.timestamp)
        checker = _Checker(file, layout, table, spec, rejections)
        sizes = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
        for group in groups:
            row = 1 + sum(sizes[:group])
            for batch in parquet.iter_batches(BATCH_ROWS, row_groups=[group], columns=columns):
                yield checker.block([batch.column(name) for name in columns], row)
                row += batch.num_rows


class _Checker:
    def __init__(self, file: str, layout: Layout, table: ParquetTable, spec: InputSpec, rejections: Rejections) -> None:
        self._file, self._layout, self._table = file, layout, table
        self._lowest, self._highest = spec.scale
        self._rejections = rejections

    def block(self, columns: list[pa.Array], first: int) -> RatingBlock:
        """columns: user, item, rating and, where they are wanted, timestamp. first: the file's row, from 1."""
        n_rows = len(columns[0])
        roles = ("user", "item", "rating", "timestamp")[: len(columns)]
        values = _ratings(columns[2])
        checks = [*self._id_checks("user", columns[0], self._layout.user_ids)]
        checks += self._id_checks("item", columns[1], self._layout.item_ids)
        checks += self._rating_checks(columns[2], values)
        if len(columns) > 3:
            checks.append(_missing("timestamp", columns[3]))
        is_bad = self._reject(checks, dict(zip(roles, columns, strict=True)), first)
        self._rejections.rows += n_rows
        kept = ~is_bad
        if is_bad.any():
            columns = [column.filter(pa.array(kept)) for column in columns]
            values = values[kept]
        times = np.zeros(values.size, np.int64) if len(columns) < 4 else _seconds(columns[3], self._table.times)
        return RatingBlock(
            _ids(columns[0], self._layout.user_ids),
            _ids(columns[1], self._layout.item_ids),
            values,
            times,
            self._file,
            Lines(first, np.flatnonzero(is_bad)),
        )

    def _id_checks(self, role: str, column: pa.Array, kind: str) -> Iterator[Check]:
        yield _missing(role, column)
        column = column.cast(_plain_type(column.type))
        if pa.types.is_integer(column.type):
            numbers = column.fill_null(0).to_numpy()
            is_bad = (numbers < 0) | (numbers > documents.INT64_MAX)
        elif pa.types.is_null(column.type):
            return
        else:
            yield "missing_field", role, pc.equal(column, "").fill_null(False).to_numpy(zero_copy_only=False), ""
            is_long = pc.greater(pc.utf8_length(column), fields.LONGEST_ID)
            is_odd = pc.or_(is_long, pc.match_substring_regex(column, _NOT_IN_ID))
            is_bad = is_odd.fill_null(False).to_numpy(zero_copy_only=False)
        yield "bad_id", role, is_bad, EXPECTED_ID[kind]

    def _rating_checks(self, column: pa.Array, values: NDArray[np.float32]) -> Iterator[Check]:
        expected = expected_rating(self._lowest, self._highest)
        yield _missing("rating", column)
        yield "not_a_number", "rating", np.isnan(values), expected
        is_in_scale = (values >= np.float32(self._lowest)) & (values <= np.float32(self._highest))
        yield "out_of_range", "rating", ~is_in_scale, expected

    def _reject(self, checks: list[Check], columns: dict[str, pa.Array], first: int) -> NDArray[np.bool_]:
        """Which rows are no good; each counts for the first check that it fails."""
        is_bad = np.zeros(len(columns["user"]), np.bool_)
        for reason, role, fails, expected in checks:
            rows = np.flatnonzero(fails & ~is_bad)
            is_bad |= fails
            for row in rows[:SHOWN].tolist():
                value = columns[role][row].as_py()
                excerpt = f"no {role}" if reason == "missing_field" else f"{role} {_shown(value)}"
                self._rejections.add(reason, file=self._file, line=first + row, excerpt=excerpt, expected=expected)
            if rows.size > SHOWN:
                self._rejections.add(reason, count=rows.size - SHOWN)
        return is_bad


def times_in(file: str, parquet: pq.ParquetFile, column: str, sample: int = 200) -> str:
    """What whole numbers in the column count, by its first ones. Raises UnknownColumns."""
    if not pa.types.is_integer(_type(file, parquet.schema_arrow, column)):
        return SECONDS
    for batch in parquet.iter_batches(sample, columns=[column]):
        numbers = batch.column(column).drop_null().to_pylist()
        return times_of([str(number) for number in numbers])
    return SECONDS


def _copied(stream: BinaryIO, opened: contextlib.ExitStack) -> BinaryIO:
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with ``opened``
    opened.enter_context(copy)
    shutil.copyfileobj(stream, copy, _PAGE_BYTES)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _type(file: str, schema: pa.Schema, column: str) -> pa.DataType:
    places = schema.get_all_field_indices(column)
    if len(places) != 1:
        names = fields.listed(schema.names[:12])
        raise UnknownColumns(f"{file}: {len(places) or 'no'} column {column!r}, expected one among {names}")
    return schema.field(places[0]).type


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Of a dictionary that of its values, and of all texts the same."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    return pa.string() if pa.types.is_large_string(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _missing(role: str, column: pa.Array) -> Check:
    return "missing_field", role, column.is_null().to_numpy(zero_copy_only=False), ""


def _ratings(column: pa.Array) -> NDArray[np.float32]:
    """NaN for nulls."""
    if pa.types.is_decimal(column.type) or pa.types.is_null(column.type):
        column = column.cast(pa.float64())
    with np.errstate(over="ignore"):
        return cast("NDArray[np.float32]", column.to_numpy(zero_copy_only=False).astype(np.float32))


def _ids(column: pa.Array, kind: str) -> pa.Array:
    return column.cast(_plain_type(column.type)).cast(pa.int64() if kind == "integer" else pa.string())


def _seconds(column: pa.Array, times: str) -> NDArray[np.int64]:
    """column: without nulls."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return cast("NDArray[np.int64]", column.cast(pa.int64()).to_numpy() // _PER_SECOND[kind.unit])
    if pa.types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()).to_numpy()
        return cast("NDArray[np.int64]", days * _DAY_S)
    numbers = column.cast(pa.int64(), safe=False).to_numpy()
    return cast("NDArray[np.int64]", numbers // 1000 if times == MILLISECONDS else numbers)


def _shown(value: Any) -> str:
    return fields.shown(value) if isinstance(value, str) else repr(value)[:80]
