"""Scores against the definition: a double loop over pairs of features."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm import model as model_module
from fm.errors import FeatureCountMismatch, FmError, NotAClassifier
from fm.model import FactorizationMachine, PredictorType, sigmoid


def random_model(
    rng: np.random.Generator, features: int, factors: int, predictor_type: PredictorType = "binary_classifier"
) -> FactorizationMachine:
    return FactorizationMachine(
        w0=rng.standard_normal(1, dtype=np.float32),
        w=rng.standard_normal(features, dtype=np.float32),
        v=rng.standard_normal((features, factors), dtype=np.float32),
        predictor_type=predictor_type,
    )


def random_rows(rng: np.random.Generator, rows: int, features: int, density: float) -> csr_array[Any, Any]:
    dense = rng.normal(size=(rows, features)) * (rng.random((rows, features)) < density)
    return csr_array(dense.astype(np.float32))


def double_loop(x: NDArray[Any], model: FactorizationMachine) -> NDArray[np.float64]:
    """Rendle 2010, eq. 1, as it stands."""
    w0, w, v = (np.asarray(a, dtype=np.float64) for a in (model.w0, model.w, model.v))
    scores = np.empty(len(x))
    for row, values in enumerate(np.asarray(x, dtype=np.float64)):
        score = w0[0] + sum(w[i] * values[i] for i in range(len(values)))
        for i in range(len(values)):
            for j in range(i + 1, len(values)):
                score += (v[i] @ v[j]) * values[i] * values[j]
        scores[row] = score
    return scores


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(0, 7),
    features=st.integers(1, 12),
    factors=st.integers(1, 9),
    density=st.floats(0, 1),
)
def test_scores_are_the_definition(seed: int, rows: int, features: int, factors: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    model, x = random_model(rng, features, factors), random_rows(rng, rows, features, density)
    scores = model.score(x)
    assert scores.dtype == np.float32
    assert_allclose(scores, double_loop(x.toarray(), model), rtol=2e-4, atol=2e-4)


def test_a_row_scores_the_same_alone_and_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    model, x = random_model(rng, 40, 8), random_rows(rng, 300, 40, 0.2)
    together = model.score(x)
    alone = np.concatenate([model.score(x[[row]]) for row in range(300)])
    assert_array_equal(together, alone)
    # Chunks of 16 stored values: several rows each, ragged at the end.
    monkeypatch.setattr(model_module, "_CHUNK_VALUES", 16 * 8)
    assert_array_equal(model.score(x), together)


def test_scoring_gathers_a_bounded_number_of_factors_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, the gathered factors of these rows take 16 MB twice; a chunk of them takes a sixteenth."""
    rng = np.random.default_rng(1)
    model, x = random_model(rng, 50, 256), random_rows(rng, 800, 50, 0.4)
    gathered = x.nnz * 256 * 4
    assert gathered > 15 << 20
    monkeypatch.setattr(model_module, "_CHUNK_VALUES", (1 << 20) // 4)
    tracemalloc.start()
    try:
        model.score(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 << 20


def test_empty_rows_score_the_bias_wherever_they_stand() -> None:
    model = random_model(np.random.default_rng(2), 3, 2)
    x = csr_array(np.array([[0, 0, 0], [1, 0, 2], [0, 0, 0], [0, 3, 0], [0, 0, 0]], dtype=np.float32))
    assert_array_equal(model.score(x)[[0, 2, 4]], np.repeat(model.w0, 3))
    assert_allclose(model.score(x), double_loop(x.toarray(), model), rtol=1e-5)
    assert model.score(csr_array((0, 3), dtype=np.float32)).shape == (0,)


def test_a_column_named_twice_counts_with_its_sum() -> None:
    model = random_model(np.random.default_rng(3), 3, 2)
    twice = csr_array((np.array([1.0, 2.0, 1.0], np.float32), np.array([2, 0, 2]), np.array([0, 3])), shape=(1, 3))
    assert_allclose(model.score(twice), double_loop(np.array([[2.0, 0.0, 2.0]]), model), rtol=1e-5)


def test_a_classifier_answers_probability_and_label() -> None:
    rng = np.random.default_rng(4)
    model, x = random_model(rng, 6, 2), random_rows(rng, 50, 6, 0.5)
    probability, label = model.predict(x)
    assert label is not None
    assert_allclose(probability, 1 / (1 + np.exp(-double_loop(x.toarray(), model))), rtol=1e-4)
    assert_array_equal(label, [1.0 if p >= 0.5 else 0.0 for p in probability])
    assert set(label) == {0.0, 1.0}
    assert label.dtype == probability.dtype == np.float32


def test_exactly_one_half_is_labelled_one() -> None:
    w0, w, v = np.zeros(1, np.float32), np.zeros(2, np.float32), np.zeros((2, 1), np.float32)
    model = FactorizationMachine(w0=w0, w=w, v=v, predictor_type="binary_classifier")
    probability, label = model.predict(csr_array(np.ones((1, 2), dtype=np.float32)))
    assert label is not None
    assert (probability[0], label[0]) == (0.5, 1.0)


def test_a_regressor_answers_raw_scores_and_no_label() -> None:
    rng = np.random.default_rng(5)
    model, x = random_model(rng, 6, 2, "regressor"), random_rows(rng, 9, 6, 0.5)
    score, label = model.predict(x)
    assert label is None
    assert_array_equal(score, model.score(x))
    with pytest.raises(NotAClassifier, match="a regressor has no probabilities"):
        model.probability(x)


def test_a_matrix_of_another_width_is_refused_by_both_numbers() -> None:
    model = random_model(np.random.default_rng(6), 6, 2)
    with pytest.raises(FeatureCountMismatch, match="5 columns, expected 6"):
        model.score(csr_array((1, 5), dtype=np.float32))


def test_the_sigmoid_holds_at_both_ends() -> None:
    assert_array_equal(sigmoid(np.array([-1e5, 0.0, 1e5], dtype=np.float32)), [0, 0.5, 1])
    small = sigmoid(np.array([-80.0]))
    assert_allclose(small, np.exp(-80.0), rtol=1e-6)


@pytest.mark.parametrize(
    ("w0", "w", "v", "message"),
    [
        (np.zeros(2), np.zeros(3), np.zeros((3, 2)), r"w0 \(2,\)"),
        (np.zeros(1), np.zeros(4), np.zeros((3, 2)), r"w \(4,\), v \(3, 2\)"),
        (np.zeros(1), np.zeros(3), np.zeros(3), r"v has shape \(3,\), expected 2 dimension"),
    ],
)
def test_parameters_of_disagreeing_shapes_are_refused(
    w0: NDArray[Any], w: NDArray[Any], v: NDArray[Any], message: str
) -> None:
    with pytest.raises(FmError, match=message):
        FactorizationMachine(w0=w0, w=w, v=v, predictor_type="regressor")


def test_an_unknown_predictor_type_is_refused() -> None:
    one: Any = np.zeros(1)
    unknown: Any = "multiclass"
    with pytest.raises(FmError, match="'multiclass', expected 'binary_classifier' or 'regressor'"):
        FactorizationMachine(w0=one, w=one, v=one[:, None], predictor_type=unknown)
