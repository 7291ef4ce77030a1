"""Which channel each rating goes to: given, the last or some of each user's, some of all, or all from a moment on.

Seeded choices are made by what a row says (prep.hashing), so the order of the rows, and how they are cut into chunks of
whole users, changes nothing. Nothing is looked at but users, items, times and the given split: never the ratings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from prep.channels import Channel
from prep.hashing import mix, users_of
from prep.split_rule import SplitRule

_TEST_SALT: Final = 0x7E57
_VALIDATION_SALT: Final = 0x7A11D
_TRAIN_OR_TEST: Final = np.array([Channel.TRAIN, Channel.TEST], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class UserRows:
    """Rows of whole users, users ascending. pairs: uint64 (n,) of prep.hashing. times: int64 (n,), where asked for.

    given: uint8 (n,), the channel of the file each row stood in, for a given split.
    """

    pairs: NDArray[np.uint64]
    times: NDArray[np.int64] | None = None
    given: NDArray[np.uint8] | None = None

    def take(self, rows: NDArray[np.bool_]) -> UserRows:
        """Some of the rows."""
        times = None if self.times is None else self.times[rows]
        given = None if self.given is None else self.given[rows]
        return UserRows(self.pairs[rows], times, given)


class Assign(Protocol):
    """A split, ready to be applied to rows of whole users."""

    def __call__(self, rows: UserRows) -> NDArray[np.uint8]:
        """The channel of each row, (n,)."""


@dataclass(frozen=True, slots=True)
class Moments:
    """For a temporal split of all: the first second of the test rows, and of the validation rows if there are any."""

    test: int
    validation: int | None = None


def assigner(rule: SplitRule, moments: Moments | None = None) -> Assign:
    """The split that the rule describes. moments: of a temporal split of all (prep.moments)."""
    held_out = _held_out(rule, moments)

    def assign(rows: UserRows) -> NDArray[np.uint8]:
        channels = held_out(rows)
        if rule.validation and not (rule.kind == "temporal" and rule.per == "all"):
            _take_validation(channels, rows, rule)
        return channels

    return assign


def ordinals(groups: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of sorted groups: where each begins, how many rows each has, and each row's group as 0, 1, 2 …"""
    changes = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    starts = np.concatenate(([0], changes)) if groups.size else changes
    counts = np.diff(starts, append=groups.size)
    return starts, counts, np.repeat(np.arange(starts.size), counts)


def _held_out(rule: SplitRule, moments: Moments | None) -> Assign:
    match rule.kind:
        case "given":
            return _as_given
        case "leave_k_out":
            return lambda rows: _channels(_smallest(rows, mix(rows.pairs, rule.seed ^ _TEST_SALT), _k_of(rule.k)))
        case "random":
            return lambda rows: _channels(_share(rows, rule.share, rule.seed ^ _TEST_SALT))
        case "temporal" if rule.per == "user":
            return lambda rows: _channels(_latest(rows, _share_of(rule.share), rule.seed))
        case _:
            if moments is None:
                raise ValueError("a temporal split of all needs its moments")
            return lambda rows: _from(rows, moments)


def _as_given(rows: UserRows) -> NDArray[np.uint8]:
    if rows.given is None:
        raise ValueError("a given split needs the channel of each row")
    return rows.given.copy()


def _take_validation(channels: NDArray[np.uint8], rows: UserRows, rule: SplitRule) -> None:
    """Some of the training rows, chosen as the test rows were: the latest of each user's, or at random."""
    train = channels == Channel.TRAIN
    left = rows.take(train)
    if rule.kind == "temporal":
        chosen = _latest(left, _share_of(rule.validation), rule.seed ^ _VALIDATION_SALT)
    else:
        chosen = _share(left, rule.validation, rule.seed ^ _VALIDATION_SALT)
    channels[np.flatnonzero(train)[chosen]] = Channel.VALIDATION


def _channels(is_test: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return _TRAIN_OR_TEST.take(is_test.view(np.uint8))


def _k_of(k: int) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """k of each user's rows, but never the last one."""
    return lambda counts: np.minimum(k, counts - 1)


def _share_of(share: float) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """That share of each user's rows, rounded to the nearest number, but never all."""
    return lambda counts: np.minimum(np.rint(share * counts).astype(np.int64), counts - 1)


def _smallest(
    rows: UserRows, keys: NDArray[np.uint64], how_many: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> NDArray[np.bool_]:
    """The rows with the smallest keys of each user, by place where keys are equal."""
    starts, counts, group = ordinals(users_of(rows.pairs))
    wanted = how_many(counts)
    candidates = np.flatnonzero(_may_be_smallest(keys, starts, counts, group, wanted))
    groups, keys = group[candidates], keys[candidates]
    starts = np.searchsorted(groups, np.arange(starts.size))
    # The user's number goes before the key's upper bits: one sort of plain numbers instead of one by two columns.
    bits = np.uint64(max(1, int(starts.size).bit_length()))
    joined = groups.astype(np.uint64) << (np.uint64(64) - bits) | keys >> bits
    last = np.minimum(starts + np.maximum(wanted, 1), joined.size) - 1
    chosen = (joined <= np.sort(joined)[last][groups]) & (wanted > 0)[groups]
    if chosen.sum() != wanted.sum():  # equal upper bits: decide by the whole key
        order = np.lexsort((keys, groups))
        chosen[order] = np.arange(order.size) - starts[groups[order]] < wanted[groups[order]]
    smallest = np.zeros(group.size, np.bool_)
    smallest[candidates[chosen]] = True
    return smallest


def _may_be_smallest(
    keys: NDArray[np.uint64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    group: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """The rows worth sorting: keys spread evenly, so that k of n are below k / n, give or take a few times √k."""
    share = np.minimum((wanted + 4 * np.sqrt(wanted) + 4) / counts, 1)
    # Just below 2^64, which a float rounds to: a row that is left out here belongs to a user with rows enough.
    bounds = (share * (2.0**64 - 2.0**12)).astype(np.uint64)
    bounds[share == 1] = np.iinfo(np.uint64).max
    may_be: NDArray[np.bool_] = keys <= bounds[group]
    if starts.size:
        too_few = np.add.reduceat(may_be, starts, dtype=np.int64) < wanted
        may_be |= too_few[group]
    return may_be


def _latest(rows: UserRows, how_many: Callable[[NDArray[np.int64]], NDArray[np.int64]], seed: int) -> NDArray[np.bool_]:
    """The latest rows of each user; of equal times, those that a seeded hash puts last."""
    if rows.times is None:
        raise ValueError("a temporal split needs times")
    starts, counts, group = ordinals(users_of(rows.pairs))
    order = np.lexsort((mix(rows.pairs, seed), rows.times, group))
    from_end = np.empty(order.size, np.int64)
    from_end[order] = (starts + counts)[group] - 1 - np.arange(order.size)
    chosen: NDArray[np.bool_] = from_end < how_many(counts)[group]
    return chosen


def _share(rows: UserRows, share: float, seed: int) -> NDArray[np.bool_]:
    """Each row with that probability; of a user whose rows would all go, the one with the largest hash stays."""
    keys = mix(rows.pairs, seed)
    chosen: NDArray[np.bool_] = keys < np.uint64(min(int(share * 2.0**64), (1 << 64) - 1))
    starts, counts, group = ordinals(users_of(rows.pairs))
    if starts.size:
        goes_whole = np.add.reduceat(chosen, starts, dtype=np.int64) == counts
        if goes_whole.any():
            chosen &= ~(goes_whole[group] & (keys == np.maximum.reduceat(keys, starts)[group]))
    return chosen


def _from(rows: UserRows, moments: Moments) -> NDArray[np.uint8]:
    if rows.times is None:
        raise ValueError("a temporal split needs times")
    channels = _channels(rows.times >= moments.test)
    if moments.validation is not None:
        channels[(rows.times >= moments.validation) & (rows.times < moments.test)] = Channel.VALIDATION
    return channels
