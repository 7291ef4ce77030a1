"""Lines of text → columns, by Arrow; only lines that it cannot take or that are not sound are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from prep.input_spec import DOUBLE_COLON, InputSpec
from prep.inputs import fields
from prep.inputs.blocks import Span
from prep.inputs.layout import DATES, MILLISECONDS, ZONED_DATES, Layout, TextTable
from prep.inputs.rows import Problem, Row, RowChecker
from prep.inputs.sift import sift

ARROW_BLOCK_BYTES: Final = 1 << 20
"""What Arrow takes at a time."""
SMALL_BYTES: Final = 1 << 16
"""Lines around one that is not sound that are looked at one by one with it."""
_MARK: Final = b"\x01"
_MICROSECONDS: Final = 1_000_000
_NO_LINES: Final = np.zeros(0, np.int64)


class Sound(NamedTuple):
    """Rows of ``n_lines`` lines. skipped: offsets of lines that are no row. problems: with their offsets."""

    users: pa.Array
    items: pa.Array
    values: NDArray[np.float32]
    times: NDArray[np.int64]
    n_lines: int
    skipped: NDArray[np.int64]
    problems: list[tuple[int, Problem]]


class TextParser:
    """The rules of one table."""

    def __init__(self, layout: Layout, table: TextTable, spec: InputSpec, *, with_times: bool) -> None:
        self._layout, self._table = layout, table
        self._has_times = with_times and table.timestamp is not None
        self._checker = RowChecker(layout, table, spec, with_times=with_times)
        self._lowest, self._highest = map(np.float32, spec.scale)
        self._names = [str(place) for place in range(table.width)]
        self._types = self._arrow_types()

    def parse(self, span: Span) -> Iterator[Sound]:
        """All rows of the lines, in their order."""
        for piece in span.pieces(ARROW_BLOCK_BYTES):  # which stay in the cache while they are looked at and parsed
            found = self._at_speed(piece) or self._sifted(piece)
            if found is not None:
                yield from found
                continue
            for small in piece.pieces(SMALL_BYTES):
                yield from self._at_speed(small) or [self._one_by_one(small)]

    def _at_speed(self, span: Span) -> list[Sound] | None:
        """None where some line is not a sound row."""
        lowest, highest = span.extent()
        if self._is_odd(span, lowest):
            return None
        has_quotes = self._table.quotes and fields.QUOTE in span
        # Arrow reads 0x1F as 31.
        is_hexadecimal = highest >= ord("X") and (b"0x" in span or b"0X" in span)
        try:
            table = self._read(span, has_quotes=has_quotes, is_hexadecimal=is_hexadecimal)
        except pa.ArrowInvalid:
            return None
        if has_quotes and not self._is_row_a_line(span, table.num_rows):
            return None
        sound = [self._sound(batch) for batch in table.to_batches()]
        return None if any(one is None for one in sound) else [one for one in sound if one is not None]

    def _sifted(self, span: Span) -> list[Sound] | None:
        """Rows that are sound beyond doubt at once, and all others one by one. None where a row may not be a line."""
        if self._is_odd(span, span.extent()[0]) or (self._table.quotes and fields.QUOTE in span):
            return None
        lines = span.lines()
        delimiter, gaps = self._table.delimiter.encode(), self._table.width - 1
        places = [place for place, line in enumerate(lines) if line.count(delimiter) == gaps]
        content = b"\n".join([lines[place] for place in places])
        try:
            texts = self._read_as(content, dict.fromkeys(self._types, pa.string()))
            sure, is_sure = sift(texts, self._types, self._lowest, self._highest)
        except pa.ArrowInvalid:  # nothing left, no UTF-8, or no date of the calendar
            return None
        return [self._with_others(lines, np.array(places, np.int64), sure, is_sure)]

    def _with_others(
        self, lines: list[bytes], places: NDArray[np.int64], table: pa.Table, is_sure: NDArray[np.bool_]
    ) -> Sound:
        """table: the sure ones of the rows on the lines ``places``."""
        sure = places[is_sure]
        is_other = np.ones(len(lines), np.bool_)
        is_other[sure] = False
        others = self._checked(lines, np.flatnonzero(is_other).tolist())
        columns = [column.combine_chunks() for column in table.columns]
        found = self._of_columns(columns, len(lines))
        if not others.values.size:
            return found._replace(skipped=others.skipped, problems=others.problems)
        at = np.concatenate((sure, np.setdiff1d(np.flatnonzero(is_other), others.skipped)))
        order = np.argsort(at)
        return Sound(
            pa.concat_arrays([found.users, others.users]).take(pa.array(order)),
            pa.concat_arrays([found.items, others.items]).take(pa.array(order)),
            np.concatenate((found.values, others.values))[order],
            np.concatenate((found.times, others.times))[order],
            len(lines),
            others.skipped,
            others.problems,
        )

    def _is_odd(self, span: Span, lowest: int) -> bool:
        """Whether it has NUL, the lowest of bytes; or a lone CR, which Arrow takes for a line end, here it is none."""
        is_marked = self._table.is_double_colon and lowest <= ord(_MARK) and _MARK in span
        return is_marked or lowest == 0 or span.has_lone_cr()

    def _read(self, span: Span, *, has_quotes: bool, is_hexadecimal: bool) -> pa.Table:
        if not is_hexadecimal:
            return self._read_as(span.view, self._types, has_quotes=has_quotes)
        types = {name: pa.string() if pa.types.is_integer(kind) else kind for name, kind in self._types.items()}
        return _without_hexadecimal(self._read_as(span.view, types, has_quotes=has_quotes), self._types)

    def _read_as(
        self, content: bytes | memoryview, types: dict[str, pa.DataType], *, has_quotes: bool = False
    ) -> pa.Table:
        block_bytes = len(content) + 1 if has_quotes else ARROW_BLOCK_BYTES  # each may end within a quote
        delimiter = self._table.delimiter
        if self._table.is_double_colon:  # Arrow knows delimiters of one character only
            content, delimiter = bytes(content).replace(DOUBLE_COLON.encode(), _MARK), _MARK.decode()
        return csv.read_csv(
            pa.BufferReader(pa.py_buffer(content)),
            # The caller has threads of its own; Arrow's would only divide what one does faster.
            read_options=csv.ReadOptions(column_names=self._names, block_size=block_bytes, use_threads=False),
            # A blank line is a row without fields rather than none: a row is a line.
            parse_options=csv.ParseOptions(
                delimiter=delimiter, quote_char=has_quotes and '"', ignore_empty_lines=False
            ),
            # An empty field is a null, to be found below.
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[""], strings_can_be_null=False
            ),
        )

    def _is_row_a_line(self, span: Span, rows: int) -> bool:
        """Whether no quote goes on over a line end."""
        ends = span.count(b"\n")
        last = span.buffer.rfind(b"\n", span.start, span.stop - 1) + 1 or span.start
        is_ended = span.buffer[span.stop - 1] == ord("\n")
        line = bytes(span.buffer[last : span.stop])
        is_closed = fields.split(line, self._table.delimiter.encode(), quotes=True) is not None
        return is_closed and rows == ends + (not is_ended)

    def _sound(self, batch: pa.RecordBatch) -> Sound | None:
        """None where a value is missing, or none that may be."""
        columns = batch.columns
        if any(column.null_count for column in columns) or not all(map(_are_ids, columns[:2])):
            return None
        values: NDArray[np.float32] = columns[2].to_numpy()
        if values.size and not (values.min() >= self._lowest and values.max() <= self._highest):  # NaN fails
            return None
        return self._of_columns(columns, values.size)

    def _of_columns(self, columns: Sequence[pa.Array], n_lines: int) -> Sound:
        """columns: of sound values."""
        values: NDArray[np.float32] = columns[2].to_numpy()
        times = self._seconds(columns[3]) if self._has_times else np.zeros(values.size, np.int64)
        return Sound(columns[0], columns[1], values, times, n_lines, _NO_LINES, [])

    def _seconds(self, column: pa.Array) -> NDArray[np.int64]:
        if self._table.times in {DATES, ZONED_DATES}:
            column = column.cast(pa.int64())
            return np.asarray(column.to_numpy() // _MICROSECONDS, np.int64)
        numbers: NDArray[np.int64] = column.to_numpy()
        return numbers // 1000 if self._table.times == MILLISECONDS else numbers

    def _one_by_one(self, span: Span) -> Sound:
        lines = span.lines()
        return self._checked(lines, range(len(lines)))

    def _checked(self, lines: list[bytes], places: Iterable[int]) -> Sound:
        """Only the lines at these places."""
        rows: list[Row] = []
        skipped: list[int] = []
        problems: list[tuple[int, Problem]] = []
        for place in places:
            found = self._checker.check(lines[place])
            if isinstance(found, Row):
                rows.append(found)
                continue
            skipped.append(place)
            if found is not None:
                problems.append((place, found))
        users, items, values, times = zip(*rows, strict=True) if rows else ((), (), (), ())
        return Sound(
            pa.array(users, _id_type(self._layout.user_ids)),
            pa.array(items, _id_type(self._layout.item_ids)),
            np.array(values, np.float32),
            np.array(times, np.int64),
            len(lines),
            np.array(skipped, np.int64),
            problems,
        )

    def _arrow_types(self) -> dict[str, pa.DataType]:
        """Of user, item, rating and, where it is wanted, timestamp, by their names for Arrow."""
        table, layout = self._table, self._layout
        types = {
            self._names[table.user]: _id_type(layout.user_ids),
            self._names[table.item]: _id_type(layout.item_ids),
            self._names[table.rating]: pa.float32(),
        }
        if self._has_times and table.timestamp is not None:
            is_date = table.times in {DATES, ZONED_DATES}
            types[self._names[table.timestamp]] = fields.date_type(table.times) if is_date else pa.int64()
        return types


def _id_type(kind: str) -> pa.DataType:
    return pa.int64() if kind == "integer" else pa.string()


def _are_ids(column: pa.Array) -> bool:
    """Of whole numbers none below 0, of texts none empty or too long; NUL and line ends were looked for before."""
    if not len(column):
        return True
    if pa.types.is_integer(column.type):
        return bool(column.to_numpy().min() >= 0)
    lengths = pc.binary_length(column).to_numpy()
    if lengths.min() < 1:
        return False
    return bool(lengths.max() <= fields.LONGEST_ID or pc.utf8_length(column).to_numpy().max() <= fields.LONGEST_ID)


def _without_hexadecimal(table: pa.Table, types: dict[str, pa.DataType]) -> pa.Table:
    """Columns of whole numbers that were read as text. Raises ArrowInvalid where some is not written in digits."""
    for place, (name, kind) in enumerate(types.items()):
        if not pa.types.is_integer(kind):
            continue
        texts = table.column(place)
        if pc.any(pc.match_substring_regex(texts, "[^0-9-]")).as_py():
            raise pa.ArrowInvalid("a whole number that is not written in digits")
        table = table.set_column(place, name, texts.cast(kind))
    return table
