"""Everything that is known of a preparation before the first byte of it is written.

The first pass reads; then user by user repeated pairs are left out and every row is given its channel. What cannot be
prepared is refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep.ahead import ahead
from prep.channels import Channel
from prep.description import Description, read_description
from prep.division import Division, Found, Known, Tally, add_later
from prep.errors import TooFewIds
from prep.grouping import ByUser, by_user
from prep.inputs import Layout, Rejections, detect, read_items, read_users
from prep.job import PrepareJob
from prep.moments import moments
from prep.progress import Progress, silent
from prep.reading import ReadRatings, read_ratings, resolved_split
from prep.sources import Source
from prep.split import Moments
from prep.split_rule import SplitRule
from prep.spool import Columns, Spool
from prep.tables import Items, Users


@dataclass(slots=True, eq=False, kw_only=True)
class Findings:
    """What one knows of ratings that were read, checked and divided, wherever their rows are.

    users, items: ids, ascending. rule: the split, with what was left to be found. cold_rows: held-out rows of users
    that have no training row, left out. catalogue, people: the side files, where there are any.
    """

    job: PrepareJob
    rule: SplitRule
    layout: Layout
    description: Description
    users: NDArray[Any]
    items: NDArray[Any]
    catalogue: Items | None
    people: Users | None
    tallies: dict[Channel, Tally]
    rejections: Rejections
    cold_rows: int


@dataclass(slots=True, eq=False, kw_only=True)
class Survey(Findings):
    """Findings whose rows are on disk. channels: uint8, one for each row of ``rows``."""

    rows: ByUser
    channels: Spool

    def chunks(self) -> Iterator[tuple[Columns, NDArray[np.uint8]]]:
        """Rows of whole users and the channel of each."""
        first = 0
        for chunk in self.rows.chunks():
            stop = first + chunk["pairs"].size
            yield chunk, self.channels.read(first, stop)["channel"]
            first = stop


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Ratings that were read, laid out user by user, and not divided yet. rule: with what was left to be found."""

    source: Source
    job: PrepareJob
    rule: SplitRule
    layout: Layout
    catalogue: Items | None
    people: Users | None
    ratings: ReadRatings
    rows: ByUser


DIVIDED_ROWS: Final = 1 << 17
"""Rows divided at a time: of fewer, the threads that read, divide and take them wait for one another half the time."""

Take = Callable[[Columns, NDArray[np.uint8]], None]
"""Is given rows of whole users and the channel of each, in the order of users."""


def survey(
    source: Source, job: PrepareJob, folder: Path, progress: Progress = silent, *, take: Take | None = None
) -> Survey:
    """Read, check and divide. folder: an empty one for scratch files, about 45 bytes a rating.

    Raises every error there is about the data or the job: the tree in prep.errors.
    """
    return divide(read(source, job, folder, progress), folder, progress, take=take)


def read(source: Source, job: PrepareJob, folder: Path, progress: Progress = silent) -> Read:
    """The first pass, and the order of users. Raises what is wrong with the files, and with the job for them."""
    layout = detect(source, job.input)
    rule = resolved_split(job, layout)
    job.label.check_scale(*job.input.scale)
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
    require_several(ratings.users, ratings.items, source)
    rows = by_user(
        ratings.spool, ratings.positions, n_users=ratings.users.size, is_sorted=ratings.is_sorted, folder=folder
    )
    return Read(source, job, rule, layout, catalogue, people, ratings, rows)


def divide(given: Read, folder: Path, progress: Progress = silent, *, take: Take | None = None) -> Survey:
    """Give every row its channel. Raises what is wrong with the rows as a whole, and with their split and labels."""
    ratings, job = given.ratings, given.job
    known = Known(job, given.rule, ratings.users, ratings.items, ratings.origins, _moments(ratings, given.rule))
    divided, channels = _divide(known, given.rows, folder, progress, take)
    rows_read = len(ratings.spool) + ratings.rejections.total
    add_later(ratings.rejections, divided.rejections)
    ratings.rejections.check(rows_read, job.input.max_rejected)
    divided.end(known)
    return Survey(
        job=job,
        rule=given.rule,
        layout=given.layout,
        description=read_description(given.source),
        users=ratings.users,
        items=ratings.items,
        catalogue=given.catalogue,
        people=given.people,
        tallies=divided.tallies,
        rejections=ratings.rejections,
        cold_rows=divided.cold_rows,
        rows=given.rows,
        channels=channels,
    )


def require_several(users: NDArray[Any], items: NDArray[Any], source: Source) -> None:
    """Raises TooFewIds where all ratings are of one user, or of one item."""
    for kind, ids in (("user", users), ("item", items)):
        if ids.size < 2:
            raise TooFewIds(f"{source}: all ratings are of {kind} {ids[0]}, expected at least two {kind}s")


def _moments(ratings: ReadRatings, rule: SplitRule) -> Moments | None:
    if not (rule.kind == "temporal" and rule.per == "all"):
        return None
    return moments(lambda: (chunk["times"] for chunk in ratings.spool.chunks()), rule)


def _divide(known: Known, rows: ByUser, folder: Path, progress: Progress, take: Take | None) -> tuple[Found, Spool]:
    division, channels = Division(known), Spool(folder, {"channel": np.uint8})

    def divided() -> Iterator[tuple[Columns, NDArray[np.uint8]]]:
        for chunk in ahead(rows.chunks(DIVIDED_ROWS), depth=2):
            yield chunk, division.channels_of(chunk)

    for chunk, channel in ahead(divided()):
        channels.append({"channel": channel})
        if take is not None:
            take(chunk, channel)
        progress("split", len(channels), len(rows))
    return division.found, channels
