"""Exact order statistics of a column that is on disk: the seconds at which a temporal split of all divides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prep.errors import OneMomentOnly
from prep.split import Moments
from prep.split_rule import SplitRule

Times = Callable[[], Iterable[NDArray[np.int64]]]
"""Gives all timestamps, in parts of any size, as often as it is called."""
_BINS: Final = 1 << 16


def moments(times: Times, rule: SplitRule) -> Moments:
    """Where the latest ``rule.share`` of all ratings begins, and before it the latest ``rule.validation`` of the rest.

    Ratings of one second are never divided: the later channel has them, and so may be a little larger than asked for.
    Raises OneMomentOnly where that leaves a channel without a rating.
    """
    rows, earliest, latest = _extent(times)
    if not rows or earliest == latest:
        raise OneMomentOnly(f"{rows} ratings with the same timestamp, expected at least two moments to divide between")
    test = order_statistic(times, _rank(rows, rule.share))
    train_rows = sum(int(np.count_nonzero(part < test)) for part in times())
    if not train_rows:
        raise OneMomentOnly(f"share {rule.share:g}: no rating is earlier than second {test}, expected some to train on")
    if not rule.validation:
        return Moments(test)
    validation = order_statistic(times, _rank(train_rows, rule.validation))
    if validation <= earliest:
        raise OneMomentOnly(f"validation {rule.validation:g}: no rating is earlier than second {validation}")
    return Moments(test, validation)


def order_statistic(times: Times, rank: int) -> int:
    """The value that ``rank`` others, counted from 0, stand before in ascending order.

    A histogram over the whole range, then one over the bin that holds the rank, until a bin is one number wide:
    four readings at most, whatever the range.
    """
    _, low, high = _extent(times)
    while low < high:
        width = -(-(high - low + 1) // _BINS)
        counts = np.zeros(_BINS, np.int64)
        for part in times():
            inside = part[(part >= low) & (part <= high)]
            # Differences of int64 fit in uint64 even where they do not in int64.
            offset = inside.view(np.uint64) - np.int64(low).view(np.uint64)
            counts += np.bincount((offset // np.uint64(width)).astype(np.int64), minlength=_BINS)
        before = np.cumsum(counts)
        bin_ = int(np.searchsorted(before, rank, side="right"))
        rank -= int(before[bin_ - 1]) if bin_ else 0
        low, high = low + bin_ * width, min(high, low + (bin_ + 1) * width - 1)
    return low


def _rank(rows: int, share: float) -> int:
    return min(rows - 1, math.floor((1 - share) * rows))


def _extent(times: Times) -> tuple[int, int, int]:
    rows, low, high = 0, np.iinfo(np.int64).max, np.iinfo(np.int64).min
    for part in times():
        if part.size:
            rows += part.size
            low, high = min(low, int(part.min())), max(high, int(part.max()))
    return rows, low, high
