"""A prepared channel, scored as it is read: it need not fit in memory."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fm.model import FactorizationMachine
from prep.recordio import read_batches


class UnlabelledChannel(ValueError):
    """A channel without labels, where some are needed."""


def score_channel(model: FactorizationMachine, stream: BinaryIO) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Labels and probabilities (rows,) of RecordIO-protobuf. Raises UnlabelledChannel, RecordIOError."""
    labels, probabilities = [np.empty(0, np.float32)], [np.empty(0, np.float32)]
    for rows, of_rows in read_batches(stream, n_columns=model.n_features):
        if of_rows is None:
            raise UnlabelledChannel(f"{rows.rows} rows without labels, expected one each")
        labels.append(of_rows)
        probabilities.append(model.probability(rows))
    return np.concatenate(labels), np.concatenate(probabilities)
