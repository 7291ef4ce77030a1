"""Ratings → the labelled rows of a channel, in chunks of bounded size, whatever the task multiplies them by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prep.hashing import pairs_of
from prep.labels.rule import LabelRule
from prep.labels.unseen import Unseen

MAX_ROWS: Final = 1 << 16
"""Rows of one expanded chunk, unless a single rating makes more."""
_REPEAT_BITS: Final = 32
"""Draw numbers are ``repeat << 32 | draw``: more negatives or repeats leave those there are as they were."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Ratings of one channel. users, items: positions int64 (n,). times: int64 (n,). values: float32 (n,)."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    times: NDArray[np.int64]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.users)

    def take(self, part: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Rows:
        """Some of the rows."""
        return Rows(self.users[part], self.items[part], self.times[part], self.values[part])


@dataclass(frozen=True, slots=True, eq=False)
class Expanded:
    """Rows with labels. thresholds: positions int8 (n,) of the ordinal task, else None. labels: float32 (n,).

    A row that was drawn has the time of the like it is held against, so that time tells nothing of the label.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    times: NDArray[np.int64]
    thresholds: NDArray[np.int8] | None
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.users)


def expand(
    rows: Rows,
    rule: LabelRule,
    *,
    seen: NDArray[np.uint64] | None = None,
    n_items: int = 0,
    seed: int = 0,
    max_rows: int = MAX_ROWS,
) -> Iterator[Expanded]:
    """The labelled rows of a channel's ratings, at most ``max_rows`` at a time.

    seen, n_items, seed: of the ranking task. seen: ascending, distinct ``hashing.pairs_of`` the ratings of the rows'
    users, at least: those of train for train, those of every channel up to this one for a held-out channel. What is
    drawn for a rating depends on its user, its item, ``seen`` of that user and the seed; the order of rows and how they
    are cut into calls change only the order of what comes out. A user who has rated everything gets no negatives.
    """
    if rule.task == "ranking":
        if seen is None or n_items <= 0:
            raise ValueError(f"ranking with n_items {n_items}, expected what was seen, and how many items there are")
        yield from _ranking(rows, rule, Unseen(seen, n_items), seed, max_rows)
        return
    step = max(1, max_rows // rule.rows_per_rating())
    for first in range(0, len(rows), step):
        part = rows.take(slice(first, first + step))
        yield _ordinal(part, rule) if rule.task == "ordinal" else _one_each(part, rule)


def one_label(values: NDArray[np.float32], rule: LabelRule) -> NDArray[np.float32]:
    """The labels of ratings (n,) where a task has one for each: the classifier's and the regressor's."""
    is_regressor = rule.task == "regressor"
    return values if is_regressor else (values >= np.float32(rule.liked_at_least)).astype(np.float32)


def _one_each(rows: Rows, rule: LabelRule) -> Expanded:
    return Expanded(rows.users, rows.items, rows.times, None, one_label(rows.values, rule))


def _ordinal(rows: Rows, rule: LabelRule) -> Expanded:
    """Rows of a rating stay together, thresholds ascending."""
    count = len(rule.thresholds)
    at_least = rows.values[:, None] >= np.array(rule.thresholds, np.float32)
    return Expanded(
        np.repeat(rows.users, count),
        np.repeat(rows.items, count),
        np.repeat(rows.times, count),
        np.tile(np.arange(count, dtype=np.int8), len(rows)),
        at_least.ravel().astype(np.float32),
    )


def _ranking(rows: Rows, rule: LabelRule, unseen: Unseen, seed: int, max_rows: int) -> Iterator[Expanded]:
    likes = rows.take(rows.values >= np.float32(rule.liked_at_least))
    step = max(1, max_rows // rule.rows_per_rating())
    draws = np.arange(rule.likes_repeated, dtype=np.uint64)[:, None] << np.uint64(_REPEAT_BITS)
    draws = (draws | np.arange(rule.negatives, dtype=np.uint64)).ravel()
    for first in range(0, len(likes), step):
        yield _held_against_unseen(likes.take(slice(first, first + step)), rule, unseen, draws, seed)


def _held_against_unseen(
    likes: Rows, rule: LabelRule, unseen: Unseen, draws: NDArray[np.uint64], seed: int
) -> Expanded:
    """Each like as often as the rule says, each time with its negatives after it."""
    pairs = pairs_of(likes.users, likes.items)
    items = np.empty((len(likes), rule.likes_repeated, 1 + rule.negatives), np.int64)
    items[:, :, 0] = likes.items[:, None]
    has_unseen = unseen.counts(pairs) > 0
    drawn = unseen.draw(pairs[has_unseen], draws, seed)
    items[has_unseen, :, 1:] = drawn.reshape(-1, rule.likes_repeated, rule.negatives)
    is_row = np.ones(items.shape, np.bool_)
    is_row[~has_unseen, :, 1:] = False
    like, _, place = np.nonzero(is_row)
    return Expanded(likes.users[like], items[is_row], likes.times[like], None, (place == 0).astype(np.float32))
