"""Lines of text → columns, by Arrow; only lines that it cannot take or that are not sound are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from prep.input_spec import InputSpec
from prep.inputs import fields
from prep.inputs.blocks import Span
from prep.inputs.layout import DATES, MILLISECONDS, ZONED_DATES, Layout, TextTable
from prep.inputs.rows import Problem, Row, RowChecker

ARROW_BLOCK_BYTES: Final = 1 << 20
"""What Arrow takes at a time."""
SMALL_BYTES: Final = 1 << 16
"""Lines around one that is not sound that are looked at one by one with it."""
_MICROSECONDS: Final = 1_000_000
_NO_TIMES: Final = np.zeros(0, np.int64)


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
        self._names, self._places = _arrow_columns(table)
        self._types = self._arrow_types()

    def parse(self, span: Span) -> Iterator[Sound]:
        """All rows of the lines, in their order."""
        whole = self._at_speed(span)
        if whole is not None:
            yield from whole
            return
        for piece in span.pieces(SMALL_BYTES):
            yield from self._at_speed(piece) or [self._one_by_one(piece)]

    def _at_speed(self, span: Span) -> list[Sound] | None:
        """None where some line is not a sound row."""
        if b"\0" in span or span.has_lone_cr():
            return None  # Arrow takes a CR for a line end, here it is none
        has_quotes = self._table.quotes and fields.QUOTE in span
        # Arrow reads 0x1F as 31.
        is_hexadecimal = (b"x" in span or b"X" in span) and (b"0x" in span or b"0X" in span)
        try:
            table = self._read(span, has_quotes=has_quotes, is_hexadecimal=is_hexadecimal)
        except pa.ArrowInvalid:
            return None
        if has_quotes and not self._is_row_a_line(span, table.num_rows):
            return None
        sound = [self._sound(batch) for batch in table.to_batches()]
        return None if any(one is None for one in sound) else [one for one in sound if one is not None]

    def _read(self, span: Span, *, has_quotes: bool, is_hexadecimal: bool) -> pa.Table:
        types = self._types
        if is_hexadecimal:
            types = {name: pa.string() if pa.types.is_integer(kind) else kind for name, kind in types.items()}
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(span.view)),
            # Each of Arrow's own blocks may end within a quote, so that with quotes there is only one.
            read_options=csv.ReadOptions(
                column_names=self._names,
                block_size=len(span) + 1 if has_quotes else ARROW_BLOCK_BYTES,
                # The caller reads ahead in a thread of its own; Arrow's would only divide what one does faster.
                use_threads=False,
            ),
            # A blank line is a row without fields rather than none: a row is a line.
            parse_options=csv.ParseOptions(
                delimiter=self._table.delimiter[0],
                quote_char=self._table.quotes and '"',
                ignore_empty_lines=False,
            ),
            # An empty field is a null, to be found below.
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[""], strings_can_be_null=False
            ),
        )
        return _without_hexadecimal(table, self._types) if is_hexadecimal else table

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
        columns = [batch.column(place) for place in range(batch.num_columns)]
        gaps = columns[len(self._places) :]  # of ``::``, which are null throughout
        columns = columns[: len(self._places)]
        if any(column.null_count for column in columns) or any(gap.null_count != len(gap) for gap in gaps):
            return None
        users, items = columns[0], columns[1]
        if not (_are_ids(users) and _are_ids(items)):
            return None
        values: NDArray[np.float32] = columns[2].to_numpy()
        if values.size and not (values.min() >= self._lowest and values.max() <= self._highest):  # NaN fails
            return None
        times = self._seconds(columns[3]) if self._has_times else np.zeros(values.size, np.int64)
        return Sound(users, items, values, times, values.size, _NO_TIMES, [])

    def _seconds(self, column: pa.Array) -> NDArray[np.int64]:
        if self._table.times in {DATES, ZONED_DATES}:
            column = column.cast(pa.int64())
            return np.asarray(column.to_numpy() // _MICROSECONDS, np.int64)
        numbers: NDArray[np.int64] = column.to_numpy()
        return numbers // 1000 if self._table.times == MILLISECONDS else numbers

    def _one_by_one(self, span: Span) -> Sound:
        rows: list[Row] = []
        skipped: list[int] = []
        problems: list[tuple[int, Problem]] = []
        lines = span.lines()
        for offset, line in enumerate(lines):
            found = self._checker.check(line)
            if isinstance(found, Row):
                rows.append(found)
                continue
            skipped.append(offset)
            if found is not None:
                problems.append((offset, found))
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
        table, layout = self._table, self._layout
        kinds = [_id_type(layout.user_ids), _id_type(layout.item_ids), pa.float32()]
        if self._has_times:
            kinds.append(fields.date_type(table.times) if table.times in {DATES, ZONED_DATES} else pa.int64())
        else:
            self._places = self._places[:3]
        types = {self._names[place]: kind for place, kind in zip(self._places, kinds, strict=True)}
        gaps = self._names[1::2] if table.is_double_colon else []
        return types | dict.fromkeys(gaps, pa.null())


def _arrow_columns(table: TextTable) -> tuple[list[str], list[int]]:
    """A name for each of Arrow's columns, and the places of user, item, rating and timestamp among them.

    ``::`` is read as ``:`` with a column that has to be empty between each two.
    """
    step = 2 if table.is_double_colon else 1
    names = [str(place) for place in range(step * (table.width - 1) + 1)]
    places = (table.user, table.item, table.rating, table.timestamp)
    return names, [step * place for place in places if place is not None]


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
