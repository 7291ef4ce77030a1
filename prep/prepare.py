"""Ratings in, SageMaker Factorization Machines input out: the preparation step, whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep import keys
from prep.catalogue import Catalogue
from prep.dataset import Dataset, read_dataset, split_files
from prep.errors import BadJob, OneClassOnly
from prep.movielens import LOWEST_RATING, TOP_RATING
from prep.recordio import write_records
from prep.sources import Sink, Source
from prep.tables import Ratings


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareJob:
    """What to prepare.

    split: a given split, ``ua``, ``ub`` or ``u1`` to ``u5``. liked_at_least: stars from which a rating counts as liked.
    seed: order of the training rows. Raises UnknownSplit, BadJob.
    """

    split: str = "ua"
    liked_at_least: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        split_files(self.split)
        if not LOWEST_RATING <= self.liked_at_least <= TOP_RATING:
            expected = f"expected {LOWEST_RATING:g} to {TOP_RATING:g}"
            raise BadJob(f"liked_at_least {self.liked_at_least!r}, {expected}")
        if self.seed < 0:
            raise BadJob(f"seed {self.seed!r}, expected a whole number from 0")


@dataclass(frozen=True, slots=True)
class Counts:
    """A number for each channel."""

    train: int
    test: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was written.

    rejected_rows: always 0, since the first row that cannot be used ends the preparation; a summary's reader need not
    know that to see that nothing was left out. positives: rows labelled 1. bytes: size of each channel's object.
    """

    name: str
    synthetic: bool
    users: int
    items: int
    train_rows: int
    test_rows: int
    feature_dim: int
    positives: Counts
    bytes: Counts
    rejected_rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return asdict(self)


def check(source: Source, job: PrepareJob) -> Dataset:
    """Read and validate everything that ``prepare`` would, and write nothing.

    Raises what ``read_dataset`` raises, and OneClassOnly when the label threshold leaves nothing to learn from the
    train channel, or nothing to tell apart in the test channel.
    """
    dataset = read_dataset(source, job.split)
    for channel, ratings in (("train", dataset.train), ("test", dataset.test)):
        liked = int(_labels(ratings, job).sum())
        if liked in (0, len(ratings)):
            found = f"{liked} of {len(ratings)} ratings of the {channel} channel are liked"
            raise OneClassOnly(f"liked_at_least {job.liked_at_least:g}: {found}, expected both kinds")
    return dataset


def prepare(source: Source, job: PrepareJob, sink: Sink) -> Prepared:
    """Encode train and test as RecordIO-protobuf and write them with the documents that explain their columns.

    Training rows are shuffled by the job's seed, because SageMaker reads them in file order; test rows keep the order
    of their file, so that predictions line up with it. Everything is validated before the first byte is written.
    Raises what ``check`` raises.
    """
    dataset = check(source, job)
    order = np.random.default_rng(job.seed).permutation(len(dataset.train))
    train, test = dataset.train.take(order), dataset.test
    written = Counts(
        train=_write_channel(sink, keys.TRAIN, train, dataset, job),
        test=_write_channel(sink, keys.TEST, test, dataset, job),
    )
    _write(sink, keys.FEATURE_SPACE, dataset.feature_space.to_json())
    _write(sink, keys.ITEMS, Catalogue.of(dataset.items).to_json())
    return Prepared(
        name=dataset.name,
        synthetic=dataset.synthetic,
        users=len(dataset.feature_space.users),
        items=len(dataset.feature_space.items),
        train_rows=len(train),
        test_rows=len(test),
        feature_dim=dataset.feature_space.feature_dim,
        positives=Counts(int(_labels(train, job).sum()), int(_labels(test, job).sum())),
        bytes=written,
    )


def _labels(ratings: Ratings, job: PrepareJob) -> NDArray[np.float32]:
    return (ratings.values >= job.liked_at_least).astype(np.float32)


def _write_channel(sink: Sink, key: str, ratings: Ratings, dataset: Dataset, job: PrepareJob) -> int:
    rows = dataset.feature_space.encode(ratings.users, ratings.items)
    with sink.open(key) as stream:
        return write_records(stream, rows, _labels(ratings, job))


def _write(sink: Sink, key: str, document: bytes) -> None:
    with sink.open(key) as stream:
        stream.write(document)
