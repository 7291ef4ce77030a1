"""The first pass: files of ratings → sound rows on disk, the ids that occur, and what had to be rejected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from prep.channels import Channel
from prep.errors import EmptyFile, NoTimestamps, UnknownSplit
from prep.hashing import pairs_of
from prep.ids import id_table
from prep.inputs import InputSpec, Layout, RatingBlock, RatingsReader, Rejections
from prep.job import PrepareJob
from prep.progress import Progress
from prep.recordio.memory import keep_freed
from prep.sources import Source
from prep.split_rule import SplitRule
from prep.spool import Origins, Spool


@dataclass(frozen=True, slots=True, eq=False)
class ReadRatings:
    """Rows in the order of the files. spool: ``pairs`` of codes, ``values``, and ``times`` and ``given`` if asked for.

    users, items: the ids that occur, ascending; positions: of each code among them. is_sorted: users never descend.
    """

    spool: Spool
    origins: Origins
    rejections: Rejections
    users: NDArray[Any]
    items: NDArray[Any]
    positions: tuple[NDArray[np.int64], NDArray[np.int64]]
    is_sorted: bool


def resolved_split(job: PrepareJob, layout: Layout) -> SplitRule:
    """The job's rule with ``auto`` decided, and the name of a given split.

    Raises UnknownSplit; where timestamps would decide and there are none, NoTimestamps.
    """
    if job.needs_times and layout.table.timestamp is None:
        needs = "split temporal" if job.split.needs_times else "features: 'week'"
        raise NoTimestamps(f"{needs}: no column of {layout.ratings[0]} is known for the timestamp, expected one")
    rule, given = job.split, list(layout.splits)
    kind = ("given" if given and rule.name in (None, *given) else "leave_k_out") if rule.kind == "auto" else rule.kind
    if kind != "given" and rule.name is None:
        return replace(rule, kind=kind)
    if not given:
        raise UnknownSplit(
            f"split {rule.name or 'given'!r}: the dataset brings none, expected leave_k_out, random or temporal"
        )
    name = rule.name or given[0]
    if kind != "given" or name not in given:
        raise UnknownSplit(f"split {name!r} of kind {rule.kind}, expected kind given and one of {', '.join(given)}")
    return replace(rule, kind=kind, name=name)


def files_of(layout: Layout, rule: SplitRule) -> list[tuple[str, Channel | None]]:
    """The files of ratings that a resolved split reads, in their order, and the channel that a file is."""
    if rule.kind != "given":
        return [(file, None) for file in layout.ratings]
    train, test = layout.splits[str(rule.name)]
    return [(train, Channel.TRAIN), (test, Channel.TEST)]


def read_ratings(
    source: Source,
    layout: Layout,
    spec: InputSpec,
    rule: SplitRule,
    *,
    known_items: NDArray[Any] | None,
    with_times: bool,
    folder: Path,
    progress: Progress,
) -> ReadRatings:
    """Read every file that the resolved split needs. known_items: of the items' file; they have columns in any case.

    Raises what RatingsReader raises for a file that cannot be read, EmptyFile, TooManyRejected.
    """
    keep_freed()  # before the first pass, not only where rows are encoded
    reader = RatingsReader(source, layout, spec, with_times=with_times)
    reading = Reading(layout, rule, with_times=with_times, folder=folder)
    if known_items is not None:
        reading.know_items(known_items)
    for file, channel in files_of(layout, rule):
        for block in reader.read(file):
            reading.add(block, channel)
            progress("read", reading.rows, None)
    reader.rejections.check(reading.rows + reader.rejections.total, spec.max_rejected)
    if not reading.rows:
        raise EmptyFile(f"{source}: no rating in {', '.join(file for file, _ in files_of(layout, rule))}")
    return reading.end(reader.rejections)


class Reading:
    """One first pass. Every block goes to the spool as it comes."""

    def __init__(self, layout: Layout, rule: SplitRule, *, with_times: bool, folder: Path) -> None:
        dtypes: dict[str, Any] = {"pairs": np.uint64, "values": np.float32}
        dtypes |= {"times": np.int64} if with_times else {}
        dtypes |= {"given": np.uint8} if rule.kind == "given" else {}
        self._spool = Spool(folder, dtypes)
        self._origins = Origins()
        self._users, self._items = id_table(layout.user_ids), id_table(layout.item_ids)
        self._last_user = -1
        self._is_sorted = True

    def know_items(self, ids: NDArray[Any]) -> None:
        """Items that have a column whether they were rated or not."""
        self._items.codes(pa.array(ids.tolist() if ids.dtype.kind == "U" else ids))

    def add(self, block: RatingBlock, channel: Channel | None) -> None:
        """One parsed block, of a file that is that channel."""
        users, items = self._users.codes(block.users), self._items.codes(block.items)
        columns: dict[str, Any] = {"pairs": pairs_of(users, items), "values": block.values, "times": block.times}
        if channel is not None:
            columns["given"] = np.full(users.size, channel, np.uint8)
        self._origins.add(len(self._spool), block.file, block.lines)
        self._spool.append(columns)
        self._watch_order(users)

    def end(self, rejections: Rejections) -> ReadRatings:
        """What has been read."""
        users, of_user = self._users.resolve()
        items, of_item = self._items.resolve()
        is_sorted = self._is_sorted and self._users.keeps_order
        return ReadRatings(self._spool, self._origins, rejections, users, items, (of_user, of_item), is_sorted)

    @property
    def rows(self) -> int:
        """So far."""
        return len(self._spool)

    def _watch_order(self, users: NDArray[np.int64]) -> None:
        if self._is_sorted and users.size:
            self._is_sorted = bool(users[0] >= self._last_user and (users[1:] >= users[:-1]).all())
            self._last_user = int(users[-1])
