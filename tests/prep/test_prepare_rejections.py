"""Repeated pairs by each rule, and bad rows up to a limit: counted, shown with file and line, or refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from prep import keys
from prep.errors import DuplicateRating, TooManyRejected
from tests.prep.preparing import Rating, agree, liked, prepared_in, records_in

HEADER = "user,item,rating,timestamp"
GOOD = [Rating(user, item, 1.0 + (user * item) % 5, 100 * user + item) for user in range(20) for item in range(10)]
SPLIT = {"kind": "leave_k_out", "k": 2}


def write(folder: Path, lines: list[str]) -> Path:
    folder.mkdir()
    (folder / "mine.csv").write_text("".join(f"{line}\n" for line in [HEADER, *lines]))
    return folder


def line_of(row: Rating) -> str:
    return f"{row.user},{row.item},{row.stars:g},{row.time}"


def everything(out: Path) -> Counter[object]:
    return Counter(record for channel in ("train", "test") for record in records_in(out, channel))


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize("rule", ["first", "last"])
def test_of_repeated_pairs_the_first_or_the_last_in_the_file_counts(tmp_path: Path, rule: str, is_sorted: bool) -> None:
    """Users 3 and 7 rate items 4 and 5 three times, each time on the other side of the cut-off."""
    rows = []
    for row in GOOD if is_sorted else GOOD[::-1]:
        again = row.user in (3, 7) and row.item in (4, 5)
        rows += [row._replace(stars=stars) for stars in (5.0, 1.0, 2.0)] if again else [row]
    data = write(tmp_path / "data", [line_of(row) for row in rows])
    result = prepared_in(tmp_path / "out", data, input={"duplicates": rule, "max_rejected": 0.1}, split=SPLIT)
    agree(tmp_path / "out", result)
    kept: dict[tuple[int, int], Rating] = {}
    left_out = []
    for line, row in enumerate(rows, 2):
        if rule == "first" and (row.user, row.item) in kept:
            left_out.append(line)
            continue
        kept[row.user, row.item] = row
    if rule == "last":
        places: dict[tuple[int, int], int] = {}
        for line, row in enumerate(rows, 2):
            left_out += [places[row.user, row.item]] if (row.user, row.item) in places else []
            places[row.user, row.item] = line
    assert result.rejected == {"duplicate": 8}
    assert everything(tmp_path / "out") == liked(kept.values())
    examples = json.loads((tmp_path / "out" / keys.REJECTED).read_bytes())["by_reason"]["duplicate"]["examples"]
    assert len(examples) == 5
    for example in examples:
        assert example["line"] in left_out
        row = rows[example["line"] - 2]
        assert (example["file"], example["excerpt"]) == ("mine.csv", f"user {row.user}, item {row.item}")


def test_where_repeated_pairs_are_an_error_both_lines_are_said(tmp_path: Path) -> None:
    lines = [line_of(row) for row in GOOD]
    lines.insert(150, lines[30])
    data = write(tmp_path / "data", lines)
    message = r"^mine\.csv:152: user 3, item 0, already rated at mine\.csv:32; expected each pair once$"
    with pytest.raises(DuplicateRating, match=message):
        prepared_in(tmp_path / "out", data, input={"duplicates": "error"}, split=SPLIT)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("rule", ["error", "first", "last"])
def test_a_pair_in_train_and_in_test_is_a_repeated_one(tmp_path: Path, rule: str) -> None:
    train = [row for row in GOOD if row.item < 8]
    test = [row for row in GOOD if row.item >= 8]
    twice = train[50]._replace(stars=6 - train[50].stars)
    (tmp_path / "data").mkdir()
    for name, rows in (("train", train), ("test", [*test, twice])):
        (tmp_path / "data" / f"{name}.csv").write_text("\n".join([HEADER, *map(line_of, rows)]))
    job = {"duplicates": rule, "max_rejected": 0.01}
    if rule == "error":
        message = rf"^test\.csv:{len(test) + 2}: user 6, item 2, already rated at train\.csv:52;"
        with pytest.raises(DuplicateRating, match=message):
            prepared_in(tmp_path / "out", tmp_path / "data", input=job)
        return
    result = prepared_in(tmp_path / "out", tmp_path / "data", input=job)
    assert result.rejected == {"duplicate": 1}
    train, test = (train, test) if rule == "first" else ([*train[:50], *train[51:]], [*test, twice])
    assert Counter(records_in(tmp_path / "out", "train")) == liked(train)
    assert Counter(records_in(tmp_path / "out", "test")) == liked(test)


BAD = ["1,2,x,4", "1,2,9,4", "1,2", "-1,2,3,4"]
REASONS = {"not_a_number": 1, "out_of_range": 1, "missing_field": 1, "bad_id": 1}


def with_bad(folder: Path) -> Path:
    """4 bad lines of 204, the first on line 12."""
    lines = [line_of(row) for row in GOOD]
    for place, line in zip((10, 60, 110, 203), BAD, strict=True):
        lines.insert(place, line)
    return write(folder, lines)


@pytest.mark.parametrize("max_rejected", [0.0, 0.01, 4 / 204 - 1e-9])
def test_more_bad_rows_than_may_be_are_refused_with_the_summary(tmp_path: Path, max_rejected: float) -> None:
    data = with_bad(tmp_path / "data")
    with pytest.raises(TooManyRejected) as raised:
        prepared_in(tmp_path / "out", data, input={"max_rejected": max_rejected}, split=SPLIT)
    assert str(raised.value) == (
        f"4 of 204 rows rejected, expected at most {max_rejected * 100:g} %: "
        "bad_id 1, missing_field 1, not_a_number 1, out_of_range 1; "
        "the first: mine.csv:12: rating 'x', expected a number from 0.5 to 5"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("max_rejected", [4 / 204, 0.02, 1.0])
def test_as_many_as_may_be_are_counted_and_the_rest_is_prepared(tmp_path: Path, max_rejected: float) -> None:
    data = with_bad(tmp_path / "data")
    result = prepared_in(tmp_path / "out", data, input={"max_rejected": max_rejected}, split=SPLIT)
    agree(tmp_path / "out", result)
    assert result.rejected == REASONS
    assert everything(tmp_path / "out") == liked(GOOD)
    document = json.loads((tmp_path / "out" / keys.REJECTED).read_bytes())
    assert (document["rows"], document["rejected"]) == (204, 4)
    lines = {reason: [e["line"] for e in kind["examples"]] for reason, kind in document["by_reason"].items()}
    assert lines == {"not_a_number": [12], "out_of_range": [62], "missing_field": [112], "bad_id": [205]}


def test_one_percent_may_be_bad_unless_said_otherwise(tmp_path: Path) -> None:
    lines = [line_of(row) for row in GOOD]
    assert prepared_in(tmp_path / "a", write(tmp_path / "two", [*lines, *BAD[:2]]), split=SPLIT).rejected_rows == 2
    with pytest.raises(TooManyRejected, match=r"^3 of 203 rows rejected, expected at most 1 %: "):
        prepared_in(tmp_path / "b", write(tmp_path / "three", [*lines, *BAD[:3]]), split=SPLIT)


def test_bad_rows_and_repeated_ones_count_together(tmp_path: Path) -> None:
    lines = [*(line_of(row) for row in GOOD), *BAD[:1], line_of(GOOD[0]), line_of(GOOD[1])]
    data = write(tmp_path / "data", lines)
    with pytest.raises(TooManyRejected, match=r"^3 of 203 rows rejected, .*: duplicate 2, not_a_number 1; the first: "):
        prepared_in(tmp_path / "out", data, split=SPLIT)
    assert not (tmp_path / "out").exists()
    result = prepared_in(tmp_path / "out", data, input={"max_rejected": 0.02}, split=SPLIT)
    assert result.rejected == {"duplicate": 2, "not_a_number": 1}
    assert json.loads((tmp_path / "out" / keys.REJECTED).read_bytes())["rows"] == 203
