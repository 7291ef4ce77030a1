"""Prepared channels, read and scored part by part: what is kept of a rating is its positions, its label, its score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fm.model import FactorizationMachine
from prep.feature_space import FeatureSpace
from prep.features.blocks import THRESHOLDS
from prep.labels import LabelRule
from prep.triplet import Triplet

Batches = Iterable[tuple[Triplet, NDArray[np.float32] | None]]
"""Rows of a channel, and their labels, in parts."""


class UnlabelledChannel(ValueError):
    """A channel without labels, where some are needed."""


class NoSuchThreshold(ValueError):
    """A model of the ordinal task that cannot say how probable a rating of at least this is."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Labelled ratings, one row each. users, items: positions int32 (n,). labels: float32 (n,)."""

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    labels: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Iterable[Ratings]) -> Ratings:
        """One after the other."""
        users, items, labels = [np.empty(0, np.int32)], [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for part in parts:
            users.append(part.users)
            items.append(part.items)
            labels.append(part.labels)
        return cls(np.concatenate(users), np.concatenate(items), np.concatenate(labels))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Labels and a model's scores of rows, float32 (n,) each: probabilities of a classifier, else predicted ratings."""

    labels: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredChannel:
    """ratings: each with one row. scores: float32 (n,), what the model says of them. rows: of the channel, all of them.

    Of the ordinal task a rating has several rows; the one that counts is that of the threshold asked about.
    """

    ratings: Ratings
    scores: NDArray[np.float32]
    rows: Answers


def decision_column(space: FeatureSpace, rule: LabelRule) -> int | None:
    """The column of the threshold that decides; None where each rating has one row anyway."""
    return _first_threshold(space) + rule.decision if rule.task == "ordinal" else None


def column_of_cut(space: FeatureSpace, cut: float) -> int | None:
    """The same for a space whose rule is not known: the column "rated at least ``cut``". Raises NoSuchThreshold."""
    if not space.thresholds:
        return None
    if f"{cut:g}" not in space.thresholds:
        raise NoSuchThreshold(f"thresholds {', '.join(space.thresholds)}, expected {cut:g} among them")
    return _first_threshold(space) + space.thresholds.index(f"{cut:g}")


def ratings_of(batches: Batches, space: FeatureSpace, column: int | None) -> Iterator[Ratings]:
    """The ratings of a channel, part by part; ``column`` is that of the threshold whose rows stand for them.

    Raises UnlabelledChannel, NotOneHot, RecordIOError.
    """
    for x, labels in batches:
        yield _counted(x, _required(x, labels), space, column)[0]


def score_channel(
    model: FactorizationMachine, batches: Batches, space: FeatureSpace, column: int | None
) -> ScoredChannel:
    """A channel with what the model answers. Raises UnlabelledChannel, NotOneHot, RecordIOError."""
    ratings: list[Ratings] = []
    counting, labels_of, scores_of = [np.empty(0, np.bool_)], [np.empty(0, np.float32)], [np.empty(0, np.float32)]
    for x, given in batches:
        labels = _required(x, given)
        part, is_counted = _counted(x, labels, space, column)
        ratings.append(part)
        counting.append(is_counted)
        labels_of.append(labels)
        scores_of.append(model.predict(x)[0])
    rows = Answers(np.concatenate(labels_of), np.concatenate(scores_of))
    scores = rows.scores if column is None else rows.scores[np.concatenate(counting)]
    return ScoredChannel(ratings=Ratings.joined(ratings), scores=scores, rows=rows)


def _first_threshold(space: FeatureSpace) -> int:
    return next(block.first for block in space.blocks if block.kind == THRESHOLDS)


def _required(x: Triplet, labels: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if labels is None:
        raise UnlabelledChannel(f"{x.rows} rows without labels, expected one each")
    return labels


def _counted(
    x: Triplet, labels: NDArray[np.float32], space: FeatureSpace, column: int | None
) -> tuple[Ratings, NDArray[np.bool_]]:
    """The rows that stand for a rating, and which they are, (rows,)."""
    users, items = (positions.astype(np.int32) for positions in space.pair_positions(x))
    if column is None:
        return Ratings(users, items, labels), np.ones(x.rows, np.bool_)
    # The thresholds are the last block, so a row's is its last value.
    is_counted = x.indices[x.indptr[1:] - 1] == column
    return Ratings(users[is_counted], items[is_counted], labels[is_counted]), is_counted
