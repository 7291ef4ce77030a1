"""Text of any length is cut at its lines, in memory that does not grow with it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prep.inputs import InputSpec, RatingsReader, blocks, detect
from tests.prep.inputs.reading import Rating, folder, read, rows_of
from tests.prep.inputs.test_text import STARS


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that short contents have many blocks, and lines that are too long; large files undo it."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 256)
    monkeypatch.setattr(blocks, "LONGEST_LINE_BYTES", 100)


def spans(content: bytes, size: int | None = None) -> Iterator[bytes | None]:
    """Lines as the cutter gives them; None for one too long."""
    for span in blocks.cut(io.BytesIO(content), size):
        if isinstance(span, blocks.LongLine):
            yield None
        else:
            assert len(span) <= blocks.BLOCK_BYTES
            yield from bytes(span.view).split(b"\n")[:-1] if bytes(span.view).endswith(b"\n") else span.lines()


@given(lengths=st.lists(st.integers(0, 700), max_size=40), ended=st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_cut_whole_and_long_ones_left_out(lengths: list[int], ended: bool) -> None:
    lines = [bytes([65 + place % 26]) * length for place, length in enumerate(lengths)]
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    wanted = content.split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    assert list(spans(content)) == [line if len(line) <= 100 else None for line in wanted]


def test_a_long_line_takes_no_memory_and_no_row_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    import tracemalloc

    content = b"userId,movieId,rating,timestamp\n1,2,3,4\n" + b"9" * 10_000_000 + b"\n5,6,4.5,7\n"
    source = folder(tmp_path, {"ratings.csv": content})
    del content
    tracemalloc.start()
    found = read(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.rows == [(1, 2, 3.0, 4), (5, 6, 4.5, 7)]
    assert found.places == [("ratings.csv", 2), ("ratings.csv", 4)]
    assert found.reasons == {"line_too_long": 1}
    assert found.shown()[0].startswith("ratings.csv:3: a line that starts with '9999")
    assert peak < 6_000_000


def test_rows_of_a_large_file_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks of the real size, more of them than one, and a bad row in the middle."""
    monkeypatch.undo()
    rows = [(user, user * 7 % 1000, STARS[user % 10], user) for user in range(600_000)]
    lines = [f"{user},{item},{value:g},{time}" for user, item, value, time in rows]
    lines[300_000] = "oops"
    source = folder(tmp_path, {"ratings.csv": "userId,movieId,rating,timestamp\n" + "\n".join(lines)})
    layout = detect(source, InputSpec())
    reader = RatingsReader(source, layout, InputSpec())
    found = list(reader.read("ratings.csv"))
    del rows[300_000]
    assert [row for block in found for row in rows_of(block)] == rows
    assert found[-1].line(len(found[-1]) - 1) == 600_001
    assert str(reader.rejections.examples("missing_field")[0]) == (
        "ratings.csv:300002: 1 field in 'oops', expected 4 separated by ,"
    )


def test_rows_between_many_bad_ones_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sifted a block at a time: sound ones, ones that only a closer look finds sound, and bad ones, in their order."""
    monkeypatch.undo()
    rows: list[Rating] = [(user, user % 100, STARS[user % 10], user) for user in range(100_000)]
    lines = [f"{user},{item},{value:g},{time}" for user, item, value, time in rows]
    for place in range(0, 100_000, 50):
        user, item, value, time = rows[place]
        lines[place] = f" {user},0{item},+{value:.3f}e0,{time} "
        lines[place + 7] += ",more"
        lines[place + 8] = f"{user},{item},9,{time}"
        lines[place + 9] = ""
    found = read(folder(tmp_path, {"ratings.csv": "userId,movieId,rating,timestamp\r\n" + "\r\n".join(lines)}))
    sound = [place for place in range(100_000) if place % 50 not in {7, 8, 9}]
    assert found.rows == [rows[place] for place in sound]
    assert found.places == [("ratings.csv", place + 2) for place in sound]
    assert found.reasons == {"too_many_fields": 2000, "out_of_range": 2000}
    assert [example.line for example in found.rejections.examples("out_of_range")] == [10, 60, 110, 160, 210]


def test_a_reader_that_is_left_early_ends(tmp_path: Path) -> None:
    source = folder(tmp_path, {"ratings.csv": "userId,movieId,rating,timestamp\n" + "1,2,3,4\n" * 1000})
    reader = RatingsReader(source, detect(source, InputSpec()), InputSpec())
    for block in reader.read("ratings.csv"):
        assert len(block)
        break
