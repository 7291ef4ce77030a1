from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prep.errors import BadDataset, TooManyRejected
from prep.inputs import REASONS, Lines, Rejections


def some() -> Rejections:
    found = Rejections()
    for line in range(1, 8):
        found.add("not_a_number", file="a.csv", line=line, excerpt="rating 'x'", expected="a number from 0.5 to 5")
    found.add("duplicate", file="b.csv", line=9, excerpt="user 1, item 2")
    found.add("duplicate", count=3)
    found.rows = 100
    return found


def test_counts_and_the_first_examples_go_into_the_document() -> None:
    document = json.loads(json.dumps(some().as_json()))
    assert (document["rows"], document["rejected"]) == (100, 11)
    assert list(document["by_reason"]) == ["not_a_number", "duplicate"]
    numbers = document["by_reason"]["not_a_number"]
    assert numbers["count"] == 7
    assert [example["line"] for example in numbers["examples"]] == [1, 2, 3, 4, 5]
    assert document["by_reason"]["duplicate"] == {
        "count": 4,
        "examples": [{"file": "b.csv", "line": 9, "excerpt": "user 1, item 2", "expected": "each user and item once"}],
    }


def test_more_than_the_share_fails_with_everything_in_one_line() -> None:
    found = some()
    found.check(100, 0.11)
    with pytest.raises(TooManyRejected) as raised:
        found.check(100, 0.1)
    assert str(raised.value) == (
        "11 of 100 rows rejected, expected at most 10 %: not_a_number 7, duplicate 4; "
        "the first: a.csv:1: rating 'x', expected a number from 0.5 to 5"
    )
    assert isinstance(raised.value, BadDataset)


@pytest.mark.parametrize(("rejected", "passes"), [(0, True), (1, False)])
def test_no_row_may_be_rejected_where_the_share_is_zero(rejected: int, passes: bool) -> None:
    found = Rejections()
    if rejected:
        found.add("duplicate", count=rejected)
    if passes:
        found.check(0, 0)
        return
    with pytest.raises(TooManyRejected, match=r"^1 of 1000000 rows rejected, expected at most 0 %: duplicate 1$"):
        found.check(1_000_000, 0)


def test_only_known_reasons_are_counted() -> None:
    with pytest.raises(KeyError):
        Rejections().add("dislike")
    assert all(expected and "\n" not in expected for expected in REASONS.values())


def test_excerpts_are_one_printable_line_of_bounded_length() -> None:
    found = Rejections()
    found.add("bad_id", file="a.csv", line=1, excerpt="\x1b[31m\r\nüñ\0" + "y" * 1000)
    (example,) = found.examples("bad_id")
    assert example.excerpt.startswith(r"\x1b[31m\r\nüñ\x00yyy")
    assert example.excerpt.isprintable()
    assert len(example.excerpt) == 80


def test_merging_in_order_is_as_if_one_had_read_all() -> None:
    first, second, third = Rejections(), Rejections(), Rejections()
    first.add("bad_id", file="a", line=3, excerpt="one")
    first.lines, first.rows = {"a": 10}, 9
    second.lines, second.rows = {"a": 5}, 5
    third.add("bad_id", file="a", line=2, excerpt="two")
    third.add("bad_id", file="b", line=2, excerpt="three")
    third.lines, third.rows = {"a": 4, "b": 8}, 12
    merged = Rejections()
    for piece in (first, second, third):
        merged.merge(pickle.loads(pickle.dumps(piece)))  # noqa: S301 - as Spark brings it
    assert [(one.file, one.line) for one in merged.examples("bad_id")] == [("a", 3), ("a", 17), ("b", 2)]
    assert (merged.rows, merged.total, merged.lines) == (26, 3, {"a": 19, "b": 8})


@given(st.integers(1, 10**9), st.lists(st.booleans(), max_size=60))
def test_a_row_knows_its_line_whatever_was_skipped(first: int, is_row: list[bool]) -> None:
    lines = Lines(first, np.flatnonzero(~np.array(is_row, np.bool_)))
    there = pickle.loads(pickle.dumps(lines))  # noqa: S301
    wanted = [first + offset for offset, is_one in enumerate(is_row) if is_one]
    assert [there.line(row) for row in range(len(wanted))] == wanted
