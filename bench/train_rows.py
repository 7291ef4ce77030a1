"""The rows that training is measured on, and what learning from them has to move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from bench.errors import BenchError
from fm.hyperparameters import Hyperparameters, parse
from fm.training_data import Collector, Pairs
from prep.recordio import read_batches

FACTORS: Final = 64
BATCH: Final = 1000
# Each number is 4 bytes. Weights, means and variances are read and written; a row is two columns and a label.
_PER_FACTOR: Final = 3 * 2 * 4
_PER_ROW: Final = 3 * 4
_BATCHES_AT_ONCE: Final = 1000


def settings_for(prepared: Path, *, epochs: int) -> Hyperparameters:
    """The algorithm's defaults, with the blog's factors and batches."""
    features = json.loads((prepared / "prepared.json").read_text())["feature_dim"]
    given = {"num_factors": FACTORS, "mini_batch_size": BATCH, "epochs": epochs, "feature_dim": features}
    return parse({name: str(value) for name, value in given.items()} | {"predictor_type": "binary_classifier"})


def read_train(prepared: Path, settings: Hyperparameters) -> Pairs:
    """The rows of the train channel. Raises BenchError where they are no pairs of a user and an item."""
    return read_channel(prepared, "train", settings)


def read_channel(prepared: Path, channel: str, settings: Hyperparameters) -> Pairs:
    """The same of any channel."""
    collector = Collector(settings)
    for path in sorted((prepared / "prepared" / channel).iterdir()):
        with path.open("rb") as stream:
            for rows, labels in read_batches(stream):
                collector.add(rows, () if labels is None else labels)
    taken = collector.take()
    if not isinstance(taken, Pairs):
        raise BenchError(f"{prepared}: rows of other features, expected a user and an item in each")
    return taken


def bytes_per_epoch(rows: Pairs, batch: int) -> int:
    """What exact mini-batch Adam has to move at least: each row is read; of each feature that a batch names, weights,
    means and variances of its factors and its linear weight are read and written, once a batch.
    """
    named = 0
    for first in range(0, len(rows), batch * _BATCHES_AT_ONCE):
        part = slice(first, first + batch * _BATCHES_AT_ONCE)
        places = np.arange(rows.labels[part].size) // batch
        keys = [places * rows.n_columns + column[part] for column in (rows.first, rows.second)]
        named += np.unique(np.concatenate(keys)).size
    return named * (FACTORS + 1) * _PER_FACTOR + len(rows) * _PER_ROW
