"""Channels as the algorithm reads them: RecordIO-protobuf files in the order of their names, some rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fm.errors import FmError
from fm.hyperparameters import Hyperparameters
from fm.training_data import Collector, TrainingRows
from local_aws.containers.factorization_machines.contract import OptMl
from prep.recordio import read_batches
from prep.recordio.errors import RecordIOError

CONTENT_TYPE = "application/x-recordio-protobuf"


class ChannelError(ValueError):
    """A channel that cannot be trained on; the message names it and what was expected."""


def read_channel(opt_ml: OptMl, name: str, settings: Hyperparameters) -> TrainingRows | None:
    """The rows of a channel, fit to be trained on or measured on, or None when the job does not have it.

    Raises ChannelError for another content type, a file that is no RecordIO, rows of another width, rows unlabelled,
    values and labels that the algorithm cannot use.
    """
    config: dict[str, Any] | None = opt_ml.config("inputdataconfig.json").get(name)
    if config is None:
        return None
    content_type = config.get("ContentType") or CONTENT_TYPE
    if content_type.partition(";")[0].strip() != CONTENT_TYPE:
        raise ChannelError(f"channel {name!r} has ContentType {content_type!r}, expected {CONTENT_TYPE!r}")
    paths = opt_ml.channel_files(name)
    if not paths:
        raise ChannelError(f"channel {name!r} has no files, expected RecordIO-protobuf")
    try:
        collector = Collector(settings)
        for path in paths:
            _read_file(path, name, settings.feature_dim, collector)
        return collector.take()
    except FmError as error:
        raise ChannelError(f"channel {name!r}: {error}") from error


def _read_file(path: Path, channel: str, feature_dim: int, collector: Collector) -> None:
    where = f"channel {channel!r}, {path.name}"
    rows_read = 0
    try:
        with path.open("rb") as stream:
            for rows, labels in read_batches(stream):
                rows_read += rows.rows
                if rows.n_columns != feature_dim:
                    raise ChannelError(
                        f"{where}: rows of {rows.n_columns} features, expected feature_dim {feature_dim}"
                    )
                if labels is None:
                    raise ChannelError(f"{where}: records without labels, expected a label for each")
                collector.add(rows, labels)
    except RecordIOError as error:
        raise ChannelError(f"{where}: {error}") from error
    if not rows_read:
        raise ChannelError(f"{where}: no records")
