from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from prep.errors import BadDataset, DuplicateItem, EmptyFile, MalformedRow, RatingOutOfRange
from prep.movielens import GENRES, Items, Ratings, read_items, read_ratings

ROW = st.tuples(
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**63 - 1),
    st.sampled_from([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]),
    st.integers(-(2**40), 2**40),
)
NO_GENRES = "|".join("0" for _ in GENRES)


def ratings_of(text: bytes) -> Ratings:
    return read_ratings(io.BytesIO(text), source="ua.base")


def items_of(text: str) -> Items:
    return read_items(io.BytesIO(text.encode("latin-1")), source="u.item")


@given(st.lists(ROW, min_size=1), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n", "\n\n \n"]))
def test_every_row_is_read_as_it_was_written(rows: list[tuple[int, int, float, int]], newline: str, end: str) -> None:
    text = newline.join("\t".join(map(str, row)) for row in rows) + end
    ratings = ratings_of(text.encode())
    columns = (ratings.users, ratings.items, ratings.values, ratings.timestamps)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == rows
    assert [column.dtype for column in columns] == [np.int64, np.int64, np.float32, np.int64]


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ("1\t2\tx\t4", MalformedRow, "rating 'x', expected a number from 0.5 to 5"),
        ("1\t2\t4a\t4", MalformedRow, "rating '4a', expected a number from 0.5 to 5"),
        ("1\t2\tnan\t4", MalformedRow, "rating 'nan', expected a number from 0.5 to 5"),
        ("1\t2\t\t4", MalformedRow, "rating '', expected a number from 0.5 to 5"),
        ("1\t2\t9\t4", RatingOutOfRange, "rating '9', expected a number from 0.5 to 5"),
        ("1\t2\t0\t4", RatingOutOfRange, "rating '0', expected a number from 0.5 to 5"),
        ("1\t2\t-3\t4", RatingOutOfRange, "rating '-3', expected a number from 0.5 to 5"),
        ("1.5\t2\t3\t4", MalformedRow, "user '1.5', expected a whole number from 0"),
        ("-1\t2\t3\t4", MalformedRow, "user '-1', expected a whole number from 0"),
        ("0x1F\t2\t3\t4", MalformedRow, "user '0x1F', expected a whole number from 0"),
        ("0X1F\t2\t3\t4", MalformedRow, "user '0X1F', expected a whole number from 0"),
        ("1\t\t3\t4", MalformedRow, "item '', expected a whole number from 0"),
        (f"1\t{2**63}\t3\t4", MalformedRow, "item '9223372036854775808', expected a whole number from 0"),
        ("1\t2\t3\tlater", MalformedRow, "timestamp 'later', expected whole seconds since 1970"),
        (
            "1\t2\t3",
            MalformedRow,
            r"3 columns in '1\t2\t3', expected 4 separated by tabs: user, item, rating, timestamp",
        ),
        ("", MalformedRow, "a blank line, expected 4 separated by tabs: user, item, rating, timestamp"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_bad_row_is_named_with_its_true_line(row: str, error: type[Exception], message: str, newline: str) -> None:
    good = "5\t6\t3\t881250949"
    text = newline.join([good] * 16 + [row] + [good] * 3).encode()
    with pytest.raises(error) as raised:
        ratings_of(text)
    assert str(raised.value) == f"ua.base:17: {message}"
    assert type(raised.value) is error


NUMBER = st.one_of(
    st.from_regex(r"\A[ ]?[+-]{0,2}[0-9]{0,20}[.]?[0-9]{0,3}([eE][+-]?[0-9]{0,3})?[ ]?\Z"),
    st.integers(-(2**63) - 2, 2**63 + 2).map(str),
    st.sampled_from(["1", "3", "+3", "-0", "0x1", "0" * 40 + "3", "nan", "inf", "1_0", "\x0b3", "٣", "", " 3 "]),
)


@settings(max_examples=500)
@given(st.lists(st.just("3") | NUMBER, min_size=4, max_size=4), st.sampled_from(["\n", "\r\n"]))
@example(["1", "2", "+3", "4"], "\n")
@example(["1", "2", "3e+0", "4"], "\n")
@example(["1", "2", "3", str(-(2**63))], "\n")
@example(["0" * 5000 + "1", "2", "3", "4"], "\n")
def test_a_row_is_named_as_bad_exactly_when_arrow_or_the_scale_refuses_it(row: list[str], newline: str) -> None:
    """A bad row after it tells: it is named first when and only when the row before it is good."""
    text = "\t".join(row)
    try:
        ratings_of(text.encode())
        bad_line = 2
    except BadDataset:
        bad_line = 1
    with pytest.raises(MalformedRow, match=rf"^ua\.base:{bad_line}: "):
        ratings_of(f"{text}{newline}bad\t2\t3\t4{newline}".encode())


def test_the_first_of_several_bad_rows_is_named_whatever_its_kind() -> None:
    with pytest.raises(RatingOutOfRange, match=r"^ua\.base:2: rating '7'"):
        ratings_of(b"1\t2\t3\t4\n1\t3\t7\t4\nx\t2\t3\t4\n")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(MalformedRow) as raised:
        ratings_of(b"9" * 100_000 + b"\t2\t3\t4\n")
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("text", [b"", b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named(text: bytes) -> None:
    with pytest.raises(EmptyFile, match=r"^ua\.base: empty file, expected at least one row$"):
        ratings_of(text)


def test_a_byte_order_mark_is_no_part_of_the_first_id() -> None:
    assert ratings_of(b"\xef\xbb\xbf7\t2\t3\t4\n").users.tolist() == [7]


@given(st.binary(max_size=200) | st.text(alphabet="0123456789\t\n\r .-xe", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes) -> None:
    outcome: Ratings | BadDataset
    try:
        outcome = ratings_of(data)
    except BadDataset as error:
        outcome = error
    if isinstance(outcome, Ratings):
        assert ((outcome.values >= 0.5) & (outcome.values <= 5)).all()
        assert min(outcome.users.min(), outcome.items.min()) >= 0
    else:
        assert "\n" not in str(outcome)
        assert str(outcome).startswith("ua.base:")


@pytest.mark.parametrize(("name", "rows"), [("ua.base", 90_570), ("ua.test", 9_430), ("u.data", 100_000)])
def test_real_ratings_are_what_numpy_reads(ml_100k: Path, name: str, rows: int) -> None:
    with (ml_100k / name).open("rb") as stream:
        ratings = read_ratings(stream, source=name)
    oracle = np.loadtxt(ml_100k / name, dtype=np.int64)
    assert len(ratings) == rows
    assert_array_equal(np.column_stack((ratings.users, ratings.items, ratings.values, ratings.timestamps)), oracle)


def test_items_have_latin_1_titles_years_and_genres() -> None:
    flags = ["0"] * len(GENRES)
    flags[5] = flags[14] = "1"
    items = items_of(f"17|Müller’s Été (1963)|27-Jun-1997||u|{'|'.join(flags)}\n".replace("’", "'"))
    assert items.ids.tolist() == [17]
    assert items.titles == ("Müller's Été (1963)",)
    assert [name for name, is_set in zip(GENRES, items.genres[0], strict=True) if is_set] == ["Comedy", "Romance"]


def test_a_byte_order_mark_says_that_items_are_utf_8() -> None:
    text = f"17|Été — Ōsaka (1963)||||{NO_GENRES}\n"
    items = read_items(io.BytesIO(b"\xef\xbb\xbf" + text.encode()), source="u.item")
    assert (items.ids.tolist(), items.titles) == ([17], ("Été — Ōsaka (1963)",))
    latin = (f"16|Plain||||{NO_GENRES}\n" + text.replace("—", "-").replace("Ō", "O")).encode("latin-1")
    message = r"^u\.item:2: byte 0xc9 after a byte order mark, expected UTF-8, or latin-1 without the mark$"
    with pytest.raises(MalformedRow, match=message):
        read_items(io.BytesIO(b"\xef\xbb\xbf" + latin), source="u.item")


@pytest.mark.parametrize(
    ("title", "released", "year"),
    [
        ("Re-released (1963)", "27-Jun-1997", 1963),
        ("Undated", "27-Jun-1997", 1997),
        ("Twice (1990) (1994)", "", 1994),
        ("Taped (1994) (V)", "", 1994),
        ("2001 Things", "", 0),
        ("unknown", "", 0),
    ],
)
def test_the_year_is_the_titles_else_the_release_dates(title: str, released: str, year: int) -> None:
    assert items_of(f"1|{title}|{released}|||{NO_GENRES}").years.tolist() == [year]


def test_a_latin_1_next_line_character_does_not_end_a_row() -> None:
    assert items_of(f"1|a\x85b\x1cc||||{NO_GENRES}\r\n2|d||||{NO_GENRES}\r\n").titles == ("a\x85b\x1cc", "d")


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (f"x|t||||{NO_GENRES}", MalformedRow, "item id 'x', expected a whole number from 0"),
        (f"2| ||||{NO_GENRES}", MalformedRow, "title ' ', expected some text"),
        (
            "2|t|||",
            MalformedRow,
            "5 columns in '2|t|||', expected 24 separated by |: id, title, three more and 19 genre flags",
        ),
        (f"2|t||||{NO_GENRES[:-1]}2", MalformedRow, "genre flag Western '2', expected 0 or 1"),
        (f"1|t||||{NO_GENRES}", DuplicateItem, "item 1, already on line 1; expected one row each"),
    ],
)
def test_a_bad_item_is_named_with_its_line(row: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        items_of(f"1|first||||{NO_GENRES}\n{row}\n")
    assert str(raised.value) == f"u.item:2: {message}"


def test_real_items(ml_100k: Path) -> None:
    with (ml_100k / "u.item").open("rb") as stream:
        items = read_items(stream, source="u.item")
    titles = dict(zip(items.ids.tolist(), items.titles, strict=True))
    assert_array_equal(items.ids, np.arange(1, 1683))
    assert any("é" in title for title in titles.values())
    assert int((items.years == 0).sum()) == 1
    genre_lines = (ml_100k / "u.genre").read_text().split()
    assert tuple(line.split("|")[0] for line in genre_lines) == items.genre_names
    oracle = [line.split(b"|")[-19:] for line in (ml_100k / "u.item").read_bytes().splitlines()]
    assert_array_equal(items.genres, np.array(oracle) == b"1")
