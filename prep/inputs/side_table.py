"""Files beside the ratings, row by row: small, so that a bad row ends the reading and is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep.errors import EmptyFile, MalformedRow, UnreadableText
from prep.inputs import fields
from prep.inputs.head import read_head
from prep.inputs.names import PARQUET_ENDINGS, stem_and_ending
from prep.inputs.parquet import open_parquet
from prep.inputs.rows import EXPECTED_ID, UTF8_BOM
from prep.sources import Source, open_unpacked

MOST_BYTES: Final = 256 << 20
"""Of one side file, unpacked. MovieLens 32M's has 4 MB."""
_DELIMITERS: Final = ("\t", ",", ";", "|")

TableRow = tuple[str, list[str]]
"""Where the row is, ``file:line``, and its fields."""


def read_text(source: Source, file: str, *, encoding: str | None = None) -> str:
    """The whole file. encoding: without a byte order mark; None for UTF-8 where it is that, else latin-1.

    Raises EmptyFile, UnreadableText, BadArchive, MissingFile.
    """
    with open_unpacked(source, file) as stream:
        read_head(stream, file)
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnreadableText(f"{file}: more than {MOST_BYTES} bytes, expected at most as many")
    if not content.strip():
        raise EmptyFile(f"{file}: empty, expected at least one row")
    has_mark = content.startswith(UTF8_BOM.encode())
    if encoding is not None and not has_mark:
        return content.decode(encoding)
    try:
        return content.decode().removeprefix(UTF8_BOM)
    except UnicodeDecodeError as error:
        if not has_mark:
            return content.decode("latin-1")
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} after a byte order mark"
        raise MalformedRow(f"{file}:{line}: {found}, expected UTF-8, or latin-1 without the mark") from error


def split_rows(text: str, file: str, delimiter: str, width: int) -> Iterator[TableRow]:
    """Rows without quotes and header. Raises MalformedRow for one of another width; blank lines are passed over."""
    # Not splitlines, which takes more for line ends than the file does.
    for number, line in enumerate(text.split("\n"), start=1):
        row = line.removesuffix("\r").split(delimiter)
        if len(row) == width:
            yield f"{file}:{number}", row
        elif line.strip():
            found = f"{len(row)} columns in {fields.shown(line)}"
            raise MalformedRow(f"{file}:{number}: {found}, expected {width} separated by {delimiter}")


def named_rows(source: Source, file: str) -> tuple[list[str], Iterator[TableRow]]:
    """The header's names, and rows of as many fields: of CSV with any delimiter, or of Parquet.

    Raises MalformedRow for a row of another width, EmptyFile, UnreadableText, BadParquet, BadArchive, MissingFile.
    """
    if stem_and_ending(file)[1] in PARQUET_ENDINGS:
        return _parquet_rows(source, file)
    text = read_text(source, file)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = _csv_rows(text, file, delimiter)
    header = next(rows, None)
    if header is None:
        raise EmptyFile(f"{file}: no header, expected the columns' names")
    names = [name.strip() for name in header[1]]
    return names, _of_width(rows, len(names))


def ids_array(ids: Sequence[int | str], kind: str) -> NDArray[Any]:
    """int64 (n,), or <U (n,)."""
    return np.array(ids, np.int64 if kind == "integer" else np.str_)


def parse_id(text: str, kind: str, where: str, role: str) -> int | str:
    """Raises MalformedRow."""
    found = fields.integer_id(text) if kind == "integer" else fields.string_id(text)
    if found is None:
        raise MalformedRow(f"{where}: {role} {fields.shown(text)}, expected {EXPECTED_ID[kind]}")
    return found


def _csv_rows(text: str, file: str, delimiter: str) -> Iterator[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield f"{file}:{reader.line_num}", row
    except csv.Error as error:
        raise MalformedRow(f"{file}:{reader.line_num}: {error}, expected fields separated by {delimiter!r}") from error


def _of_width(rows: Iterator[TableRow], width: int) -> Iterator[TableRow]:
    for where, row in rows:
        if len(row) != width:
            found = f"{len(row)} columns in {fields.shown(','.join(row)[:100])}"
            raise MalformedRow(f"{where}: {found}, expected {width} as in the header")
        yield where, row


def _parquet_rows(source: Source, file: str) -> tuple[list[str], Iterator[TableRow]]:
    with open_parquet(source, file) as parquet:
        names = list(parquet.schema_arrow.names)
        size = sum(parquet.metadata.row_group(group).total_byte_size for group in range(parquet.num_row_groups))
        if size > MOST_BYTES:
            raise UnreadableText(f"{file}: {size} bytes unpacked, expected at most {MOST_BYTES}")
        columns = [column.to_pylist() for column in parquet.read().columns]
    texts = [["" if value is None else _text(value) for value in column] for column in columns]
    rows = (list(row) for row in zip(*texts, strict=True))
    return names, ((f"{file}:{number}", row) for number, row in enumerate(rows, start=1))


def _text(value: Any) -> str:
    """Lists, as of genres, joined by |."""
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)
