"""Models and rows that MXNet is given: planted at random in several sizes, and trained by ``fm.trainer``.

A row holds at most four values and scores stay within 5, where float32 is finer than the 1e-6 that is asked for: its
numbers are at most 4.8e-7 apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from conformance.cases import rows_of
from fm import trainer
from fm.hyperparameters import parse
from fm.model import FactorizationMachine, PredictorType, sigmoid
from fm.symbol import Storage
from prep.triplet import Triplet

ROWS = 200
SIZES = ((5, 2), (100, 7), (2625, 64), (3000, 16))
"""(features, factors) of the planted models; the third is the blog post's."""

USERS, ITEMS, FACTORS = 40, 60, 8
"""Those of the trained models."""

_EPOCHS = 5


class ModelCase(NamedTuple):
    """One model file; ``kept``, (some,) int64 ascending, are ids of features that the others are zeroed beside."""

    name: str
    model: FactorizationMachine
    storage: Storage
    rows: Triplet
    kept: NDArray[np.int64]


def cases() -> Iterator[ModelCase]:
    """Every case once, the same ones every time."""
    rng = np.random.default_rng(19)
    for predictor_type in get_args(PredictorType):
        for storage in get_args(Storage):
            for features, factors in SIZES:
                model = planted(features, factors, predictor_type, rng)
                yield case_of(f"planted-{features}-{factors}", model, storage, rng)
        yield case_of("trained", trained(predictor_type, rng), "row_sparse", rng)


def case_of(name: str, model: FactorizationMachine, storage: Storage, rng: np.random.Generator) -> ModelCase:
    """``model`` with drawn rows of its width."""
    kept = np.flatnonzero(rng.random(model.n_features) < 0.5)
    rows = drawn_rows(model.n_features, rng)
    return ModelCase(f"{name}-{model.predictor_type}-{storage}", model, storage, rows, kept)


def planted(
    features: int, factors: int, predictor_type: PredictorType, rng: np.random.Generator
) -> FactorizationMachine:
    """Parameters drawn so that every part of a score weighs about as much, whatever the size."""
    return FactorizationMachine(
        w0=rng.uniform(-0.6, 0.6, 1).astype(np.float32),
        w=rng.uniform(-0.6, 0.6, features).astype(np.float32),
        v=(rng.uniform(-1.2, 1.2, (features, factors)) / np.sqrt(factors)).astype(np.float32),
        predictor_type=predictor_type,
    )


def trained(predictor_type: PredictorType, rng: np.random.Generator) -> FactorizationMachine:
    """What ``fm.trainer`` makes of all pairs of a few users and items, labelled by a planted model."""
    truth = planted(USERS + ITEMS, 2, predictor_type, rng)
    users, items = np.divmod(rng.permutation(USERS * ITEMS), ITEMS)
    pairs = rows_of([2] * users.size, np.stack([users, USERS + items], axis=1).ravel(), 1, USERS + ITEMS)
    score = truth.score(pairs)
    is_regressor = predictor_type == "regressor"
    labels = 2 + score if is_regressor else (rng.random(score.size) < sigmoid(score)).astype(np.float32)
    strings = {
        "feature_dim": str(USERS + ITEMS),
        "num_factors": str(FACTORS),
        "predictor_type": predictor_type,
        "mini_batch_size": "50",
        "epochs": str(_EPOCHS),
        "linear_lr": "0.02",
        "factors_lr": "0.01",
        "factors_init_sigma": "0.1",
    }
    return trainer.train(pairs, labels, parse(strings), rng, threads=1)


def drawn_rows(features: int, rng: np.random.Generator) -> Triplet:
    """ROWS rows: in the first half two ones each, as one-hot users and items have, then none to four of any value."""
    lengths = np.where(np.arange(ROWS) < ROWS // 2, 2, rng.integers(0, 5, ROWS))
    keys = np.concatenate([np.sort(rng.choice(features, length, replace=False)) for length in lengths])
    ones = int(lengths[: ROWS // 2].sum())
    values = np.where(np.arange(keys.size) < ones, 1.0, rng.uniform(-1, 1, keys.size))
    return rows_of(lengths, keys, values, features)
