"""The bias-only baseline against scikit-learn's regressions on one-hot users and items."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression, Ridge

from fm.errors import MetricError
from fm.evaluation import bias_only
from fm.evaluation.bias_only import BiasOnly, fit_like_biases, fit_rating_biases

USERS, ITEMS, ROWS = 30, 20, 900
SIZES = {"n_users": USERS + 1, "n_items": ITEMS + 2}  # the last ones have no row


def planted(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Users, items of uneven popularity, and a score of generosity and quality."""
    users, items = rng.integers(0, USERS, ROWS), (ITEMS * rng.random(ROWS) ** 2).astype(np.int64)
    return users, items, 0.3 + rng.normal(size=USERS)[users] + rng.normal(size=ITEMS)[items]


def one_hot(users: NDArray[np.int64], items: NDArray[np.int64]) -> csr_array[np.float64, tuple[int, int]]:
    columns = np.column_stack([users, SIZES["n_users"] + items]).ravel()
    shape = (users.size, sum(SIZES.values()))
    return csr_array((np.ones(columns.size), columns, np.arange(0, columns.size + 1, 2)), shape=shape)


def assert_same(found: BiasOnly, bias: float, coefficients: NDArray[np.float64], *, within: float) -> None:
    assert found.bias == pytest.approx(bias, abs=within)
    np.testing.assert_allclose(np.concatenate([found.users, found.items]), coefficients, atol=within)
    assert found.users[-1] == found.items[-1] == 0


@pytest.mark.parametrize("chunk", [1 << 20, 70])
def test_likes_are_a_penalised_logistic_regression(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bias_only, "_CHUNK_ROWS", chunk)
    rng = np.random.default_rng(0)
    users, items, score = planted(rng)
    likes = rng.random(ROWS) < 1 / (1 + np.exp(-score))
    found = fit_like_biases(users, items, likes, penalty=2.0, **SIZES)
    oracle = LogisticRegression(C=1 / 2.0, tol=1e-9, max_iter=2000).fit(one_hot(users, items), likes)
    assert_same(found, oracle.intercept_[0], oracle.coef_[0], within=0.005)
    expected = oracle.predict_proba(one_hot(users, items))[:, 1]
    np.testing.assert_allclose(found.probability(users, items), expected, atol=0.001)


def test_ratings_are_a_ridge_regression() -> None:
    rng = np.random.default_rng(1)
    users, items, score = planted(rng)
    ratings = 3 + score + rng.normal(size=ROWS)
    found = fit_rating_biases(users, items, ratings, penalty=5.0, **SIZES)
    oracle = Ridge(alpha=5.0, tol=1e-9, solver="sparse_cg").fit(one_hot(users, items), ratings)
    assert_same(found, oracle.intercept_, oracle.coef_, within=0.002)
    np.testing.assert_allclose(found.score(users, items), oracle.predict(one_hot(users, items)), atol=0.002)


def test_a_user_who_likes_everything_does_not_overshoot() -> None:
    users, items = np.repeat([0, 1], 500), np.tile(np.arange(500), 2)
    likes = (users == 0).astype(float)
    found = fit_like_biases(users, items, likes, n_users=2, n_items=500, penalty=0.01)
    assert found.probability(np.array([0, 1]), np.array([0, 0])) == pytest.approx([1, 0], abs=0.02)


def test_what_cannot_be_fitted_is_named() -> None:
    with pytest.raises(MetricError, match="all 2 labels are 1, expected some of each"):
        fit_like_biases([0, 1], [0, 1], [1, 1], n_users=2, n_items=2)
    with pytest.raises(MetricError, match="user 2 at 1, expected 0 to 1"):
        fit_like_biases([0, 2], [0, 1], [0, 1], n_users=2, n_items=2)
    with pytest.raises(MetricError, match="2 users, 1 items and 2 labels"):
        fit_rating_biases([0, 1], [0], [3, 4], n_users=2, n_items=2)
    with pytest.raises(MetricError, match=r"label 3\.0 at row 0"):
        fit_like_biases([0, 1], [0, 1], [3, 0], n_users=2, n_items=2)
