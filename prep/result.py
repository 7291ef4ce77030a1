"""What a preparation says it has done: the result, and the document that is written last."""

from __future__ import annotations

import builtins
import json
from dataclasses import asdict, dataclass
from typing import Any

from prep.channels import Channel
from prep.feature_space import FeatureSpace
from prep.labels import predictor_type
from prep.survey import Findings


@dataclass(slots=True)
class Counts:
    """A number for each channel."""

    train: int = 0
    validation: int = 0
    test: int = 0

    def set(self, channel: Channel, value: int) -> None:
        """The number of that channel."""
        setattr(self, channel.name.lower(), value)

    def add(self, channel: Channel, value: int) -> None:
        """Count more in that channel."""
        name = channel.name.lower()
        setattr(self, name, getattr(self, name) + value)

    def merge(self, other: Counts) -> None:
        """Count what was counted elsewhere."""
        self.train += other.train
        self.validation += other.validation
        self.test += other.test


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was written.

    engine: ``python``, one process, or ``spark``. format: of the files, and how that was found. ratings: rows of the
    dataset in each channel. train_rows …: records made of them, as many but for tasks that make several of one.
    positives: records labelled 1, 0 for a regressor. bytes: of each channel's objects. shards: objects of the training
    channel. rejected_rows, rejected: rows left out, and how many for which reason. cold_rows: held-out rows left out
    because a temporal split trained on nothing of their user. cold_items: held-out rows whose item was not trained.
    """

    name: str
    synthetic: bool
    engine: str
    format: str
    format_found: str
    split: dict[str, Any]
    task: str
    predictor_type: str
    features: list[str]
    users: int
    items: int
    feature_dim: int
    ratings: Counts
    train_rows: int
    validation_rows: int
    test_rows: int
    positives: Counts
    bytes: Counts
    shards: int
    rejected_rows: int
    rejected: dict[str, int]
    cold_rows: int
    cold_items: Counts

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return asdict(self)

    def to_json(self) -> builtins.bytes:
        """The document ``prepared.json``."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False).encode()


@dataclass(slots=True)
class Written:
    """Records of each channel: how many, how many labelled 1, and the bytes they take."""

    rows: Counts
    positives: Counts
    bytes: Counts
    shards: int

    def merge(self, other: Written) -> None:
        """Add what was written elsewhere, but for the shards."""
        self.rows.merge(other.rows)
        self.positives.merge(other.positives)
        self.bytes.merge(other.bytes)


def described(
    found: Findings, space: FeatureSpace, written: Written | None = None, *, engine: str = "python"
) -> Prepared:
    """The result of a survey; before anything is written, its ratings stand for records."""
    ratings, cold_items = Counts(), Counts()
    for channel, tally in found.tallies.items():
        ratings.set(channel, tally.rows)
        cold_items.set(channel, tally.cold_items)
    made = written or Written(ratings, _liked(found), Counts(), 0)
    return Prepared(
        name=found.description.name,
        synthetic=found.description.synthetic,
        engine=engine,
        format=found.layout.format,
        format_found=found.layout.how,
        split=found.rule.as_json(),
        task=found.job.label.task,
        predictor_type=predictor_type(found.job.label.task),
        features=list(found.job.features),
        users=len(space.users),
        items=len(space.items),
        feature_dim=space.feature_dim,
        ratings=ratings,
        train_rows=made.rows.train,
        validation_rows=made.rows.validation,
        test_rows=made.rows.test,
        positives=made.positives,
        bytes=made.bytes,
        shards=made.shards,
        rejected_rows=found.rejections.total,
        rejected=found.rejections.counts,
        cold_rows=found.cold_rows,
        cold_items=cold_items,
    )


def _liked(found: Findings) -> Counts:
    liked = Counts()
    for channel, tally in found.tallies.items():
        liked.set(channel, tally.labels.liked)
    return liked
