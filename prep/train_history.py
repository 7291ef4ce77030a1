"""The history of the training rows, built on disk: which items each user rated, and which users each item."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prep.channels import Channel
from prep.features.history import History
from prep.hashing import items_of, users_of
from prep.spool import Spool
from prep.survey import Survey


def train_history(found: Survey, folder: Path) -> History:
    """Two passes over the training rows; in memory are counts of users and of items, however many rows there are."""
    by_user = Spool(folder, {"members": np.int32})
    user_counts = np.zeros(found.users.size, np.int64)
    item_counts = np.zeros(found.items.size, np.int64)
    for chunk, channels in found.chunks():
        pairs = np.sort(chunk["pairs"][channels == Channel.TRAIN])
        by_user.append({"members": items_of(pairs)})
        _count(user_counts, users_of(pairs))
        _count(item_counts, items_of(pairs))
    item_indptr = _indptr(item_counts)
    return History.from_arrays(
        user_indptr=_indptr(user_counts),
        user_items=by_user.mapped("members"),
        item_indptr=item_indptr,
        item_raters=_raters(found, item_indptr, folder),
    )


def _raters(found: Survey, item_indptr: NDArray[np.int64], folder: Path) -> NDArray[np.int32]:
    """The users of each item, ascending because they come ascending."""
    raters = np.memmap(folder / "item_raters.i4", np.int32, "w+", shape=(max(1, int(item_indptr[-1])),))
    place = item_indptr[:-1].copy()
    for chunk, channels in found.chunks():
        pairs = chunk["pairs"][channels == Channel.TRAIN]
        items = items_of(pairs)
        order = np.argsort(items, kind="stable")
        items = items[order]
        starts = np.flatnonzero(np.diff(items, prepend=-1))
        counts = np.diff(starts, append=items.size)
        within = np.arange(items.size) - np.repeat(starts, counts)
        raters[place[items] + within] = users_of(pairs)[order]
        place[items[starts]] += counts
    raters.flush()
    return raters[: int(item_indptr[-1])]


def _count(counts: NDArray[np.int64], positions: NDArray[np.int64]) -> None:
    """Adds one for each position; few distinct ones of many would make a bincount of all wasteful."""
    distinct, times = np.unique(positions, return_counts=True)
    counts[distinct] += times


def _indptr(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    indptr = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    return indptr
