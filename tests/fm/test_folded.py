"""Folded users and items score as the model's formula does, written as a sum over all pairs of features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.errors import FeatureCountMismatch, FoldingError
from fm.folded import Folded, fold_rows
from fm.matrix import as_rows
from fm.model import FactorizationMachine
from tests.fm.cases import raw_score
from tests.fm.evaluation.catalogue import ITEMS, USERS, model, rows_of

OF_USERS, OF_ITEMS = 5, 6


def whole_scores(fm: FactorizationMachine, users: NDArray[Any], items: NDArray[Any]) -> NDArray[np.float64]:
    """(users, items), of dense rows that are a user's and an item's features added up."""
    return np.array([[raw_score(user + item, float(fm.w0[0]), fm.w, fm.v) for item in items] for user in users])


def dense_sides(rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Features of each user and each item, in columns of their own; some have none."""
    users, items = np.zeros((USERS, OF_USERS + OF_ITEMS)), np.zeros((ITEMS, OF_USERS + OF_ITEMS))
    users[:, :OF_USERS] = rng.normal(size=(USERS, OF_USERS)) * (rng.random((USERS, OF_USERS)) < 0.6)
    items[:, OF_USERS:] = rng.normal(size=(ITEMS, OF_ITEMS)) * (rng.random((ITEMS, OF_ITEMS)) < 0.6)
    users[3], items[4] = 0, 0
    return users, items


def assert_scores(folded: Folded, expected: NDArray[np.float64]) -> None:
    users, items = (places.ravel() for places in np.indices(expected.shape))
    np.testing.assert_allclose(folded.raw(users, items).reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)
    of_users = np.stack([folded.scores(*folded.of_user(user)) for user in range(folded.n_users)])
    assert of_users.dtype == np.float32
    np.testing.assert_allclose(of_users, expected, rtol=1e-4, atol=1e-4)


def test_users_and_items_with_features_score_as_the_model_does() -> None:
    rng = np.random.default_rng(2)
    users, items = dense_sides(rng)
    fm = model(rng, OF_USERS + OF_ITEMS)
    assert_scores(Folded.of_rows(fm, users=rows_of(users), items=rows_of(items)), whole_scores(fm, users, items))


def test_columns_of_users_and_items_score_as_the_model_does() -> None:
    fm = model(np.random.default_rng(1))
    folded = Folded.of_columns(fm, users=slice(0, USERS), items=slice(USERS, USERS + ITEMS))
    eye = np.eye(USERS + ITEMS)
    assert (folded.n_users, folded.n_items, folded.n_factors) == (USERS, ITEMS, fm.n_factors)
    assert_scores(folded, whole_scores(fm, eye[:USERS], eye[USERS:]))
    assert folded.items.base is not None, "a large model is not copied"


def test_a_users_own_term_moves_all_scores_alike() -> None:
    folded = Folded.of_columns(model(np.random.default_rng(1)), users=slice(0, 4), items=slice(4, 9))
    vector, term = folded.of_user(2)
    np.testing.assert_allclose(folded.scores(vector, term) - folded.scores(vector), np.full(5, term), atol=1e-5)


def test_rows_fold_in_parts_as_they_do_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    users, _ = dense_sides(rng)
    fm, rows = model(rng, OF_USERS + OF_ITEMS), as_rows(rows_of(users))
    at_once = fold_rows(fm, rows)
    monkeypatch.setattr("fm.folded._CHUNK_NUMBERS", 4 * fm.n_factors)
    for one, other in zip(at_once, fold_rows(fm, rows), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_does_not_fit_together_is_named() -> None:
    fm = model(np.random.default_rng(0), 3)
    with pytest.raises(FoldingError, match="column 1 in rows of users and of items"):
        Folded.of_rows(fm, users=rows_of(np.ones((1, 3))), items=rows_of(np.eye(3)[1:2]))
    with pytest.raises(FeatureCountMismatch, match="2 columns, expected 3"):
        Folded.of_rows(fm, users=rows_of(np.ones((1, 2))), items=rows_of(np.zeros((1, 2))))
    with pytest.raises(FeatureCountMismatch, match="items in columns"):
        Folded.of_columns(fm, users=slice(0, 2), items=slice(2, 4))
    folded = Folded.of_columns(fm, users=slice(0, 2), items=slice(2, 3))
    with pytest.raises(FoldingError, match=r"a vector of shape \(2,\), expected \(3,\)"):
        folded.scores(np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"users": (4,)}, r"users of shape \(4,\), expected 2"),
        ({"item_terms": (5, 1)}, r"item_terms of shape \(5, 1\), expected 1"),
        ({"user_terms": (3,)}, "3 user_terms, expected one for each of 4 users"),
        ({"item_terms": (6,)}, "6 item_terms, expected one for each of 5 items"),
        ({"users": (4, 3)}, "users of 3 factors and items of 2"),
    ],
    ids=["vector", "column", "user_terms", "item_terms", "factors"],
)
def test_arrays_that_are_not_of_one_model_are_named(shapes: dict[str, tuple[int, ...]], message: str) -> None:
    fitting = {"users": (4, 2), "user_terms": (4,), "items": (5, 2), "item_terms": (5,)}
    arrays = {name: np.zeros(shape, np.float32) for name, shape in (fitting | shapes).items()}
    with pytest.raises(FoldingError, match=message):
        Folded(w0=0.0, **arrays)
