"""A prepared channel as rows and labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prep.recordio import read_triplet
from prep.triplet import Triplet


class UnlabelledChannel(ValueError):
    """A channel without labels, where some are needed."""


def read_channel(content: bytes) -> tuple[Triplet, NDArray[np.float32]]:
    """Rows (rows, features) and labels (rows,) of RecordIO-protobuf. Raises UnlabelledChannel, RecordIOError."""
    rows, labels = read_triplet(content)
    if labels is None:
        raise UnlabelledChannel(f"{rows.rows} rows without labels, expected one each")
    return rows, labels
