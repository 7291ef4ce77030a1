"""Files of ratings → blocks of sound rows; everything else is counted and shown in ``rejections``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from prep.ahead import mapped
from prep.errors import EmptyFile, UnknownColumns
from prep.input_spec import InputSpec
from prep.inputs.block import RatingBlock
from prep.inputs.blocks import LongLine, Span, cut, line_start
from prep.inputs.fields import shown, split
from prep.inputs.head import Head, read_head
from prep.inputs.layout import Layout, ParquetTable, TextTable
from prep.inputs.lines import Lines
from prep.inputs.parquet import open_parquet, read_parquet
from prep.inputs.rejections import Rejections
from prep.inputs.rows import is_header
from prep.inputs.text import Sound, TextParser
from prep.sources import Source, is_gzip, is_slow_to_seek, open_unpacked


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of one file. Picklable.

    start, stop: the lines that start at these bytes; stop None for the file's end. groups: row groups of Parquet.
    """

    file: str
    start: int = 0
    stop: int | None = None
    groups: tuple[int, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the file."""
        return self.start == 0 and self.stop is None and self.groups is None


class RatingsReader:
    """Reads the files of one layout.

    with_times: whether timestamps are parsed; where they are not, bad ones are no reason to reject a row.
    Lines are right where a file is read from its start, as a whole or part by part; a reader that begins later counts
    from line 1, and ``Rejections.merge`` in the order of the parts sets that right.
    """

    def __init__(self, source: Source, layout: Layout, spec: InputSpec, *, with_times: bool = True) -> None:
        self._source, self._layout, self._spec = source, layout, spec
        self._with_times = with_times
        self.rejections = Rejections()

    def parts(self, files: Iterable[str], target_bytes: int) -> list[Part]:
        """Parts of about so many bytes, in order: ranges of plain text, row groups, whole files where packed.

        Raises MissingFile, BadParquet, BadArchive.
        """
        divide = self._row_groups if isinstance(self._layout.table, ParquetTable) else self._ranges
        return [part for file in files for part in divide(file, max(1, target_bytes))]

    def read(self, part: Part | str) -> Iterator[RatingBlock]:
        """The sound rows of a part or a whole file, in order; a block has one row or more.

        Raises EmptyFile for a whole file without a row, unless it is one of several of the ratings; UnreadableText,
        UnknownColumns, BadParquet, BadArchive, MissingFile.
        """
        part = Part(part) if isinstance(part, str) else part
        before = self.rejections.rows
        table = self._layout.table
        blocks = self._parquet(part, table) if isinstance(table, ParquetTable) else self._text(part, table)
        yield from (block for block in blocks if len(block))
        is_one_of_several = part.file in self._layout.ratings and len(self._layout.ratings) > 1
        if part.is_whole and self.rejections.rows == before and not is_one_of_several:
            raise EmptyFile(f"{part.file}: no row, expected at least one")

    def _parquet(self, part: Part, table: ParquetTable) -> Iterator[RatingBlock]:
        return read_parquet(
            self._source,
            part.file,
            part.groups,
            layout=self._layout,
            table=table,
            spec=self._spec,
            with_times=self._with_times,
            rejections=self.rejections,
        )

    def _text(self, part: Part, table: TextTable) -> Iterator[RatingBlock]:
        parser = TextParser(self._layout, table, self._spec, with_times=self._with_times)
        if part.start == 0:
            self.rejections.lines[part.file] = 0
        with open_unpacked(self._source, part.file) as stream:
            size, lines = self._seek(stream, part, table)
            self._advance(part.file, lines)
            for found in mapped(partial(_parsed, parser), (_kept(span) for span in cut(stream, size))):
                yield from self._blocks(part.file, found)

    def _seek(self, stream: BinaryIO, part: Part, table: TextTable) -> tuple[int | None, int]:
        """Go to the part's first row. Returns the bytes to read, None for all, and lines passed over."""
        head = read_head(stream, part.file)
        has_header = table.header is not None
        if has_header:
            _check_header(part.file, head, table)
        rows, lines = head.rows_start(has_header=has_header)
        start = max(rows, line_start(stream, part.start))
        size = None if part.stop is None else max(rows, line_start(stream, part.stop)) - start
        stream.seek(start)
        return size, lines if part.start == 0 else 0

    def _blocks(self, file: str, found: list[Sound] | LongLine) -> Iterator[RatingBlock]:
        if isinstance(found, LongLine):
            excerpt = shown(found.excerpt.decode("utf-8", "backslashreplace"))
            self._reject(file, 0, "line_too_long", f"a line that starts with {excerpt}")
            self.rejections.rows += 1
            self._advance(file, 1)
            return
        for sound in found:
            yield self._block(file, sound)

    def _block(self, file: str, sound: Sound) -> RatingBlock:
        lines = Lines(self.rejections.lines.get(file, 0) + 1, sound.skipped)
        for offset, problem in sound.problems:
            self._reject(file, offset, problem.reason, problem.found, problem.expected)
        self.rejections.rows += sound.values.size + len(sound.problems)
        self._advance(file, sound.n_lines)
        return RatingBlock(sound.users, sound.items, sound.values, sound.times, file, lines)

    def _reject(self, file: str, offset: int, reason: str, found: str, expected: str = "") -> None:
        line = self.rejections.lines.get(file, 0) + 1 + offset
        self.rejections.add(reason, file=file, line=line, excerpt=found, expected=expected)

    def _advance(self, file: str, lines: int) -> None:
        self.rejections.lines[file] = self.rejections.lines.get(file, 0) + lines

    def _ranges(self, file: str, target_bytes: int) -> list[Part]:
        with self._source.open(file) as stream:
            if is_gzip(stream) or is_slow_to_seek(stream):
                return [Part(file)]
        size = self._source.size(file)
        starts = range(0, max(size, 1), target_bytes)
        if len(starts) == 1:
            return [Part(file)]
        return [Part(file, start, start + target_bytes if start + target_bytes < size else None) for start in starts]

    def _row_groups(self, file: str, target_bytes: int) -> list[Part]:
        with open_parquet(self._source, file) as parquet:
            sizes = [parquet.metadata.row_group(group).total_byte_size for group in range(parquet.num_row_groups)]
        parts: list[list[int]] = []
        filled = target_bytes
        for group, size in enumerate(sizes):
            if filled >= target_bytes:
                parts.append([])
                filled = 0
            parts[-1].append(group)
            filled += size
        return [Part(file, groups=tuple(groups)) for groups in parts] if len(parts) > 1 else [Part(file)]


def _check_header(file: str, head: Head, table: TextTable) -> None:
    lines = head.lines or ([] if head.is_whole else [head.content])
    if not lines:
        return
    texts = split(lines[0], table.delimiter.encode(), quotes=table.quotes)
    if texts is None or not is_header(texts, table.header or ()):
        found = shown(lines[0].decode("utf-8", "replace"))
        raise UnknownColumns(f"{file}: first line {found}, expected the header {','.join(table.header or ())}")


def _kept(span: Span | LongLine) -> Span | LongLine:
    """The same in a buffer of its own, for the next one is read while it is parsed."""
    return Span(bytearray(span.view), 0, len(span)) if isinstance(span, Span) else span


def _parsed(parser: TextParser, span: Span | LongLine) -> list[Sound] | LongLine:
    """Several at a time: Arrow parses without the interpreter."""
    return list(parser.parse(span)) if isinstance(span, Span) else span
