"""Each hostile folder is as hostile as it says."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.generated.hostile import GOOD_ROWS, HEADER, HOSTILE, LONG_LINE_CHARACTERS, Hostile

PLAIN = re.compile(r"[1-9]\d{0,5},[1-9]\d{0,5},(0\.5|[1-4]\.[05]|5\.0),\d{1,10}")


@pytest.fixture(params=sorted(HOSTILE))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Hostile:
    return HOSTILE[request.param](tmp_path / request.param)


def rows(folder: Path, name: str = "ratings.csv") -> list[str]:
    header, *lines = (folder / name).read_text(encoding="utf-8").splitlines()
    assert header == HEADER
    return lines


def test_good_and_bad_rows_are_as_many_as_it_says(made: Hostile) -> None:
    if made.bad_rows:
        lines = rows(made.folder)
        bad = [line for line in lines if not PLAIN.fullmatch(line)]
        assert len(bad) == made.bad_rows
        assert len(lines) - len(bad) == made.good_rows == GOOD_ROWS
        assert made.bad_rows / len(lines) < 0.01, "few enough to be rejected and counted"
    elif made.good_rows:
        lines = [line for file in sorted(made.folder.iterdir()) for line in rows(made.folder, file.name)]
        assert len(lines) == made.good_rows
        assert all(PLAIN.fullmatch(line) for line in lines)


def test_the_gzip_ends_in_the_middle(tmp_path: Path) -> None:
    HOSTILE["truncated_gzip"](tmp_path)
    with gzip.open(tmp_path / "ratings.csv.gz") as stream:
        assert stream.readline().decode().strip() == HEADER
        with pytest.raises(EOFError):
            stream.read()


def test_utf_16_is_no_utf_8(tmp_path: Path) -> None:
    HOSTILE["utf_16"](tmp_path)
    content = (tmp_path / "ratings.csv").read_bytes()
    assert content[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert content.decode("utf-16").count("\n") == GOOD_ROWS + 1


def test_the_long_line_is_that_long(tmp_path: Path) -> None:
    HOSTILE["long_line"](tmp_path)
    assert max(map(len, rows(tmp_path))) == LONG_LINE_CHARACTERS


def test_one_user_and_one_rating_are_one(tmp_path: Path) -> None:
    HOSTILE["one_user"](tmp_path / "user")
    assert len({line.split(",")[0] for line in rows(tmp_path / "user")}) == 1
    HOSTILE["all_equal"](tmp_path / "equal")
    assert len({line.split(",")[2] for line in rows(tmp_path / "equal")}) == 1


def test_the_unseen_user_is_in_the_test_file_only(tmp_path: Path) -> None:
    HOSTILE["unseen_test_user"](tmp_path)
    train, test = ({line.split(",")[0] for line in rows(tmp_path, name)} for name in ("train.csv", "test.csv"))
    assert test - train == {"1"}
    assert len(train & test) > 0
