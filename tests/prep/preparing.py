"""Prepared folders read back, and what they have to hold told by plain Python: nothing here asks ``prep`` to parse."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from prep import keys
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.recordio import read_triplet
from prep.result import Prepared
from prep.sinks import FolderSink
from prep.sources import open_source

CHANNELS = ("train", "validation", "test")


class Rating(NamedTuple):
    user: Any
    item: Any
    stars: float
    time: int


class Record(NamedTuple):
    """One row of a channel. others: columns after the item's, and their values."""

    user: Any
    item: Any
    label: float
    others: tuple[tuple[int, float], ...] = ()


def prepared_in(out: Path, data: Path, /, **job: Any) -> Prepared:
    """The job as people write it in JSON."""
    return prepare(open_source(data), PrepareJob.from_json(job), FolderSink(out), scratch=None)


def files_in(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def space_in(out: Path) -> FeatureSpace:
    return FeatureSpace.from_json((out / keys.FEATURE_SPACE).read_bytes())


def shards_in(out: Path, channel: str) -> list[Path]:
    return sorted((out / "prepared" / channel).iterdir()) if (out / "prepared" / channel).exists() else []


def records_in(out: Path, channel: str) -> list[Record]:
    """All shards, one after the other."""
    return [record for path in shards_in(out, channel) for record in records_of(path, space_in(out))]


def records_of(path: Path, space: FeatureSpace) -> list[Record]:
    """Row by row: the first column is a user's, the second an item's, by the order of ids in the document."""
    x, labels = read_triplet(path.read_bytes())
    assert labels is not None
    assert x.n_columns == space.feature_dim
    users, items = space.users.tolist(), space.items.tolist()
    columns, values, ends = x.indices.tolist(), x.data.tolist(), x.indptr.tolist()
    found = []
    for row, label in enumerate(labels.tolist()):
        user, item, *others = columns[ends[row] : ends[row + 1]]
        one, other, *weights = values[ends[row] : ends[row + 1]]
        assert (one, other) == (1, 1)
        assert user < len(users) <= item
        found.append(Record(users[user], items[item - len(users)], label, tuple(zip(others, weights, strict=True))))
    return found


def table(path: Path, delimiter: str, columns: Sequence[str | int] = (0, 1, 2, 3), *, ids: type = int) -> list[Rating]:
    """Ratings of a file. columns: of user, item, stars and time, by the header's name or by position without one."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines: Iterable[Any] = (
            (line.rstrip("\r\n").split("::") for line in stream)
            if delimiter == "::"
            else csv.DictReader(stream, delimiter=delimiter)
            if isinstance(columns[0], str)
            else csv.reader(stream, delimiter=delimiter)
        )
        user, item, stars, time = columns
        return [Rating(ids(row[user]), ids(row[item]), float(row[stars]), int(row[time])) for row in lines]


def liked(ratings: Iterable[Rating], at_least: float = 4.0) -> Counter[Record]:
    """The records of the binary task."""
    return Counter(Record(row.user, row.item, float(row.stars >= at_least)) for row in ratings)


def matched(out: Path, ratings: Iterable[Rating]) -> dict[str, list[Rating]]:
    """Each channel's records as the ratings they were made of, in the order of the records."""
    by_pair = {(row.user, row.item): row for row in ratings}
    return {channel: [by_pair[row.user, row.item] for row in records_in(out, channel)] for channel in CHANNELS}


def agree(out: Path, result: Prepared) -> None:
    """The result, its document, and what is in the folder say the same."""
    document = json.loads((out / keys.PREPARED).read_bytes())
    assert document == json.loads(json.dumps(result.as_dict()))
    for channel in CHANNELS:
        records = records_in(out, channel)
        assert document[f"{channel}_rows"] == len(records)
        assert document["bytes"][channel] == sum(path.stat().st_size for path in shards_in(out, channel))
        if result.task != "regressor":
            assert document["positives"][channel] == sum(record.label for record in records)
    assert result.shards == len(shards_in(out, "train"))
    space = space_in(out)
    assert (result.users, result.items, result.feature_dim) == (len(space.users), len(space.items), space.feature_dim)
    rejected = json.loads((out / keys.REJECTED).read_bytes())
    assert rejected["rejected"] == result.rejected_rows == sum(result.rejected.values())
    assert {reason: kind["count"] for reason, kind in rejected["by_reason"].items()} == result.rejected
