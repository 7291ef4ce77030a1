"""Gives the rows of whole users their channels, and counts: of all users on one machine, of a part of them in Spark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep import duplicates
from prep.channels import Channel
from prep.errors import DuplicateRating, EmptyChannel
from prep.grouping import ORDER
from prep.hashing import items_of, users_of
from prep.inputs import Rejections
from prep.inputs.rejections import SHOWN
from prep.job import PrepareJob
from prep.labels import LabelCounts
from prep.split import Moments, UserRows, assigner, ordinals
from prep.split_rule import SplitRule
from prep.spool import Columns, Origins


@dataclass(slots=True, eq=False)
class Tally:
    """What a channel has. cold_items: its rows whose item no training row has, for held-out channels."""

    rows: int = 0
    labels: LabelCounts = field(default_factory=LabelCounts)
    cold_items: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a division has to know of all rows. users, items: ids. origins: of the rows in the order of the files."""

    job: PrepareJob
    rule: SplitRule
    users: NDArray[Any]
    items: NDArray[Any]
    origins: Origins
    moments: Moments | None


def expected_channels(rule: SplitRule) -> tuple[Channel, ...]:
    """Those that a preparation writes."""
    return (Channel.TRAIN, Channel.VALIDATION, Channel.TEST) if rule.validation else (Channel.TRAIN, Channel.TEST)


@dataclass(slots=True, eq=False)
class Found:
    """What a division found on the way. Picklable.

    is_trained: bool (items,), which items have a training row. item_rows: int64 (items,) for each held-out channel.
    rejections: of these rows. examples_of: user and order of each example, by reason. cold_rows: held-out rows of users
    without a training row, where that is no fault.
    """

    tallies: dict[Channel, Tally]
    is_trained: NDArray[np.bool_]
    item_rows: dict[Channel, NDArray[np.int64]]
    rejections: Rejections = field(default_factory=Rejections)
    examples_of: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    cold_rows: int = 0

    @classmethod
    def nothing(cls, known: Known) -> Found:
        """Before the first chunk."""
        tallies = {channel: Tally() for channel in expected_channels(known.rule)}
        held_out = [channel for channel in tallies if channel is not Channel.TRAIN]
        n_items = known.items.size
        return cls(tallies, np.zeros(n_items, np.bool_), {channel: np.zeros(n_items, np.int64) for channel in held_out})

    def merge(self, other: Found) -> None:
        """Add what a division of other users found."""
        for channel, tally in self.tallies.items():
            tally.rows += other.tallies[channel].rows
            tally.labels.merge(other.tallies[channel].labels)
        self.is_trained |= other.is_trained
        for channel in self.item_rows:
            self.item_rows[channel] += other.item_rows[channel]
        self.cold_rows += other.cold_rows
        self._merge_rejections(other)

    def _merge_rejections(self, other: Found) -> None:
        """Examples are those of the first users, whoever found them."""
        merged, places = Rejections(), dict[str, list[tuple[int, int]]]()
        for reason in sorted({*self.examples_of, *other.examples_of}):
            examples = [
                (place, example)
                for found in (self, other)
                for place, example in zip(
                    found.examples_of.get(reason, ()), found.rejections.examples(reason), strict=True
                )
            ]
            first = sorted(examples, key=itemgetter(0))[:SHOWN]
            for _, example in first:
                merged.add(reason, file=example.file, line=example.line, excerpt=example.excerpt)
            count = sum(found.rejections.counts.get(reason, 0) for found in (self, other))
            merged.add(reason, count=count - len(first))
            places[reason] = [place for place, _ in first]
        self.rejections, self.examples_of = merged, places

    def end(self, known: Known) -> None:
        """After the last chunk. Raises EmptyChannel, OneClassOnly, ConstantRatings."""
        for channel, tally in self.tallies.items():
            name = channel.name.lower()
            if not tally.rows:
                raise EmptyChannel(f"split {known.rule.kind}: no row for the {name} channel, expected some")
            tally.labels.check(known.job.label, channel=name)
        for channel, rows in self.item_rows.items():
            self.tallies[channel].cold_items = int(rows[~self.is_trained].sum())


class Division:
    """Channels for one chunk of whole users after another; ``found`` is what that has told so far."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._assign = assigner(known.rule, known.moments)
        self.found = Found.nothing(known)

    def channels_of(self, chunk: Columns) -> NDArray[np.uint8]:
        """The channel of each row. Raises DuplicateRating where the job wants no repeated pair."""
        rule = self._known.job.input.duplicates
        repeated = duplicates.repeats(chunk["pairs"], keep="last" if rule == "last" else "first")
        rows = UserRows(chunk["pairs"], chunk.get("times"), chunk.get("given"))
        if repeated is None:
            channels = self._assign(rows)
        else:
            self._reject(chunk, repeated, "duplicate", fails=rule == "error")
            channels = np.full(chunk["pairs"].size, Channel.LEFT_OUT, np.uint8)
            kept = np.ones(channels.size, np.bool_)
            kept[repeated] = False
            channels[kept] = self._assign(rows.take(kept))
        if self._known.rule.may_leave_cold_users:
            self._leave_out_cold_users(chunk, channels)
        self._count(chunk, channels)
        return channels

    def _leave_out_cold_users(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        """Held-out rows of users without a training row: a fault of given files, in the nature of a temporal split."""
        starts, _, group = ordinals(users_of(chunk["pairs"]))
        has_train = np.logical_or.reduceat(channels == Channel.TRAIN, starts)
        if has_train.all():
            return
        cold = np.flatnonzero((channels != Channel.LEFT_OUT) & ~has_train[group])
        channels[cold] = Channel.LEFT_OUT
        if self._known.rule.kind == "given":
            self._reject(chunk, cold, "user_not_in_train")
        else:
            self.found.cold_rows += cold.size

    def _reject(self, chunk: Columns, rows: NDArray[np.intp], reason: str, *, fails: bool = False) -> None:
        for row in rows[:SHOWN].tolist():
            file, line = self._known.origins.of(int(chunk[ORDER][row]))
            pair = f"user {self._id(self._known.users, users_of, chunk, row)}"
            pair += f", item {self._id(self._known.items, items_of, chunk, row)}"
            if fails:
                before = self._known.origins.of(int(chunk[ORDER][duplicates.earlier(chunk["pairs"], row)]))
                said = f"already rated at {before[0]}:{before[1]}; expected each pair once"
                raise DuplicateRating(f"{file}:{line}: {pair}, {said}")
            self.found.rejections.add(reason, file=file, line=line, excerpt=pair)
            places = self.found.examples_of.setdefault(reason, [])
            if len(places) < SHOWN:
                places.append((int(users_of(chunk["pairs"][row : row + 1])[0]), int(chunk[ORDER][row])))
        if rows.size > SHOWN:
            self.found.rejections.add(reason, count=rows.size - SHOWN)

    @staticmethod
    def _id(
        ids: NDArray[Any], part: Callable[[NDArray[np.uint64]], NDArray[np.int64]], chunk: Columns, row: int
    ) -> object:
        return ids[part(chunk["pairs"][row : row + 1])[0]]

    def _count(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        for channel, tally in self.found.tallies.items():
            of_channel = channels == channel
            tally.rows += int(np.count_nonzero(of_channel))
            tally.labels.add(self._known.job.label, chunk["values"], of_channel)
            items = items_of(chunk["pairs"][of_channel])
            if channel is Channel.TRAIN:
                self.found.is_trained[items] = True
            else:
                distinct, counts = np.unique(items, return_counts=True)
                self.found.item_rows[channel][distinct] += counts


def add_later(rejections: Rejections, found: Rejections) -> None:
    """Add what was found among rows that had been read: their lines are those of the files already."""
    for reason, count in found.counts.items():
        examples = found.examples(reason)
        for example in examples:
            rejections.add(
                reason, file=example.file, line=example.line, excerpt=example.excerpt, expected=example.expected
            )
        if count > len(examples):
            rejections.add(reason, count=count - len(examples))
