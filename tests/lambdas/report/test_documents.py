"""Columns of numbers are checked before anything is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.report.documents import MalformedDocument, columns, records


def test_columns_in_the_order_asked_for() -> None:
    found = columns({"a": [1, 2], "b": [3.5, 4], "more": ["x"]}, "curve", ("b", "a"))
    assert found is not None
    assert [column.tolist() for column in found] == [[3.5, 4.0], [1.0, 2.0]]


@pytest.mark.parametrize("table", [None, {}, {"a": [], "b": []}])
def test_nothing_is_none(table: Any) -> None:
    assert columns(table, "curve", ("a", "b")) is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1]}, "curve: no b, expected a list of numbers"),
        ({"a": [1], "b": [1, 2]}, "curve: lists of 1, 2 numbers, expected one length"),
        ({"a": [1], "b": ["x"]}, "curve.b: not a list of numbers"),
        ({"a": [1], "b": [None]}, "curve.b: expected a list of finite numbers"),
        ({"a": [1], "b": [float("inf")]}, "curve.b: expected a list of finite numbers"),
        ({"a": [1], "b": 1.0}, "curve.b: expected a list of finite numbers"),
    ],
)
def test_what_is_wrong_is_said(table: Any, message: str) -> None:
    with pytest.raises(MalformedDocument, match=f"^{message}$"):
        columns(table, "curve", ("a", "b"))


def test_records_are_columns_too() -> None:
    found = records([{"a": 1, "b": 2}, {"a": 3, "b": 4}], "bins", ("a", "b"))
    assert found is not None
    assert [column.tolist() for column in found] == [[1.0, 3.0], [2.0, 4.0]]
    assert records([], "bins", ("a",)) is records(None, "bins", ("a",)) is None


def test_a_record_that_lacks_something_is_named() -> None:
    with pytest.raises(MalformedDocument, match=r"^bins\[1\]: no b, expected a, b$"):
        records([{"a": 1, "b": 2}, {"a": 3}], "bins", ("a", "b"))
