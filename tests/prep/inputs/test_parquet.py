"""Parquet, against Python lists."""

from __future__ import annotations

import datetime as dt
import io
import math
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prep.errors import BadArchive, BadParquet, EmptyFile, UnknownColumns
from prep.inputs import Columns, InputSpec, RatingsReader, Rejections, detect, read_items, read_users
from prep.sources import open_source
from tests.prep.inputs.reading import Rating, folder, read, read_as


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


IDS = st.one_of(st.integers(0, 2**63 - 1), st.just(-1), st.none())
VALUES = st.one_of(st.sampled_from([0.5, 3.0, 5.0]), st.sampled_from([0.0, 5.5, float("nan"), float("inf")]), st.none())
ROW = st.tuples(IDS, st.one_of(st.text(max_size=4), st.just("x" * 129), st.none()), VALUES, st.integers(0, 2**40))


def judged(row: tuple[Any, Any, Any, Any]) -> Rating | str:
    """The row, or the first reason against it."""
    user, item, value, _ = row
    reasons = {
        "no user": user is None and "missing_field",
        "user": user is not None and user < 0 and "bad_id",
        "no item": not item and "missing_field",
        "item": item is not None and (len(item) > 128 or bool(set(item) & set("\0\r\n"))) and "bad_id",
        "no rating": value is None and "missing_field",
        "rating": value is not None and math.isnan(value) and "not_a_number",
        "scale": value is not None and not 0.5 <= value <= 5 and "out_of_range",
    }
    return next((reason for reason in reasons.values() if reason), row)


@given(rows=st.lists(ROW, min_size=1, max_size=50), group=st.integers(1, 20), size=st.integers(1, 3000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_and_reasons_whole_and_in_parts(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, Any, Any, Any]], group: int, size: int
) -> None:
    users, items, values, times = zip(*rows, strict=True)
    table = {
        "other": pa.array(["x"] * len(rows)),
        "userId": pa.array(users, pa.int64()),
        "item": pa.array(items, pa.string()),
        "stars": pa.array(values, pa.float64()),
        "ts": pa.array(times, pa.int64()),
    }
    source = folder(tmp_path_factory.mktemp("set"), {"mine.parquet": parquet(table, row_group_size=group)})
    layout = detect(source, InputSpec())
    assert (layout.format, layout.user_ids, layout.item_ids) == ("parquet", "integer", "string")
    whole = read_as(source, layout, InputSpec(), ["mine.parquet"])
    verdicts = [judged(row) for row in rows]
    is_millis = np.median(times) > 1e11
    seconds = [(u, i, v, t // 1000 if is_millis else t) for u, i, v, t in (row for row in verdicts if row in rows)]
    assert whole.rows == seconds
    assert whole.places == [("mine.parquet", 1 + at) for at, what in enumerate(verdicts) if not isinstance(what, str)]
    assert Counter(whole.reasons) == Counter(what for what in verdicts if isinstance(what, str))

    parts = RatingsReader(source, layout, InputSpec()).parts(["mine.parquet"], size)
    apart = [read_as(source, layout, InputSpec(), [part]) for part in parts]
    merged = Rejections()
    for piece in apart:
        merged.merge(piece.rejections)
    assert [row for piece in apart for row in piece.rows] == whole.rows
    assert [place for piece in apart for place in piece.places] == whole.places
    assert merged.counts == whole.rejections.counts
    assert {e.line for e in merged.examples("bad_id")} <= {
        1 + at for at, what in enumerate(verdicts) if what == "bad_id"
    }


NOON = dt.datetime(2015, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        (pa.array([NOON], pa.timestamp("ns", "UTC")), int(NOON.timestamp())),
        (pa.array([NOON.replace(tzinfo=None)], pa.timestamp("ms")), int(NOON.timestamp())),
        (pa.array([NOON.date()], pa.date32()), int(NOON.timestamp()) - 12 * 3600),
        (pa.array([5], pa.uint32()), 5),
        (pa.array([1425168000123], pa.int64()), 1425168000),
    ],
)
def test_moments_of_any_type_become_seconds(tmp_path: Path, times: pa.Array, seconds: int) -> None:
    content = parquet({"user": [1], "item": [2], "rating": [3], "timestamp": times})
    assert read(folder(tmp_path, {"mine.parquet": content})).rows == [(1, 2, 3.0, seconds)]


@pytest.mark.parametrize(
    ("users", "ratings", "rows"),
    [
        (pa.array([1, 2], pa.uint8()), pa.array([1, 5], pa.int8()), [(1, 1.0), (2, 5.0)]),
        (pa.array([1, 2**63], pa.uint64()), pa.array([1, 5], pa.float32()), [(1, 1.0)]),
        (pa.array(["a", "b"]).dictionary_encode(), pa.array([Decimal("1.5"), None]), [("a", 1.5)]),
        (pa.array(["a", "b"], pa.large_string()), pa.array([1, 5], pa.int64()), [("a", 1.0), ("b", 5.0)]),
    ],
)
def test_ids_and_ratings_of_any_type(
    tmp_path: Path, users: pa.Array, ratings: pa.Array, rows: list[tuple[Any, float]]
) -> None:
    content = parquet({"user": users, "item": [7, 7], "rating": ratings})
    found = read(folder(tmp_path, {"mine.parquet": content}))
    assert [(row[0], row[2]) for row in found.rows] == rows


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        (
            {"user": [1.0], "item": [1], "rating": [1]},
            BadParquet,
            "column 'user' of double, expected whole numbers or te",
        ),
        ({"user": [1], "item": [[1]], "rating": [1]}, BadParquet, "column 'item' of list<"),
        ({"user": [1], "item": [1], "rating": ["1"]}, BadParquet, "column 'rating' of string, expected numbers"),
        (
            {"user": [1], "item": [1], "rating": [1], "time": ["x"]},
            BadParquet,
            "column 'time' of string, expected timest",
        ),
        ({"user": [1], "item": [1]}, UnknownColumns, "no column is known for the rating; columns are user, item"),
        (
            {"user": pa.array([], pa.int64()), "item": pa.array([], pa.int64()), "rating": pa.array([], pa.int64())},
            EmptyFile,
            "no row",
        ),
    ],
)
def test_columns_that_cannot_be_used_are_named(
    tmp_path: Path, columns: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        read(folder(tmp_path, {"mine.parquet": parquet(columns)}))
    assert str(raised.value).startswith(f"mine.parquet: {message}")


def test_null_columns_are_rows_without_a_value(tmp_path: Path) -> None:
    columns = {"user": pa.nulls(3), "item": [1, 2, 3], "rating": [1, 2, 3]}
    found = read(folder(tmp_path, {"mine.parquet": parquet(columns)}))
    assert (found.rows, found.reasons) == ([], {"missing_field": 3})
    assert found.shown()[0] == "mine.parquet:1: no user, expected a value in every column that is used"


def test_columns_can_be_said_and_kinds_too(tmp_path: Path) -> None:
    source = folder(tmp_path, {"mine.parquet": parquet({"a": [1], "b": [2], "c": [3.5]})})
    said = Columns(user="b", item=0, rating="c", user_ids="string")
    assert read(source, InputSpec(columns=said)).rows == [("2", 1, 3.5, 0)]
    names = parquet({"user": ["x"], "item": [1], "rating": [3]})
    with pytest.raises(BadParquet, match="column 'user' of text, expected whole numbers"):
        read(folder(tmp_path / "x", {"m.parquet": names}), InputSpec(columns=Columns(user_ids="integer")))


@pytest.mark.parametrize("damage", ["rubbish", "truncated", "empty", "footer", "page"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    whole = parquet({"user": list(range(5000)), "item": list(range(5000)), "rating": [3] * 5000})
    flipped = bytearray(whole)
    flipped[60:400] = b"\xff" * 340
    content = {
        "rubbish": b"no parquet at all",
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "footer": whole[:-40] + b"\xff" * 32 + whole[-8:],
        "page": bytes(flipped),
    }[damage]
    with pytest.raises(BadParquet, match=r"^mine\.parquet: .*, expected a whole Parquet file$") as raised:
        read(folder(tmp_path, {"mine.parquet": content}))
    assert "\n" not in str(raised.value)


def test_a_zip_has_parquet_in_parts_and_side_files(tmp_path: Path) -> None:
    ratings = {"user": ["a"], "item": [1], "rating": [3.0]}
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part-0.parquet", parquet(ratings))
        archive.writestr("part-1.parquet", parquet(ratings | {"user": ["b"]}))
        archive.writestr("items.parquet", parquet({"id": [1], "title": ["One (1999)"], "genres": [["War", "Love"]]}))
        archive.writestr("users.parquet", parquet({"user": ["a", "b"], "age": [30, None]}))
    source = open_source(tmp_path / "set.zip")
    layout = detect(source, InputSpec())
    assert layout.ratings == ("part-0.parquet", "part-1.parquet")
    assert [row[0] for row in read(source).rows] == ["a", "b"]
    items, users = read_items(source, layout), read_users(source, layout)
    assert items is not None
    assert users is not None
    assert (items.titles, items.years.tolist(), items.genre_names) == (("One (1999)",), [1999], ("Love", "War"))
    assert users.attributes == {"age": ("30", "")}


def test_parquet_in_a_damaged_zip_is_the_zips_fault(tmp_path: Path) -> None:
    content = parquet({"user": list(range(50000)), "item": list(range(50000)), "rating": [3] * 50000})
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mine.parquet", content)
    data = bytearray((tmp_path / "set.zip").read_bytes())
    data[3000] ^= 0xFF
    (tmp_path / "set.zip").write_bytes(data)
    with pytest.raises(BadArchive):
        read(open_source(tmp_path / "set.zip"))
