"""New users: the least of the loss as an optimizer finds it, what order and opposites do, and planted tastes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from fm.errors import FoldInError, NothingToFoldIn
from fm.fold_in import RANKING, FoldIn, ItemPrior, fold_in
from fm.folded import Folded, UserVector

USERS, ITEMS, FACTORS = 40, 30, 3
Positions = list[int]


def drawn(seed: int = 0, *, scale: float = 0.7, users: int = USERS, bias: float = -1.0) -> Folded:
    rng = np.random.default_rng(seed)
    shapes: dict[str, int | tuple[int, int]] = {
        "users": (users, FACTORS),
        "user_terms": users,
        "items": (ITEMS, FACTORS),
        "item_terms": ITEMS,
    }
    arrays = {name: rng.normal(0.2, scale, shape).astype(np.float32) for name, shape in shapes.items()}
    return Folded(w0=bias, **arrays)


def whole(user: UserVector) -> NDArray[np.float64]:
    return np.append(user.vector, user.term).astype(np.float64)


def scores(folded: Folded, user: UserVector) -> NDArray[np.float64]:
    return folded.scores(*user).astype(np.float64)


class Oracle:
    """The loss of the module's docstring, term by term, for SciPy to find the least of."""

    def __init__(self, folded: Folded, liked: Positions, disliked: Positions, given: FoldIn) -> None:
        self.x = np.column_stack((folded.items, np.ones(folded.n_items))).astype(np.float64)
        self.offsets = folded.w0 + folded.item_terms.astype(np.float64)
        self.liked, self.disliked, self.given = liked, disliked, given
        users = np.column_stack((folded.users, folded.user_terms)).astype(np.float64)
        self.mean = users.mean(axis=0)
        count, d = users.shape
        spread = np.cov(users.T, bias=True)
        alike = np.trace(spread) / d * np.eye(d)
        self.covariance = (count * spread + d * alike) / (count + d)

    def __call__(self, z: NDArray[np.float64]) -> float:
        s = self.offsets + self.x @ z - self.given.liked_from
        observed = sum(-np.log(expit(s[i])) for i in self.liked)
        observed -= self.given.dislike * sum(np.log(expit(-s[i])) for i in self.disliked)
        off = z - self.mean
        likely = 0.5 * off @ np.linalg.solve(self.covariance, off)
        return float(observed + self.given.prior * likely + self.given.negatives * len(self.liked) * self.unseen(off))

    def unseen(self, off: NDArray[np.float64]) -> float:
        """Mean of softplus over all items, to the second order around the mean user."""
        at = self.offsets + self.x @ self.mean
        p, moved = expit(at), self.x @ off
        return float(np.mean(np.logaddexp(0, at) + p * moved + 0.5 * p * (1 - p) * moved**2))


@pytest.mark.parametrize(
    ("liked", "disliked"),
    [([1, 5, 9, 20], [2, 7]), ([4], []), ([], [4, 8]), ([], [3]), (list(range(15)), list(range(15, ITEMS)))],
    ids=["both", "one like", "dislikes alone", "one dislike", "everything"],
)
@pytest.mark.parametrize(
    "given_settings",
    [RANKING, FoldIn(negatives=2, dislike=2, prior=5), FoldIn.of_ratings(), FoldIn.of_ratings(3.5)],
    ids=["ranking", "other", "classifier", "regressor"],
)
def test_it_is_the_least_of_the_loss(liked: Positions, disliked: Positions, given_settings: FoldIn) -> None:
    folded = drawn(bias=3.0 if given_settings.liked_from else -1.0)
    loss = Oracle(folded, liked, disliked, given_settings)
    found = whole(fold_in(folded, liked, disliked, settings=given_settings))
    least = minimize(loss, loss.mean, method="BFGS", options={"gtol": 1e-7}).x
    np.testing.assert_allclose(found, least, atol=2e-4)
    assert loss(found) <= loss(loss.mean)


def test_only_those_who_were_trained_say_how_users_are() -> None:
    folded, trained = drawn(), np.arange(0, USERS, 2)
    only = Folded(
        w0=folded.w0,
        users=folded.users[trained],
        user_terms=folded.user_terms[trained],
        items=folded.items,
        item_terms=folded.item_terms,
    )
    of_some = fold_in(folded, [1, 2], prior=ItemPrior.of(folded, trained))
    np.testing.assert_allclose(whole(of_some), whole(fold_in(only, [1, 2])), rtol=1e-6)
    assert np.abs(whole(of_some) - whole(fold_in(folded, [1, 2]))).max() > 1e-3


def test_many_users_and_items_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    folded = drawn()
    at_once = ItemPrior.of(folded)
    monkeypatch.setattr("fm.fold_in._CHUNK_ROWS", 7)
    in_parts = ItemPrior.of(folded)
    for name in ("mean", "precision", "pull", "gram"):
        np.testing.assert_allclose(getattr(in_parts, name), getattr(at_once, name), rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(st.permutations(range(12)), st.integers(0, 12), st.data())
def test_the_order_of_what_is_given_does_not_matter(items: Positions, likes: int, data: st.DataObject) -> None:
    folded = drawn()
    liked, disliked = items[:likes], items[likes:]
    again = [data.draw(st.permutations(part + part[:2])) for part in (sorted(liked), sorted(disliked))]
    assert whole(fold_in(folded, liked, disliked)).tolist() == whole(fold_in(folded, *again)).tolist()


@settings(deadline=None)
@given(
    st.integers(0, 50),
    st.lists(st.integers(0, ITEMS - 1), max_size=8, unique=True),
    st.integers(0, ITEMS - 1),
    st.sampled_from([RANKING, FoldIn.of_ratings()]),
)
def test_a_dislike_lowers_the_item_and_whatever_is_like_it(
    seed: int, liked: Positions, disliked: int, given_settings: FoldIn
) -> None:
    """Because the loss is convex the disliked item's own score can only fall, and a twin's falls with it."""
    folded = drawn(seed)
    items = folded.items.copy()
    twin = (disliked + 1) % ITEMS
    items[twin] = items[disliked]
    folded = Folded(
        w0=folded.w0, users=folded.users, user_terms=folded.user_terms, items=items, item_terms=folded.item_terms
    )
    liked = [item for item in liked if item not in (disliked, twin)] or [(disliked + 2) % ITEMS]
    before = scores(folded, fold_in(folded, liked, settings=given_settings))
    after = scores(folded, fold_in(folded, liked, [disliked], settings=given_settings))
    assert (after[[disliked, twin]] < before[[disliked, twin]]).all()


def test_a_dislike_lowers_its_kind_most() -> None:
    """Two kinds of items, and users who lean to one of them."""
    rng = np.random.default_rng(5)
    kind = np.repeat((0, 1), ITEMS // 2)
    items = np.eye(FACTORS)[kind] + rng.normal(0, 0.1, (ITEMS, FACTORS))
    folded = Folded(
        w0=-1.0,
        users=rng.normal(0, 1.0, (USERS, FACTORS)).astype(np.float32),
        user_terms=np.zeros(USERS, np.float32),
        items=items.astype(np.float32),
        item_terms=np.zeros(ITEMS, np.float32),
    )
    liked = [1, 2, 16, 17]
    change = scores(folded, fold_in(folded, liked, [0, 3])) - scores(folded, fold_in(folded, liked))
    assert (change[kind == 0] < 0).all()
    assert change[kind == 0].max() < change[kind == 1].min()
    liking_more = scores(folded, fold_in(folded, [*liked, 18, 19])) - scores(folded, fold_in(folded, liked))
    assert liking_more[kind == 1].mean() > liking_more[kind == 0].mean() + 0.1


@pytest.mark.parametrize("scale", [1e-20, 1e-3, 30.0, 1e4])
def test_vectors_of_any_size_give_finite_users(scale: float) -> None:
    folded = drawn(1, scale=scale)
    found = fold_in(folded, [0, 1, 2], [3, 4])
    assert np.isfinite(whole(found)).all()
    assert found.vector.dtype == np.float32
    assert whole(found).tolist() == whole(fold_in(folded, [0, 1, 2], [3, 4])).tolist()


@pytest.mark.parametrize("users", [1, 2])
def test_few_trained_users_are_enough(users: int) -> None:
    """Fewer than numbers in a vector, so that their own covariance has no inverse."""
    assert np.isfinite(whole(fold_in(drawn(users=users), [0, 1], [2]))).all()


@pytest.mark.parametrize("ratings", [5, 60], ids=["few", "many"])
def test_tastes_that_were_planted_are_found(ratings: int) -> None:
    """Users of the trained users' kind like what their own vectors say; the more they say, the nearer one comes."""
    rng = np.random.default_rng(9)
    n_items, factors = 500, 4
    tastes, kinds = rng.normal(0, 1.2, (300, factors)), rng.normal(0, 1, (n_items, factors))
    folded = Folded(
        w0=-1.0,
        users=tastes.astype(np.float32),
        user_terms=rng.normal(0, 0.2, 300).astype(np.float32),
        items=kinds.astype(np.float32),
        item_terms=rng.normal(0, 0.3, n_items).astype(np.float32),
    )
    prior, correlations = ItemPrior.of(folded), []
    for taste in rng.normal(0, 1.2, (40, factors)):
        truth = scores(folded, UserVector(taste.astype(np.float32), 0.0))
        rated = rng.choice(n_items, ratings, replace=False)
        is_like = rng.random(ratings) < expit(truth[rated])
        if is_like.any():
            user = fold_in(folded, rated[is_like], rated[~is_like], prior=prior, settings=FoldIn.of_ratings())
            correlations.append(np.corrcoef(scores(folded, user), truth)[0, 1])
    assert np.mean(correlations) > {5: 0.55, 60: 0.9}[ratings]


def test_nothing_to_go_by_is_refused_by_name() -> None:
    with pytest.raises(NothingToFoldIn, match="0 liked and 0 disliked items"):
        fold_in(drawn(), [])
    with pytest.raises(FoldInError, match="0 trained users"):
        ItemPrior.of(drawn(), np.array([], np.int64))


@pytest.mark.parametrize(
    ("liked", "disliked", "message"),
    [
        ([1, ITEMS], [], f"liked item {ITEMS}, expected 0 to {ITEMS - 1}"),
        ([1], [-1], "disliked item -1"),
        ([1, 2], [2, 3], "item 2 both liked and disliked"),
        ([0.5], [], "liked items of shape (1,) and type float64"),
        ([[1]], [], "liked items of shape (1, 1)"),
    ],
    ids=["beyond", "below", "both", "fraction", "nested"],
)
def test_what_cannot_be_folded_in_is_named(liked: Any, disliked: Any, message: str) -> None:
    with pytest.raises(FoldInError) as raised:
        fold_in(drawn(), liked, disliked)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "given_settings",
    [{"negatives": -1}, {"dislike": 0}, {"prior": 0}, {"prior": float("nan")}, {"liked_from": 3.5}],
    ids=lambda given_settings: next(iter(given_settings)),
)
def test_settings_that_mean_nothing_are_named(given_settings: dict[str, float]) -> None:
    with pytest.raises(FoldInError, match=next(iter(given_settings))):
        FoldIn(**given_settings)
