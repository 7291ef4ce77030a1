"""What is kept of a channel: one row for each rating, whatever the task made of it."""

from __future__ import annotations

import numpy as np
import pytest

from lambdas.logic.channels import (
    Batches,
    NoSuchThreshold,
    Ratings,
    UnlabelledChannel,
    column_of_cut,
    decision_column,
    ratings_of,
    score_channel,
)
from prep.errors import NotOneHot
from prep.feature_space import FeatureSpace
from prep.features.blocks import categorical
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.labels import LabelRule
from tests.lambdas import small

ORDINAL = LabelRule(task="ordinal", liked_at_least=4, thresholds=(2, 3, 4, 5))
SPACE = FeatureSpace.of(users=small.USERS, items=small.ITEMS, blocks=[categorical("thresholds", ["2", "3", "4", "5"])])
STARS = np.array([5, 3, 1, 4, 2])
USERS, ITEMS = np.array([0, 1, 3, 3, 2]), np.array([5, 0, 2, 4, 1])


def _ordinal(rows_per_batch: int = 7) -> Batches:
    """Four rows for each rating, cut wherever it may be."""
    thresholds, repeated = np.tile(np.arange(4), STARS.size), np.repeat(np.arange(STARS.size), 4)
    x = Encoder(SPACE, SideData()).rows(USERS[repeated], ITEMS[repeated], thresholds=thresholds)
    labels = (STARS[repeated] >= thresholds + 2).astype(np.float32)
    for first in range(0, x.rows, rows_per_batch):
        part = np.arange(first, min(first + rows_per_batch, x.rows))
        yield x.take(part), labels[part]


def _plain(labels: list[float] | None = None) -> Batches:
    x = small.encode()(np.array([2, 9]), np.array([30, 10]))
    return [(x, None if labels is None else np.array(labels, np.float32))]


def test_a_plain_channel_has_a_rating_a_row() -> None:
    ratings = Ratings.joined(ratings_of(_plain([1, 0]), small.space(), None))
    assert [column.tolist() for column in (ratings.users, ratings.items, ratings.labels)] == [[0, 3], [5, 0], [1, 0]]
    assert [column.dtype for column in (ratings.users, ratings.items, ratings.labels)] == ["int32", "int32", "float32"]


@pytest.mark.parametrize("rows_per_batch", [1, 7, 100])
def test_an_ordinal_rating_counts_once_with_the_label_of_its_threshold(rows_per_batch: int) -> None:
    column = decision_column(SPACE, ORDINAL)
    ratings = Ratings.joined(ratings_of(_ordinal(rows_per_batch), SPACE, column))
    assert ratings.users.tolist() == USERS.tolist()
    assert ratings.items.tolist() == ITEMS.tolist()
    assert ratings.labels.tolist() == (STARS >= 4).tolist()


def test_scores_are_those_of_the_rows_that_count_and_of_all() -> None:
    model = small.model(features=SPACE.feature_dim)
    scored = score_channel(model, _ordinal(), SPACE, decision_column(SPACE, ORDINAL))
    expected = model.probability(Encoder(SPACE, SideData()).rows(USERS, ITEMS, thresholds=np.full(5, 2)))
    np.testing.assert_array_equal(scored.scores, expected)
    assert scored.rows.scores.size == scored.rows.labels.size == 20
    np.testing.assert_array_equal(scored.rows.scores[2::4], expected)
    assert scored.rows.labels.sum() == (STARS - 1).sum()


@pytest.mark.parametrize(("cut", "place"), [(2, 0), (4, 2), (5, 3)])
def test_a_threshold_is_found_by_what_it_says(cut: float, place: int) -> None:
    assert column_of_cut(SPACE, cut) == len(small.USERS) + len(small.ITEMS) + place
    assert column_of_cut(small.space(), cut) is None


def test_a_threshold_that_a_space_does_not_have_is_named() -> None:
    with pytest.raises(NoSuchThreshold, match=r"thresholds 2, 3, 4, 5, expected 3\.5 among them"):
        column_of_cut(SPACE, 3.5)


@pytest.mark.parametrize("task", ["binary_classifier", "regressor"])
def test_other_tasks_have_a_row_for_each_rating(task: str) -> None:
    assert decision_column(small.space(), LabelRule(task=task)) is None


def test_a_channel_without_labels_says_so() -> None:
    with pytest.raises(UnlabelledChannel, match="2 rows without labels"):
        list(ratings_of(_plain(), small.space(), None))


def test_rows_of_another_space_are_refused() -> None:
    other = FeatureSpace.of(users=[*small.USERS, 11], items=small.ITEMS)
    with pytest.raises(NotOneHot):
        list(ratings_of(_plain([1, 0]), other, None))


def test_an_empty_channel_is_no_rating() -> None:
    assert Ratings.joined([]).labels.size == 0
    assert score_channel(small.model(), [], small.space(), None).scores.size == 0
