"""A recommender small enough to check by hand: 4 users, 6 items, 3 factors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fm.model import FactorizationMachine
from lambdas.logic.predictions import Encode
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.inference import JSON, Predictions, decode_request, encode_response

USERS, ITEMS = [2, 3, 5, 9], [10, 11, 12, 20, 21, 30]


def space() -> FeatureSpace:
    return FeatureSpace.of(users=USERS, items=ITEMS)


def named_space() -> FeatureSpace:
    """The same size, with text for ids; they sort otherwise than they are numbered."""
    return FeatureSpace.of(users=[f"user {user}" for user in USERS], items=[f"item {item}" for item in ITEMS])


def encode(of: FeatureSpace | None = None) -> Encode:
    """Rows of the space's own columns."""
    return Encoder(of or space(), SideData()).encode


def model(*, seed: int = 3, features: int = len(USERS) + len(ITEMS)) -> FactorizationMachine:
    rng = np.random.default_rng(seed)
    return FactorizationMachine(
        w0=np.array([0.1], np.float32),
        w=rng.normal(size=features).astype(np.float32),
        v=rng.normal(size=(features, 3)).astype(np.float32),
        predictor_type="binary_classifier",
    )


def endpoint(serving: FactorizationMachine) -> Callable[[bytes], bytes]:
    """What an endpoint that holds `serving` does with a request's body."""

    def invoke(body: bytes) -> bytes:
        scores, labels = serving.predict(decode_request(body, content_type=JSON, n_columns=serving.n_features))
        return encode_response(Predictions(scores, labels))

    return invoke
