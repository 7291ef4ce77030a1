"""Channels as the algorithm reads them: RecordIO-protobuf files in the order of their names, as one matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local_aws.containers.factorization_machines.contract import OptMl
from prep.recordio import read_triplet
from prep.recordio.errors import RecordIOError
from prep.triplet import Triplet

CONTENT_TYPE = "application/x-recordio-protobuf"


class ChannelError(ValueError):
    """A channel that cannot be trained on; the message names it and what was expected."""


def read_channel(opt_ml: OptMl, name: str, *, feature_dim: int) -> tuple[Triplet, NDArray[np.float32]] | None:
    """Rows (n, feature_dim) and labels (n,) float32 of a channel, or None when the job does not have it.

    Raises ChannelError for another content type, a file that is no RecordIO, rows of another width, rows unlabelled.
    """
    config: dict[str, Any] | None = opt_ml.config("inputdataconfig.json").get(name)
    if config is None:
        return None
    content_type = config.get("ContentType") or CONTENT_TYPE
    if content_type.partition(";")[0].strip() != CONTENT_TYPE:
        raise ChannelError(f"channel {name!r} has ContentType {content_type!r}, expected {CONTENT_TYPE!r}")
    parts = [_read_file(path, name, feature_dim) for path in opt_ml.channel_files(name)]
    if not parts:
        raise ChannelError(f"channel {name!r} has no files, expected RecordIO-protobuf")
    return _stacked([rows for rows, _ in parts], feature_dim), np.concatenate([labels for _, labels in parts])


def _read_file(path: Path, channel: str, feature_dim: int) -> tuple[Triplet, NDArray[np.float32]]:
    where = f"channel {channel!r}, {path.name}"
    try:
        rows, labels = read_triplet(np.fromfile(path, np.uint8))
    except RecordIOError as error:
        raise ChannelError(f"{where}: {error}") from error
    if rows.rows == 0:
        raise ChannelError(f"{where}: no records")
    if rows.n_columns != feature_dim:
        raise ChannelError(f"{where}: rows of {rows.n_columns} features, expected feature_dim {feature_dim}")
    if labels is None:
        raise ChannelError(f"{where}: records without labels, expected a label for each")
    return rows, labels


def _stacked(parts: list[Triplet], feature_dim: int) -> Triplet:
    if len(parts) == 1:
        return parts[0]
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    return Triplet(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        indices=np.concatenate([part.indices for part in parts]),
        data=np.concatenate([part.data for part in parts]),
        n_columns=feature_dim,
    )
