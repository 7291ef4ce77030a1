"""Files of items and users beside anyone's ratings."""

from __future__ import annotations

from pathlib import Path

import pytest

from prep.errors import (
    DuplicateItem,
    DuplicateUser,
    EmptyFile,
    MalformedRow,
    UnknownColumns,
)
from prep.inputs import InputSpec, detect, read_items, read_users
from tests.prep.inputs.reading import folder
from tests.prep.inputs.test_custom import ROWS


def test_side_files_of_anyone_by_their_headers(tmp_path: Path) -> None:
    files = {
        "ratings.csv": "user,item,rating\nann,x,3\n",
        "items.csv": "id,name,categories,year\nx,Ex,War; Love,1999\ny,,,\n",
        "users.csv": "city,user_id,plan\n Rome ,ann,free\n,bob,\n",
    }
    source = folder(tmp_path, files)
    layout = detect(source, InputSpec())
    items, users = read_items(source, layout), read_users(source, layout)
    assert items is not None
    assert users is not None
    assert items.ids.tolist() == ["x", "y"]
    assert items.titles == ("Ex", "item y")
    assert items.years.tolist() == [1999, 0]
    assert items.genre_names == ("Love", "War")
    assert items.genres.tolist() == [[True, True], [False, False]]
    assert users.ids.tolist() == ["ann", "bob"]
    assert users.attributes == {"city": ("Rome", ""), "plan": ("free", "")}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        (
            "items.csv",
            "id,title\n1,a\n1,b\n",
            DuplicateItem,
            "items.csv:3: item 1, already on line 2; expected one row",
        ),
        ("items.csv", "id,title\nx,a\n", MalformedRow, "items.csv:2: id 'x', expected a whole number from 0"),
        (
            "items.csv",
            "id,title\n1,a,b\n",
            MalformedRow,
            "items.csv:2: 3 columns in '1,a,b', expected 2 as in the header",
        ),
        ("items.csv", "a,b\n1,2\n", UnknownColumns, "items.csv: columns a, b, expected an id among them"),
        ("items.csv", "id,item\n1,2\n", UnknownColumns, "items.csv: both 'id' and 'item' may be the"),
        ("items.csv", "", EmptyFile, "items.csv: empty"),
        ("items.csv", "id,title\n", EmptyFile, "items.csv: no row"),
        ("items.csv", f'id,title\n1,"{"x" * 140_000}\n', MalformedRow, "items.csv:2: field larger than field limit"),
        ("users.csv", "user,a\n1,b\n1,c\n", DuplicateUser, "users.csv:3: user 1, already on line 2; expected one row"),
        ("users.csv", "user,a\n-1,b\n", MalformedRow, "users.csv:2: user id '-1', expected a whole number from 0"),
        ("users.csv", "user,a,a\n1,b,c\n", UnknownColumns, "users.csv: columns user, a, a, expected distinct names"),
        ("users.csv", "a,b\n1,c\n", UnknownColumns, "users.csv: columns a, b, expected distinct names and one user id"),
    ],
)
def test_a_bad_side_file_is_named(
    tmp_path: Path, name: str, content: str, error: type[Exception], message: str
) -> None:
    source = folder(tmp_path, {"ratings.csv": ROWS, name: content})
    layout = detect(source, InputSpec())
    with pytest.raises(error) as raised:
        read_items(source, layout) if name == "items.csv" else read_users(source, layout)
    assert str(raised.value).startswith(message)


def test_too_many_genres_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    rows = "".join(f"{item},g{item}\n" for item in range(600))
    source = folder(tmp_path, {"ratings.csv": ROWS, "items.csv": f"id,genres\n{rows}"})
    with pytest.raises(MalformedRow, match=r"^items\.csv: 600 genres, expected at most 512$"):
        read_items(source, detect(source, InputSpec()))
