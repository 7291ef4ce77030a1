"""The best items in the order of exact scores, whichever way float32 rounded them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fm.folded import Folded
from lambdas.logic.serving.top_items import TopItems

USERS = 4


def folded(n_items: int, factors: int, seed: int, scale: float = 1.0) -> Folded:
    """Among the items are copies, items that differ in a last digit, and items whose factors cancel."""
    rng = np.random.default_rng(seed)
    items = (scale * rng.normal(size=(n_items, factors))).astype(np.float32)
    terms = (scale * rng.normal(size=n_items)).astype(np.float32)
    if n_items and factors:
        some = rng.integers(0, n_items, (2, n_items))
        items[some[0]], terms[some[0]] = items[some[1]], terms[some[1]]
        near = rng.integers(0, n_items, n_items // 3)
        items[near, 0] = np.nextafter(items[near, 0], np.float32(np.inf))
        large = rng.integers(0, n_items, n_items // 4)
        items[large, -1], items[large, 0] = 1000 * scale, -1000 * scale
    users = rng.normal(size=(USERS, factors)).astype(np.float32)
    if factors > 1:
        users[0, -1] = users[0, 0]
    user_terms = rng.normal(size=USERS).astype(np.float32)
    return Folded(w0=0.3, users=users, user_terms=user_terms, items=items, item_terms=terms)


def exact(model: Folded, user: int) -> NDArray[np.float64]:
    """Scores in float64, but for what all items share."""
    products = model.items.astype(np.float64) * model.users[user].astype(np.float64)
    return np.asarray(products.sum(axis=1) + model.item_terms)


def expected(scores: NDArray[np.float64], n: int, is_allowed: NDArray[np.bool_]) -> list[int]:
    order = np.argsort(-scores, kind="stable")
    return [item for item in order.tolist() if is_allowed[item]][:n]


@given(
    n_items=st.sampled_from([1, 2, 50, 63, 64, 65, 700, 2000]),
    factors=st.sampled_from([0, 1, 3, 16, 64]),
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([0, 1, 2, 5, 10, 30, 500, 5000]),
    scale=st.sampled_from([1.0, 1e-6, 1e6]),
    share=st.sampled_from([None, 0.0, 0.01, 0.5, 1.0]),
)
def test_is_a_stable_sort_of_exact_scores(
    n_items: int, factors: int, seed: int, n: int, scale: float, share: float | None
) -> None:
    model, rng = folded(n_items, factors, seed, scale), np.random.default_rng(seed)
    excluded = rng.integers(0, n_items, rng.integers(0, n_items + 1)).astype(np.int32)
    allowed = None if share is None else rng.random(n_items) < share
    is_allowed = np.ones(n_items, np.bool_) if allowed is None else allowed.copy()
    is_allowed[excluded] = False
    best, matrix = TopItems(model), model.users @ model.items.T + model.item_terms
    for user in range(USERS):
        scores = exact(model, user)
        found = best.of(model.of_user(user), n, excluded=excluded, allowed=allowed)
        assert found.items.tolist() == expected(scores, n, is_allowed)
        shared = model.w0 + float(model.user_terms[user])
        np.testing.assert_array_equal(found.scores, scores[found.items] + shared)
        matrix[user, ~is_allowed] = -np.inf
        by_matrix = best.of_scores(matrix[user], model.of_user(user), n)
        assert by_matrix.items.tolist() == found.items.tolist()
        np.testing.assert_array_equal(by_matrix.scores, found.scores)


def test_scores_are_the_sums_of_all_products() -> None:
    model = folded(300, 16, 7)
    found = TopItems(model).of(model.of_user(2), 20)
    for item, score in zip(found.items.tolist(), found.scores.tolist(), strict=True):
        products = [float(a) * float(b) for a, b in zip(model.users[2], model.items[item], strict=True)]
        parts = [model.w0, float(model.user_terms[2]), float(model.item_terms[item]), *products]
        assert score == pytest.approx(math.fsum(parts), rel=1e-12)


def test_items_that_float32_cannot_tell_apart_are_told_apart() -> None:
    """Ten thousand items of which each is better than the one before by less than a float32 of the score shows."""
    steps = np.arange(10_000, dtype=np.float32)
    items = np.stack([np.full(10_000, 4096, np.float32), steps / 2**20], axis=1)
    users = np.array([[4096, 1]], np.float32)
    terms = np.zeros(10_000, np.float32)
    model = Folded(w0=0.0, users=users, user_terms=np.zeros(1, np.float32), items=items, item_terms=terms)
    assert np.unique((items @ users[0]).astype(np.float32)).size == 1
    assert TopItems(model).of(model.of_user(0), 5).items.tolist() == [9999, 9998, 9997, 9996, 9995]


def test_nothing_that_is_given_is_changed() -> None:
    model = folded(200, 3, 1)
    excluded, allowed = np.array([3, 4]), np.ones(200, np.bool_)
    before = [array.copy() for array in (model.items, model.item_terms, excluded, allowed)]
    TopItems(model).of(model.of_user(1), 5, excluded=excluded, allowed=allowed)
    for now, then in zip((model.items, model.item_terms, excluded, allowed), before, strict=True):
        np.testing.assert_array_equal(now, then)
