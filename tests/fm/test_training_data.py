"""Channels in pieces: the rows that come out are those that went in, and what is wrong with them is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm import training_data
from fm.errors import TrainingDataError
from fm.training_data import Collector, Pairs, Sparse, TrainingRows
from tests.fm import cases
from tests.fm.cases import FEATURES, ROWS, general_rows, labels_of, scaled_pairs, unit_pairs

Maker = Callable[[np.random.Generator], csr_array[Any, Any]]


def dense(rows: TrainingRows) -> NDArray[Any]:
    parts = [csr_array((part.data, part.indices, part.indptr), shape=(part.count, FEATURES)) for part in rows.chunks()]
    return np.concatenate([part.toarray() for part in parts])


@given(
    makers=st.lists(st.sampled_from([unit_pairs, scaled_pairs, general_rows]), min_size=1, max_size=4),
    chunk_rows=st.integers(1, 2 * ROWS),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=40)
def test_pieces_become_the_same_rows_in_the_same_order(makers: list[Maker], chunk_rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pieces = [(make(rng), labels_of(rng, "binary_classifier")) for make in makers]
    collector = Collector(cases.settings())
    for x, y in pieces:
        collector.add(x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_data, "CHUNK_ROWS", chunk_rows)
        rows = collector.take()
        assert_array_equal(dense(rows), np.concatenate([x.toarray() for x, _ in pieces]))
    assert_array_equal(rows.labels, np.concatenate([y for _, y in pieces]))
    assert len(rows) == len(makers) * ROWS
    assert isinstance(rows, Pairs) == all(make is unit_pairs for make in makers)


def test_rows_of_two_ones_take_twelve_bytes() -> None:
    rng = np.random.default_rng(0)
    rows = training_data.training_rows(unit_pairs(rng), labels_of(rng, "regressor"), cases.settings("regressor"))
    assert isinstance(rows, Pairs)
    assert rows.first.nbytes + rows.second.nbytes + rows.labels.nbytes == 12 * ROWS


def test_other_rows_of_two_values_are_no_pairs() -> None:
    rng = np.random.default_rng(0)
    uneven = np.zeros((2, FEATURES), np.float32)
    uneven[0, :3] = uneven[1, 0] = 1
    for x in (scaled_pairs(rng)[:2], csr_array(uneven)):
        assert isinstance(training_data.training_rows(x, [0, 1], cases.settings()), Sparse)


@pytest.mark.parametrize(
    ("label", "value", "message"),
    [(2.0, 1.0, f"row {ROWS + 3}: label 2.0, expected 0 or 1"), (1.0, np.inf, f"row {ROWS + 3}, feature .: value inf")],
)
def test_rows_are_counted_from_where_the_channel_begins(label: float, value: float, message: str) -> None:
    rng = np.random.default_rng(0)
    collector = Collector(cases.settings())
    collector.add(unit_pairs(rng), labels_of(rng, "binary_classifier"))
    x, y = unit_pairs(rng), labels_of(rng, "binary_classifier")
    x.data[7], y[3] = value, label
    with pytest.raises(TrainingDataError, match=message):
        collector.add(x, y)
