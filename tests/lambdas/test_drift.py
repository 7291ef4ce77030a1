"""Drift of real ratings and of generated ones: what is quiet, what is not, and what cannot be measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.evaluation.bias_only import fit_like_biases
from fm.evaluation.stability import MAJOR, MINOR
from fm.folded import Folded
from lambdas.logic import drift
from lambdas.logic.channels import Ratings
from lambdas.logic.drift import Drift, Known, NotMeasurable, Reference, measure, not_measured
from prep.feature_space import FeatureSpace

Rows = NDArray[np.int64]
"""Users, items and stars, (n, 3)."""


class Shop:
    """Ratings by their ids, as an execution prepares them."""

    def __init__(self, rows: Rows) -> None:
        self.space = FeatureSpace.of(users=rows[:, 0], items=rows[:, 1])
        users, items = self.space.positions_of_users(rows[:, 0]), self.space.positions_of_items(rows[:, 1])
        labels = (rows[:, 2] >= 4).astype(np.float32)
        self.ratings = Ratings(users.astype(np.int32), items.astype(np.int32), labels)

    def known(self) -> Known:
        """A model of these ratings that knows how generous each user and how liked each item is."""
        ratings, sizes = self.ratings, {"n_users": len(self.space.users), "n_items": len(self.space.items)}
        biases = fit_like_biases(ratings.users, ratings.items, ratings.labels, **sizes)
        folded = Folded(
            w0=biases.bias,
            users=np.zeros((sizes["n_users"], 1), np.float32),
            user_terms=biases.users.astype(np.float32),
            items=np.zeros((sizes["n_items"], 1), np.float32),
            item_terms=biases.items.astype(np.float32),
        )
        return Known(space=self.space, folded=folded, reference=Reference.of(folded, ratings))


def rows_in(path: Path) -> Rows:
    return np.loadtxt(path, dtype=np.int64, usecols=(0, 1, 2))


def exchanged(rows: Rows, share: float, rng: np.random.Generator) -> Rows:
    """That share of the items, drawn at random, are others."""
    ids = np.unique(rows[:, 1])
    gone = np.isin(rows[:, 1], rng.choice(ids, round(share * ids.size), replace=False))
    return np.column_stack([rows[:, 0], np.where(gone, rows[:, 1] + 100_000, rows[:, 1]), rows[:, 2]])


def found(live: Known, rows: Rows) -> Drift:
    shop = Shop(rows)
    return measure(live, shop.ratings, shop.space)


@pytest.fixture(scope="module")
def real(ml_100k: Path) -> tuple[Known, Rows]:
    rows = rows_in(ml_100k / "ua.base")
    return Shop(rows).known(), rows


def test_the_real_ratings_drawn_again_are_no_drift(real: tuple[Known, Rows], ml_100k: Path) -> None:
    live, rows = real
    rng = np.random.default_rng(7)
    for again in (rng.choice(rows, len(rows)), rng.permutation(rows)[: len(rows) // 2], rows_in(ml_100k / "ub.base")):
        drifted = found(live, again)
        assert drifted.index < 0.01
        assert drifted.level == "none"
        assert drifted.unknown_items < 0.001
    # Each user has ten there, which is another mixture of users; the model has learnt from none of them.
    held_out = found(live, rows_in(ml_100k / "ua.test"))
    assert held_out.index < MINOR
    assert held_out.ratings == 9430


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_of_the_real_catalogue_is_a_major_drift_that_scores_do_not_see(
    real: tuple[Known, Rows], seed: int
) -> None:
    live, rows = real
    others = exchanged(rows, 0.25, np.random.default_rng(seed))
    drifted = found(live, others)
    assert drifted.items > 2 * MAJOR
    assert drifted.level == "major"
    assert drifted.unknown_items == np.mean(others[:, 1] > 100_000)
    assert drifted.unknown_users == 0
    assert drifted.scores is not None
    assert drifted.scores < 0.01


def test_what_comes_later_is_a_little_drift(ml_100k: Path) -> None:
    """The later half of the real ratings beside the earlier one: 4 % of them are of items that nobody had rated."""
    every = np.loadtxt(ml_100k / "u.data", dtype=np.int64)
    every = every[np.argsort(every[:, 3], kind="stable"), :3]
    drifted = found(Shop(every[:50_000]).known(), every[50_000:])
    assert drifted.unknown_items == pytest.approx(0.04, abs=0.002)
    assert drifted.unknown_users > 0.5
    assert 0.03 < drifted.items < MINOR


def test_items_that_swap_their_ids_are_seen_and_no_major_drift(real: tuple[Known, Rows]) -> None:
    live, rows = real
    rng = np.random.default_rng(1)
    swapped = rng.choice(live.space.items, live.space.items.size // 4, replace=False)
    ids = dict(zip(swapped.tolist(), rng.permutation(swapped).tolist(), strict=True))
    items = np.array([ids.get(item, item) for item in rows[:, 1].tolist()])
    drifted = found(live, np.column_stack([rows[:, 0], items, rows[:, 2]]))
    assert 0.05 < drifted.items < MAJOR
    assert drifted.unknown_items == 0


def _invented(seed: int, n: int = 3_000) -> Rows:
    rng = np.random.default_rng(seed)
    items = np.minimum(rng.geometric(0.05, n), 80)
    return np.column_stack([rng.integers(1, 60, n), items, rng.integers(1, 6, n)])


def test_an_index_is_that_of_shares_counted_out() -> None:
    rows, later = _invented(1), _invented(2)
    live = Shop(rows).known()
    drifted = found(live, later)
    counts = dict(zip(*(part.tolist() for part in np.unique(rows[:, 1], return_counts=True)), strict=True))
    group, before = {}, 0
    for item in sorted(counts, key=lambda item: (-counts[item], item)):
        group[item] = 10 * before // len(rows)
        before += counts[item]
    old, new = ([group.get(item, 10) for item in part[:, 1].tolist()] for part in (rows, later))
    shares = [[max(places.count(place) / 3_000, 0.01) for place in range(11)] for places in (old, new)]
    by_hand = sum((a - e) * np.log(a / e) for e, a in zip(*shares, strict=True))
    assert drifted.items == pytest.approx(by_hand)
    assert drifted.bins["items"]["now"] == pytest.approx([new.count(place) / 3_000 for place in range(11)], abs=1e-4)


def test_a_reference_is_read_as_it_was_written() -> None:
    reference = Shop(_invented(1)).known().reference
    again = Reference.from_json(reference.to_json())
    assert again.to_json() == reference.to_json()
    assert (again.edges == reference.edges).all()


def test_of_very_many_ratings_some_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Shop(_invented(1)).known()
    whole = found(live, _invented(2))
    monkeypatch.setattr(drift, "MOST_SCORED", 1_000)
    part = found(live, _invented(2))
    assert (part.items, part.ratings) == (whole.items, whole.ratings)
    assert part.scores is not None
    assert whole.scores is not None
    assert 0 < abs(part.scores - whole.scores) < 0.1


def test_scores_are_told_of_known_users_alone() -> None:
    rows = _invented(1)
    drifted = found(Shop(rows).known(), np.add(rows, [1_000, 0, 0]))
    assert (drifted.unknown_users, drifted.unknown_items, drifted.scores) == (1, 0, None)
    assert drifted.index == drifted.items == 0
    assert "too few to tell of scores" in drifted.as_json()["reason"]


def test_a_sentence_says_what_was_found() -> None:
    drifted = Drift(scores=0.05, items=0.3, unknown_items=0.2, unknown_users=0.011, ratings=90_570, bins={})
    assert drifted.as_json()["reason"] == (
        "PSI 0.3000 of items and 0.0500 of scores beside what the live model has learnt from: 0.25 or more, a major "
        "shift; of 90,570 ratings 20.0 % are of items and 1.1 % of users that it does not know"
    )
    assert not_measured("no model is live") == {"measured": False, "reason": "not measured: no model is live"}


def test_too_few_ratings_are_not_measured() -> None:
    live = Shop(_invented(1)).known()
    with pytest.raises(NotMeasurable, match="299 ratings beside 3000, expected 300 of each"):
        found(live, _invented(2, n=299))
    with pytest.raises(NotMeasurable, match="300 ratings beside 299, expected 300 of each"):
        found(Shop(_invented(1, n=299)).known(), _invented(2, n=300))


GOOD: dict[str, Any] = {"edges": [0.0, 1.0], "scores": [1, 2, 3], "items": [4, 2], "decision": None}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        *(
            json.dumps({**GOOD, name: value}).encode()
            for name, value in [
                ("edges", [1.0, 0.0]),
                ("edges", "many"),
                ("edges", [0.0]),
                ("scores", [1, 2]),
                ("scores", [1, 2, -3]),
                ("items", [0.5]),
                ("items", [[1]]),
                ("items", [10**30]),
                ("items", None),
                ("decision", "4"),
            ]
        ),
    ],
)
def test_a_reference_that_is_none_is_said(content: bytes) -> None:
    Reference.from_json(json.dumps(GOOD).encode())
    with pytest.raises(NotMeasurable, match="its reference"):
        Reference.from_json(content)


def test_a_reference_of_another_catalogue_is_said() -> None:
    live = Shop(_invented(1)).known()
    other = Known(space=live.space, folded=live.folded, reference=Reference.from_json(json.dumps(GOOD).encode()))
    with pytest.raises(NotMeasurable, match="its reference is of 2 items"):
        found(other, _invented(2))
