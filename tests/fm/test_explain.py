"""Contributions against every term of the score visited one by one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm import explain as explanation
from fm.errors import ExplanationError, FeatureCountMismatch
from fm.explain import Contributions, FeatureBlock, explain
from fm.model import FactorizationMachine

BLOCKS = [
    FeatureBlock("user", 0, 4),
    FeatureBlock("item", 4, 6),
    FeatureBlock("nobody", 6, 6),
    FeatureBlock("genre", 6, 11),
]
FEATURES, FACTORS = 11, 3


def model(seed: int = 0) -> FactorizationMachine:
    rng = np.random.default_rng(seed)
    w0, w, v = (rng.normal(size=size).astype(np.float32) for size in (1, FEATURES, (FEATURES, FACTORS)))
    return FactorizationMachine(w0=w0, w=w, v=v, predictor_type="regressor")


def dense_rows(seed: int = 1, rows: int = 40) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(rows, FEATURES)) * (rng.random((rows, FEATURES)) < 0.5)).astype(np.float32)
    x[[0, rows - 1]] = 0
    return x


def explained(x: NDArray[np.float32]) -> Contributions:
    return explain(model(), csr_array(x), BLOCKS)


def by_double_loop(x: NDArray[np.float32]) -> tuple[list[float], list[list[float]]]:
    """Linear terms of one row by block, and pair terms by pair of blocks."""
    fm, n = model(), len(BLOCKS)
    block_of = [next(at for at, block in enumerate(BLOCKS) if block.start <= i < block.stop) for i in range(FEATURES)]
    linear, pairs = [0.0] * n, [[0.0] * n for _ in range(n)]
    for i in range(FEATURES):
        linear[block_of[i]] += float(fm.w[i]) * float(x[i])
        for j in range(i + 1, FEATURES):
            term = sum(float(a) * float(b) for a, b in zip(fm.v[i], fm.v[j], strict=True)) * float(x[i]) * float(x[j])
            pairs[block_of[i]][block_of[j]] += term
    return linear, pairs


def test_contributions_are_the_terms_of_the_score() -> None:
    x = dense_rows()
    found = explained(x)
    assert found.bias == float(model().w0[0])
    for row in range(len(x)):
        linear, pairs = by_double_loop(x[row])
        np.testing.assert_allclose(found.blocks[row], linear, atol=1e-12)
        np.testing.assert_allclose(found.pairs[row], pairs, atol=1e-12)
    np.testing.assert_allclose(found.linear, csr_array(x * model().w.astype(np.float64)).data, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_they_sum_to_the_score(seed: int, rows: int) -> None:
    x = csr_array(dense_rows(seed, rows))
    fm = model(seed)
    np.testing.assert_allclose(explain(fm, x, BLOCKS).scores(), fm.score(x), rtol=1e-4, atol=1e-4)
    whole = explain(fm, x, [("all", 0, FEATURES)])
    np.testing.assert_allclose(whole.scores(), explain(fm, x, BLOCKS).scores(), atol=1e-10)


@pytest.mark.parametrize("numbers", [1, 100])
def test_many_rows_are_explained_as_each_alone(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = dense_rows()
    at_once = explained(x)
    monkeypatch.setattr(explanation, "_CHUNK_NUMBERS", numbers)
    in_chunks = explained(x)
    np.testing.assert_allclose(in_chunks.pairs, at_once.pairs, atol=1e-14)
    np.testing.assert_allclose(in_chunks.blocks, at_once.blocks, atol=1e-14)
    for row in range(len(x)):
        alone = explained(x[row : row + 1])
        np.testing.assert_allclose(at_once.pairs[row], alone.pairs[0], atol=1e-14)
        assert at_once.as_json(row)["linear"] == alone.as_json(0)["linear"]


def test_one_rows_explanation_in_words_of_json() -> None:
    x = np.zeros((2, FEATURES), dtype=np.float32)
    x[1, [2, 5, 7, 9]] = 1, 1, 1, 0.5
    found = explained(x).as_json(1)
    assert json.loads(json.dumps(found)) == found
    fm = model()
    assert [(part["feature"], part["value"]) for part in found["linear"]] == [(2, 1), (5, 1), (7, 1), (9, 0.5)]
    assert found["linear"][3]["contribution"] == pytest.approx(float(fm.w[9]) / 2)
    assert [part["block"] for part in found["linear"]] == ["user", "item", "genre", "genre"]
    pairs = {tuple(part["blocks"]): part["contribution"] for part in found["pairs"]}
    assert set(pairs) == {("user", "item"), ("user", "genre"), ("item", "genre"), ("genre", "genre")}
    assert pairs["user", "item"] == pytest.approx(float(fm.v[2] @ fm.v[5]), rel=1e-5)
    assert pairs["genre", "genre"] == pytest.approx(float(fm.v[7] @ fm.v[9]) / 2, rel=1e-5)
    parts = [*found["linear"], *found["pairs"]]
    assert found["score"] == pytest.approx(found["bias"] + sum(part["contribution"] for part in parts))
    assert explained(x).as_json(0) == {"score": found["bias"], "bias": found["bias"], "linear": [], "pairs": []}


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([("user", 0, 4), ("item", 4, 6)], "column .* of row 0 is in no block"),
        ([("user", 0, 4), ("genre", 6, 11)], "column .* is in no block"),
        ([("user", 0, 5), ("item", 4, 11)], "expected 5 ≤ start ≤ stop ≤ 11"),
        ([("user", 0, 5), ("item", 5, 12)], "expected 5 ≤ start ≤ stop ≤ 11"),
        ([("item", 4, 11), ("user", 0, 4)], "expected 11 ≤ start"),
        ([("user", 0, 4), ("user", 4, 11)], "each name once"),
        ([], "at least one"),
    ],
)
def test_blocks_that_do_not_divide_a_row_are_named(blocks: list[tuple[str, int, int]], message: str) -> None:
    with pytest.raises(ExplanationError, match=message):
        explain(model(), csr_array(np.ones((2, FEATURES), dtype=np.float32)), blocks)


def test_rows_of_another_width_are_named() -> None:
    with pytest.raises(FeatureCountMismatch, match="3 columns, expected 11"):
        explain(model(), csr_array(np.ones((1, 3))), BLOCKS)
