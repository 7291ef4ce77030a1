"""Lines of text, against plain Python: every row that should be there, and for every other its reason and its line."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prep.inputs import Columns, InputSpec, RatingsReader, Rejections, blocks, detect, text
from prep.inputs.layout import Layout, TextTable
from prep.inputs.rows import Problem, Row, RowChecker
from prep.inputs.text import TextParser
from prep.sources import open_source
from tests.prep.inputs.reading import Rating, folder, read, read_as

STARS = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
HEADER = ["userId", "movieId", "rating", "timestamp"]
Line = tuple[list[str], Rating | str | None]
"""Fields, and what they are: a rating, a reason to reject them, or nothing at all."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that short files have many blocks, and lines that are too long."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 256)
    monkeypatch.setattr(blocks, "LONGEST_LINE_BYTES", 100)
    monkeypatch.setattr(text, "ARROW_BLOCK_BYTES", 128)
    monkeypatch.setattr(text, "SMALL_BYTES", 64)


def _number(value: float) -> str:
    return f"{value:g}"


def good() -> st.SearchStrategy[Line]:
    row = st.tuples(
        st.integers(0, 2**63 - 1), st.integers(0, 300), st.sampled_from(STARS), st.integers(-(2**40), 2**40)
    )
    return row.map(lambda row: ([str(row[0]), str(row[1]), _number(row[2]), str(row[3])], row))


BAD: list[Line] = [
    ([], None),
    (["   "], None),
    (["1", "2", "3"], "missing_field"),
    (["", "2", "3", "4"], "missing_field"),
    (["1", "2", "", "4"], "missing_field"),
    (["1", "2", "3", ""], "missing_field"),
    (["1", "2", "3", "4", "5"], "too_many_fields"),
    (["1", "2", "x", "4"], "not_a_number"),
    (["1", "2", "nan", "4"], "not_a_number"),
    (["1", "2", "3_0", "4"], "not_a_number"),
    (["1", "2", "-1", "4"], "out_of_range"),
    (["1", "2", "5.5", "4"], "out_of_range"),
    (["1", "2", "1e400", "4"], "out_of_range"),
    (["-1", "2", "3", "4"], "bad_id"),
    (["1.5", "2", "3", "4"], "bad_id"),
    (["0x1F", "2", "3", "4"], "bad_id"),
    (["1", str(2**63), "3", "4"], "bad_id"),
    (["1", "2\0", "3", "4"], "bad_id"),
    (["1", "2", "3", "yesterday"], "bad_timestamp"),
    (["1", "2", "3", "4.5"], "bad_timestamp"),
    (["1", "2", "3", "0x4"], "bad_timestamp"),
    (["1" * 101, "2", "3", "4"], "line_too_long"),
    (["1", "2", "3", "4" * 300], "line_too_long"),
]
QUOTED: list[Line] = [
    (['"1"', '"2"', '"3"', '"4"'], (1, 2, 3.0, 4)),
    (['"1', "2", "3", "4"], "unclosed_quote"),
    (["1", "2", "3", '"4'], "unclosed_quote"),
]
LINES = st.lists(st.one_of(good(), good(), good(), st.sampled_from(BAD)), min_size=1, max_size=60)


def written(lines: list[Line], *, delimiter: str, newline: str, header: bool, bom: bool, ended: bool) -> bytes:
    rows = ([HEADER] if header else []) + [fields for fields, _ in lines]
    whole = newline.join(delimiter.join(row) for row in rows) + (newline if ended else "")
    return (b"\xef\xbb\xbf" if bom else b"") + whole.encode()


def expected(lines: list[Line], first: int) -> tuple[list[Rating], list[int], Counter[str]]:
    """Rows, the line of each, and reasons."""
    sound = [(what, line) for line, (_, what) in enumerate(lines, first) if isinstance(what, tuple)]
    reasons = Counter(what for _, what in lines if isinstance(what, str))
    return [row for row, _ in sound], [line for _, line in sound], reasons


@given(
    lines=LINES,
    delimiter=st.sampled_from([",", "\t", ";", "|", "::"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    header=st.booleans(),
    bom=st.booleans(),
    ended=st.booleans(),
    pack=st.sampled_from(["plain", "gzip", "zip"]),
    data=st.data(),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_read_or_rejected_with_its_line(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[Line],
    delimiter: str,
    newline: str,
    header: bool,
    bom: bool,
    ended: bool,
    pack: str,
    data: st.DataObject,
) -> None:
    if delimiter != "::":
        lines = [*lines, *data.draw(st.lists(st.sampled_from(QUOTED), max_size=3)), *lines[:5]]
    if header and data.draw(st.booleans()):
        lines = [*lines, (HEADER, "repeated_header"), *lines[:3]]
    lines = [(["1", "2", "3", "4"], (1, 2, 3.0, 4)), *lines]
    content = written(lines, delimiter=delimiter, newline=newline, header=header, bom=bom, ended=ended)
    place = tmp_path_factory.mktemp("set")
    name = "ratings.txt.gz" if pack == "gzip" else "ratings.txt"
    source = folder(place / "x", {name: gzip.compress(content) if pack == "gzip" else content})
    if pack == "zip":
        with zipfile.ZipFile(place / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x/ratings.txt", content)
        source = open_source(place / "x.zip")
    positions = Columns(user=0, item=1, rating=2, timestamp=3, delimiter=delimiter, header=header)
    spec = InputSpec(columns=positions)
    layout = detect(source, spec)
    assert isinstance(layout.table, TextTable)
    layout = integer_layout(layout, header=header, delimiter=delimiter)
    found = read_as(source, layout, spec, [name])
    rows, at, reasons = expected(lines, 2 if header else 1)
    assert found.rows == rows
    assert found.places == [(name, line) for line in at]
    assert Counter(found.reasons) == reasons
    bad_lines = {line for line, (_, what) in enumerate(lines, 2 if header else 1) if isinstance(what, str)}
    examples = [example for reason in reasons for example in found.rejections.examples(reason)]
    assert {example.line for example in examples} <= bad_lines
    assert len(examples) == sum(min(count, 5) for count in reasons.values())


def integer_layout(layout: Layout, *, header: bool, delimiter: str) -> Layout:
    """What was found in most files; in one of mostly bad rows a few of them decide."""
    table = TextTable(
        delimiter=delimiter,
        width=4,
        user=0,
        item=1,
        rating=2,
        timestamp=3,
        header=tuple(HEADER) if header else None,
        quotes=delimiter != "::",
    )
    return Layout(format=layout.format, how=layout.how, ratings=layout.ratings, table=table)


@given(
    lines=LINES,
    newline=st.sampled_from(["\n", "\r\n"]),
    header=st.booleans(),
    bom=st.booleans(),
    ended=st.booleans(),
    size=st.integers(1, 400),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_give_together_exactly_what_the_whole_gives(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[Line],
    newline: str,
    header: bool,
    bom: bool,
    ended: bool,
    size: int,
) -> None:
    lines = [(["1", "2", "3", "4"], (1, 2, 3.0, 4)), *lines, (HEADER, "repeated_header" if header else "bad_id")]
    content = written(lines, delimiter=",", newline=newline, header=header, bom=bom, ended=ended)
    source = folder(tmp_path_factory.mktemp("set"), {"ratings.csv": content})
    spec = InputSpec(columns=Columns(user=0, item=1, rating=2, timestamp=3, header=header))
    layout = integer_layout(detect(source, spec), header=header, delimiter=",")
    whole = read_as(source, layout, spec, ["ratings.csv"])
    parts = RatingsReader(source, layout, spec).parts(["ratings.csv"], size)
    assert len(parts) == -(-len(content) // size)
    one_after_the_other = read_as(source, layout, spec, parts)
    assert one_after_the_other.rows == whole.rows
    assert one_after_the_other.places == whole.places
    assert one_after_the_other.rejections.as_json() == whole.rejections.as_json()

    apart = [read_as(source, layout, spec, [part]) for part in parts]
    merged = Rejections()
    for piece in apart:
        merged.merge(piece.rejections)
    assert [row for piece in apart for row in piece.rows] == whole.rows
    assert merged.as_json() == whole.rejections.as_json()
    assert merged.lines == whole.rejections.lines


LETTERS = st.text('0123456789+-.eExXnaif_ \t"\r\0é:,', max_size=6)


@given(rows=st.lists(st.lists(LETTERS, min_size=3, max_size=5), max_size=8), delimiter=st.sampled_from([",", "::"]))
@example(rows=[["1", "2", "3", "4"], ["5", '"6', "1", "2"]], delimiter=",")
@example(rows=[["1", "2", "3", '"4']], delimiter=",")
@example(rows=[["1", "2", "+3", "4"], ["0x1f", "2", "3", "4"]], delimiter=",")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["integer", "string"])
@pytest.mark.parametrize("with_times", [True, False])
def test_at_speed_and_line_by_line_agree(rows: list[list[str]], delimiter: str, kind: str, with_times: bool) -> None:
    table = TextTable(
        delimiter=delimiter, width=4, user=0, item=1, rating=2, timestamp=3, header=None, quotes=delimiter == ","
    )
    layout = Layout(format="csv", how="", ratings=("x",), table=table, user_ids=kind, item_ids=kind)
    content = "\n".join(delimiter.join(row) for row in rows).encode()
    if not content:
        return
    checker = RowChecker(layout, table, InputSpec(), with_times=with_times)
    by_line = [checker.check(line.removesuffix(b"\r")) for line in content.removesuffix(b"\n").split(b"\n")]
    parser = TextParser(layout, table, InputSpec(), with_times=with_times)
    found = list(parser.parse(blocks.Span(bytearray(content), 0, len(content))))
    columns = [(s.users.to_pylist(), s.items.to_pylist(), s.values.tolist(), s.times.tolist()) for s in found]
    assert [row for four in columns for row in zip(*four, strict=True)] == [row for row in by_line if type(row) is Row]
    assert [problem for s in found for _, problem in s.problems] == [row for row in by_line if type(row) is Problem]


ID = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(
    rows=st.lists(st.tuples(ID, ID, st.sampled_from(STARS), st.text("ab,\"' é", max_size=9)), min_size=1, max_size=40),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    delimiter=st.sampled_from(",;|\t"),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_ids_in_quotes_are_what_python_wrote(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, float, str]],
    quoting: int,
    delimiter: str,
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["note", "item", "stars", "user"])
    writer.writerows([(note, item, stars, user) for user, item, stars, note in rows])
    source = folder(tmp_path_factory.mktemp("set"), {"my.csv": stream.getvalue()})
    spec = InputSpec(columns=Columns(user_ids="string", item_ids="string", delimiter=delimiter))
    found = read(source, spec)
    assert found.rows == [(user, item, stars, 0) for user, item, stars, _ in rows]
    assert found.places == [("my.csv", line) for line in range(2, len(rows) + 2)]
