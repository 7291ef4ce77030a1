"""Anyone's ratings: which file, columns, kind of ids and moments; and what is said where that is unclear."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from prep.errors import (
    BadJob,
    EmptyFile,
    MissingFile,
    UnknownColumns,
    UnknownFormat,
)
from prep.inputs import Columns, InputSpec, TextTable, detect
from tests.prep.inputs.reading import folder, read


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("user,item,rating\nann,X1,4.5\nbob,X2,1\n", [("ann", "X1", 4.5, 0), ("bob", "X2", 1.0, 0)]),
        ("\ufeffUser ID;Item-ID;Stars;Date\r\n7;8;4;2015-03-01\r\n", [(7, 8, 4.0, 1425168000)]),
        ("score\tproductId\tuserId\ttime\n4\tB00\t3\t1\n", [(3, "B00", 4.0, 1)]),
        ("user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3\t4\n", [(1, 2, 3.0, 4)]),
        ('"userId"|"asin"|"overall"|"note"\n"1"|"2"|"3"|"a|b"\n', [(1, 2, 3.0, 0)]),
        ("uid,iid,rating,ts\n1,2,3,1425168000123\n", [(1, 2, 3.0, 1425168000)]),
        ("uid,iid,rating,ts\n1,2,3,2015-03-01T01:00:00+01:00\n", [(1, 2, 3.0, 1425168000)]),
        ("uid,iid,rating,ts\n1,2,3,2015-03-01 00:00:01.9\n", [(1, 2, 3.0, 1425168001)]),
        ("uid,iid,rating\n007,2,3\n", [("007", 2, 3.0, 0)]),
        ("\n\nuid,iid,rating\n\n1,2,3", [(1, 2, 3.0, 0)]),
    ],
)
def test_columns_are_found_by_their_usual_names(tmp_path: Path, content: str, rows: list[tuple[object, ...]]) -> None:
    assert read(folder(tmp_path, {"mine.csv": content})).rows == rows


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ("who,what,how\na,b,1\n", Columns(user="who", item="what", rating="how"), [("a", "b", 1.0, 0)]),
        ("1,2,3\n", Columns(user=2, item=0, rating=1), [(3, 1, 2.0, 0)]),
        ("who,what,how\n1,2,3\n", Columns(user=2, item=0, rating=1), [(3, 1, 2.0, 0)]),
        ("1::2::3\n", Columns(user=0, item=1, rating=2, delimiter="::"), [(1, 2, 3.0, 0)]),
        ("user,user_id,item,rating\na,1,2,3\n", Columns(user="user_id"), [(1, 2, 3.0, 0)]),
        ("1,2,3\n4,5,1\n", Columns(user=0, item=1, rating=2, header=True), [(4, 5, 1.0, 0)]),
        ("1,2,3\n", Columns(user=0, item=1, rating=2, user_ids="string"), [("1", 2, 3.0, 0)]),
        ("a b c\n1 2 3\n", Columns(user="a", item="b", rating="c", delimiter=" "), [(1, 2, 3.0, 0)]),
    ],
)
def test_columns_are_what_people_say(
    tmp_path: Path, content: str, columns: Columns, rows: list[tuple[object, ...]]
) -> None:
    found = read(folder(tmp_path, {"mine.csv": content}), InputSpec(columns=columns))
    assert found.rows == rows
    assert not found.reasons


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        (
            "user,user_id,item,rating\n1,2,3,4\n",
            None,
            "mine.csv: both 'user' and 'user_id' may be the user; columns are user, user_id, item, rating; "
            'say by name or position which it is, as in {"columns": {"user": 0}}',
        ),
        (
            "a,b,c\n1,2,3\n",
            None,
            "mine.csv: no column is known for the user; columns are a, b, c; "
            'say by name or position which it is, as in {"columns": {"user": 0}}',
        ),
        (
            "a,b,c\n1,2,3\n",
            Columns(user="x"),
            "mine.csv: no column 'x' for the user, expected one of a, b, c",
        ),
        (
            "user,item,item\n1,2,3\n",
            Columns(rating="item"),
            "mine.csv: 2 columns 'item' for the rating, expected one of user, item, item",
        ),
        (
            "1,2,3\n",
            Columns(user=0, item=1, rating=3),
            "mine.csv: position 3 for the rating, expected less than the 3 columns",
        ),
        (
            "one column\n",
            None,
            "mine.csv: first line 'one column', "
            "expected at least three columns separated by commas, tabs, semicolons, | or ::",
        ),
        (
            "user,item,rating\n1,2,3\n",
            Columns(user="item", item=1),
            "mine.csv: one column for two of user, item, rating; columns are user, item, rating; "
            'say by name or position which it is, as in {"columns": {"user": 0}}',
        ),
    ],
)
def test_what_is_unclear_is_said_with_the_way_out(
    tmp_path: Path, content: str, columns: Columns | None, message: str
) -> None:
    with pytest.raises(UnknownColumns) as raised:
        detect(folder(tmp_path, {"mine.csv": content}), InputSpec(columns=columns))
    assert str(raised.value) == message


ROWS = "user,item,rating\n1,2,3\n"


@pytest.mark.parametrize(
    ("names", "ratings", "split"),
    [
        (["mine.csv"], ("mine.csv",), None),
        (["mine.tsv.gz", "notes.md"], ("mine.tsv.gz",), None),
        (["ratings.csv", "other.csv", "items.csv", "users.csv"], ("ratings.csv",), None),
        (["part-00000.csv", "part-00001.csv", "_SUCCESS"], ("part-00000.csv", "part-00001.csv"), None),
        (["train.csv", "test.csv"], ("train.csv", "test.csv"), ("train.csv", "test.csv")),
        (["train.csv", "test.csv", "all.csv"], ("all.csv",), ("train.csv", "test.csv")),
        (["train.csv", "mine.csv"], ("mine.csv",), None),
    ],
)
def test_the_files_of_ratings_are_found(
    tmp_path: Path, names: list[str], ratings: tuple[str, ...], split: tuple[str, str] | None
) -> None:
    content = {name: gzip.compress(ROWS.encode()) if name.endswith(".gz") else ROWS.encode() for name in names}
    layout = detect(folder(tmp_path, content), InputSpec())
    assert layout.ratings == ratings
    assert layout.splits == ({"given": split} if split else {})


def test_which_file_can_be_said_and_has_to_be_where_several_may_be(tmp_path: Path) -> None:
    source = folder(tmp_path / "two", {"one.csv": ROWS, "two.csv": ROWS})
    with pytest.raises(UnknownFormat, match=r'ratings may be in one\.csv, two\.csv; say which, as in {"file": "one'):
        detect(source, InputSpec())
    assert detect(source, InputSpec(file="two.csv")).ratings == ("two.csv",)
    with pytest.raises(MissingFile, match=r"no three\.csv; expected one of one\.csv, two\.csv$"):
        detect(source, InputSpec(file="three.csv"))
    with pytest.raises(UnknownFormat, match=r": no file, expected the files of a MovieLens set, or ratings as \.csv"):
        detect(folder(tmp_path / "none", {}), InputSpec())
    with pytest.raises(UnknownFormat, match=r"one\.csv: no Parquet, expected parquet$"):
        detect(source, InputSpec(format="parquet", file="one.csv"))


def test_the_format_that_is_said_holds_for_movielens_names_too(tmp_path: Path) -> None:
    source = folder(tmp_path, {"ratings.csv": "userId,movieId,rating,timestamp\n1,2,3,4\n"})
    assert detect(source, InputSpec()).format == "ml-csv"
    assert detect(source, InputSpec(format="csv")).format == "csv"
    assert read(source, InputSpec(format="csv")).rows == [(1, 2, 3.0, 4)]


def test_every_part_needs_the_same_header_and_may_be_empty(tmp_path: Path) -> None:
    files = {"part-0.csv": "", "part-1.csv": ROWS, "part-2.csv": "user,item,rating\n"}
    assert read(folder(tmp_path / "good", files)).rows == [(1, 2, 3.0, 0)]
    with pytest.raises(
        UnknownColumns, match=r"^part-3\.csv: first line 'item,user,rating', expected the header user,i"
    ):
        read(folder(tmp_path / "bad", files | {"part-3.csv": "item,user,rating\n1,2,3\n"}))
    with pytest.raises(EmptyFile, match=r"^part-0\.csv, part-1\.csv: no row"):
        read(folder(tmp_path / "empty", {"part-0.csv": "", "part-1.csv": "user,item,rating\n"}))


def test_the_scale_is_what_was_said(tmp_path: Path) -> None:
    source = folder(tmp_path, {"mine.csv": "user,item,rating\n1,2,10\n1,3,-10\n1,4,10.5\n"})
    found = read(source, InputSpec(lowest=-10, highest=10))
    assert [row[2] for row in found.rows] == [10, -10]
    assert found.shown() == ["mine.csv:4: rating '10.5', expected a number from -10 to 10"]


def test_a_few_bad_ids_do_not_make_all_ids_text(tmp_path: Path) -> None:
    rows = "".join(f"{user},{user},3\n" for user in range(20))
    found = read(folder(tmp_path, {"mine.csv": f"user,item,rating\n{rows}x,1,2\n"}))
    assert found.rows[3] == (3, 3, 3.0, 0)
    assert found.shown() == ["mine.csv:22: user 'x', expected a whole number from 0 to 2^63 - 1"]


def test_quotes_do_not_go_on_over_a_line_end(tmp_path: Path) -> None:
    content = 'user,item,rating\na,"b\nc",3\nd,"e",4\nf,g,"5\n'
    found = read(folder(tmp_path, {"mine.csv": content}))
    assert found.rows == [("d", "e", 4.0, 0)]
    assert found.places == [("mine.csv", 4)]
    assert found.reasons == {"unclosed_quote": 2, "missing_field": 1}


def test_long_and_odd_text_ids_are_rejected(tmp_path: Path) -> None:
    content = f"user,item,rating\n{'a' * 128},b,3\n{'ü' * 128},b,3\n{'a' * 129},b,3\n,b,3\na\0b,b,3\n"
    found = read(folder(tmp_path, {"mine.csv": content}))
    assert [row[0] for row in found.rows] == ["a" * 128, "ü" * 128]
    assert found.reasons == {"bad_id": 2, "missing_field": 1}


@pytest.mark.parametrize("mark", ["", "0x"])
def test_hexadecimal_text_ids_are_as_good_as_any(tmp_path: Path, mark: str) -> None:
    rows = "".join(f"{mark}{user:x}f,i,3,{user}\n" for user in range(1, 30))
    found = read(folder(tmp_path, {"mine.csv": f"user,item,rating,time\n{rows}{mark}e,i,3,0x1f\n"}))
    assert [(row[0], row[3]) for row in found.rows] == [(f"{mark}{user:x}f", user) for user in range(1, 30)]
    assert found.reasons == {"bad_timestamp": 1}


def test_what_is_said_survives_json() -> None:
    given = {
        "format": "tsv",
        "columns": {
            "user": "who",
            "item": 1,
            "rating": "stars",
            "delimiter": ";",
            "header": True,
            "item_ids": "string",
        },
        "file": "x.tsv",
        "lowest": 1,
        "highest": 10,
        "max_rejected": 0.1,
        "duplicates": "last",
    }
    assert InputSpec.from_json(given).as_json() == given
    assert InputSpec.from_json(InputSpec().as_json()) == InputSpec()
    assert InputSpec().scale == (0.5, 5.0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"format": "xml"}, "input.format"),
        ({"colums": {}}, "no field 'colums'"),
        ([], "input: []"),
        ({"columns": []}, "columns: []"),
        ({"columns": {"user": -1}}, "input.columns.user"),
        ({"columns": {"user": True}}, "input.columns.user"),
        ({"columns": {"user": 1, "item": 1}}, "input.columns"),
        ({"columns": {"user": "a", "header": False}}, "input.columns.user"),
        ({"columns": {"delimiter": "ab"}}, "input.columns.delimiter"),
        ({"columns": {"delimiter": '"'}}, "input.columns.delimiter"),
        ({"columns": {"header": 1}}, "input.columns.header"),
        ({"columns": {"user_ids": "int"}}, "input.columns.user_ids"),
        ({"columns": {"users": 1}}, "no field 'users'"),
        ({"format": "ml-1m", "columns": {}}, "input.columns"),
        ({"format": "ml-1m", "file": "x"}, "input.file"),
        ({"file": 3}, "input.file"),
        ({"lowest": "1"}, "input.lowest"),
        ({"lowest": 5}, "input.lowest"),
        ({"highest": float("nan")}, "input.highest"),
        ({"max_rejected": 2}, "input.max_rejected"),
        ({"duplicates": "mean"}, "input.duplicates"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given: object, field: str) -> None:
    with pytest.raises(BadJob) as raised:
        InputSpec.from_json(given)
    assert field in str(raised.value)
    assert ", expected " in str(raised.value)


def test_what_is_found_is_told(tmp_path: Path) -> None:
    layout = detect(folder(tmp_path, {"mine.csv": "user;item;stars;note\na;1;3;x\n"}), InputSpec())
    assert (layout.format, layout.user_ids, layout.item_ids) == ("csv", "string", "integer")
    assert layout.how == "mine.csv: found by its header user, item, stars, note"
    assert isinstance(layout.table, TextTable)
    assert (layout.table.delimiter, layout.table.width, layout.table.timestamp) == (";", 4, None)
