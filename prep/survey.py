"""Everything that is known of a preparation before the first byte of it is written.

The first pass reads; then user by user repeated pairs are left out and every row is given its channel. What cannot be
prepared is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep import duplicates
from prep.channels import Channel
from prep.description import Description, read_description
from prep.errors import DuplicateRating, EmptyChannel, TooFewIds
from prep.grouping import ORDER, ByUser, by_user
from prep.hashing import items_of, users_of
from prep.inputs import Layout, Rejections, detect, read_items, read_users
from prep.job import PrepareJob
from prep.labels import LabelCounts
from prep.moments import moments
from prep.progress import Progress, silent
from prep.reading import ReadRatings, read_ratings, resolved_split
from prep.sources import Source
from prep.split import Assign, UserRows, assigner, ordinals
from prep.split_rule import SplitRule
from prep.spool import Columns, Spool
from prep.tables import Items, Users

_SHOWN = 5


@dataclass(slots=True, eq=False)
class Tally:
    """What a channel has. cold_items: its rows whose item no training row has, for held-out channels."""

    rows: int = 0
    labels: LabelCounts = field(default_factory=LabelCounts)
    cold_items: int = 0


@dataclass(slots=True, eq=False, kw_only=True)
class Survey:
    """Ratings read, checked and divided. Rows are on disk, in the folder that the survey was given.

    users, items: ids, ascending. channels: uint8, one for each row of ``rows``. cold_rows: held-out rows of users that
    have no training row, left out. catalogue, people: the side files, where there are any.
    """

    job: PrepareJob
    rule: SplitRule
    layout: Layout
    description: Description
    users: NDArray[Any]
    items: NDArray[Any]
    catalogue: Items | None
    people: Users | None
    rows: ByUser
    channels: Spool
    tallies: dict[Channel, Tally]
    rejections: Rejections
    cold_rows: int

    def chunks(self) -> Iterator[tuple[Columns, NDArray[np.uint8]]]:
        """Rows of whole users and the channel of each."""
        first = 0
        for chunk in self.rows.chunks():
            stop = first + chunk["pairs"].size
            yield chunk, self.channels.read(first, stop)["channel"]
            first = stop


def survey(source: Source, job: PrepareJob, folder: Path, progress: Progress = silent) -> Survey:
    """Read, check and divide. folder: an empty one for scratch files, about 45 bytes a rating.

    Raises every error there is about the data or the job: the tree in prep.errors.
    """
    layout = detect(source, job.input)
    rule = resolved_split(job.split, layout)
    catalogue, people = read_items(source, layout), read_users(source, layout)
    ratings = read_ratings(
        source,
        layout,
        job.input,
        rule,
        known_items=None if catalogue is None else catalogue.ids,
        with_times=job.needs_times,
        folder=folder,
        progress=progress,
    )
    _require_several(ratings, source)
    rows = by_user(
        ratings.spool, ratings.positions, n_users=ratings.users.size, is_sorted=ratings.is_sorted, folder=folder
    )
    division = _Division(job, rule, ratings, folder)
    division.divide(rows, progress)
    return Survey(
        job=job,
        rule=rule,
        layout=layout,
        description=read_description(source),
        users=ratings.users,
        items=ratings.items,
        catalogue=catalogue,
        people=people,
        rows=rows,
        channels=division.channels,
        tallies=division.tallies,
        rejections=ratings.rejections,
        cold_rows=division.cold_rows,
    )


def expected_channels(rule: SplitRule) -> tuple[Channel, ...]:
    """Those that a preparation writes."""
    return (Channel.TRAIN, Channel.VALIDATION, Channel.TEST) if rule.validation else (Channel.TRAIN, Channel.TEST)


class _Division:
    """Gives each row its channel, and counts."""

    def __init__(self, job: PrepareJob, rule: SplitRule, ratings: ReadRatings, folder: Path) -> None:
        self._job, self._rule, self._ratings = job, rule, ratings
        self._assign: Assign = assigner(rule, self._moments())
        self._rows_read = len(ratings.spool) + ratings.rejections.total
        self._trained = np.zeros(ratings.items.size, np.bool_)
        self.channels = Spool(folder, {"channel": np.uint8})
        self.tallies = {channel: Tally() for channel in expected_channels(rule)}
        self.cold_rows = 0

    def divide(self, rows: ByUser, progress: Progress) -> None:
        """Raises DuplicateRating, TooManyRejected, EmptyChannel, OneClassOnly, ConstantRatings."""
        for chunk in rows.chunks():
            channels = self._channels_of(chunk)
            self.channels.append({"channel": channels})
            self._count(chunk, channels)
            progress("split", len(self.channels), len(rows))
        self._ratings.rejections.check(self._rows_read, self._job.input.max_rejected)
        for channel, tally in self.tallies.items():
            if not tally.rows:
                raise EmptyChannel(f"split {self._rule.kind}: no row in the {channel.name.lower()} channel")
            tally.labels.check(self._job.label, channel=channel.name.lower())
        self._count_cold_items(rows)

    def _moments(self) -> Any:
        if not (self._rule.kind == "temporal" and self._rule.per == "all"):
            return None
        spool = self._ratings.spool
        return moments(lambda: (chunk["times"] for chunk in spool.chunks()), self._rule)

    def _channels_of(self, chunk: Columns) -> NDArray[np.uint8]:
        pairs = chunk["pairs"]
        channels = np.full(pairs.size, Channel.LEFT_OUT, np.uint8)
        kept = np.ones(pairs.size, np.bool_)
        rule = self._job.input.duplicates
        repeated = duplicates.repeats(pairs, keep="last" if rule == "last" else "first")
        if repeated is not None:
            self._reject(chunk, repeated, "duplicate", fails=rule == "error")
            kept[repeated] = False
        rows = UserRows(pairs, chunk.get("times"), chunk.get("given"))
        channels[kept] = self._assign(rows if repeated is None else rows.take(kept))
        self._leave_out_cold_users(chunk, channels)
        return channels

    def _leave_out_cold_users(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        """Held-out rows of users without a training row: a fault of given files, in the nature of a temporal split."""
        starts, _, group = ordinals(users_of(chunk["pairs"]))
        has_train = np.logical_or.reduceat(channels == Channel.TRAIN, starts)
        if has_train.all():
            return
        cold = np.flatnonzero((channels != Channel.LEFT_OUT) & ~has_train[group])
        channels[cold] = Channel.LEFT_OUT
        if self._rule.kind == "given":
            self._reject(chunk, cold, "user_not_in_train")
        else:
            self.cold_rows += cold.size

    def _reject(self, chunk: Columns, rows: NDArray[np.intp], reason: str, *, fails: bool = False) -> None:
        for row in rows[:_SHOWN].tolist():
            file, line = self._ratings.origins.of(int(chunk[ORDER][row]))
            pair = f"user {self._id(self._ratings.users, users_of, chunk, row)}"
            pair += f", item {self._id(self._ratings.items, items_of, chunk, row)}"
            if fails:
                before = self._ratings.origins.of(int(chunk[ORDER][duplicates.earlier(chunk["pairs"], row)]))
                said = f"already rated at {before[0]}:{before[1]}; expected each pair once"
                raise DuplicateRating(f"{file}:{line}: {pair}, {said}")
            self._ratings.rejections.add(reason, file=file, line=line, excerpt=pair)
        if rows.size > _SHOWN:
            self._ratings.rejections.add(reason, count=rows.size - _SHOWN)

    @staticmethod
    def _id(ids: NDArray[Any], part: Any, chunk: Columns, row: int) -> object:
        return ids[part(chunk["pairs"][row : row + 1])[0]]

    def _count(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        for channel, tally in self.tallies.items():
            of_channel = channels == channel
            tally.rows += int(np.count_nonzero(of_channel))
            tally.labels.add(self._job.label, chunk["values"][of_channel])
        self._trained[items_of(chunk["pairs"][channels == Channel.TRAIN])] = True

    def _count_cold_items(self, rows: ByUser) -> None:
        """A second look at the held-out rows, worth it only where some item was never trained."""
        if self._trained.all():
            return
        first = 0
        for chunk in rows.chunks():
            stop = first + chunk["pairs"].size
            channels = self.channels.read(first, stop)["channel"]
            first = stop
            is_cold = ~self._trained[items_of(chunk["pairs"])]
            for channel, tally in self.tallies.items():
                tally.cold_items += int(np.count_nonzero(is_cold & (channels == channel)))


def _require_several(ratings: ReadRatings, source: Source) -> None:
    for kind, ids in (("user", ratings.users), ("item", ratings.items)):
        if ids.size < 2:
            raise TooFewIds(f"{source}: all ratings are of {kind} {ids[0]}, expected at least two {kind}s")
