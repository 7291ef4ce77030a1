"""The live endpoint → titled predictions that its artifact confirms."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fm import artifact
from lambdas.common.endpoint import Endpoint
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store
from lambdas.logic.channels import read_channel
from lambdas.logic.keys import PREDICTIONS
from lambdas.logic.predictions import LivePredictor, held_out, unseen
from prep import keys
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.inference import JSON


@dataclass(frozen=True)
class VerifyEvent(Event):
    """`endpoint` and `variant` are asked; `run` and `model_data` say what they should answer."""

    run: str
    model_data: str
    endpoint: str
    variant: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises PredictionMismatch, and the endpoint's own errors."""
    request = VerifyEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    space = FeatureSpace.from_json(store.read(request.run + keys.FEATURE_SPACE))
    catalogue = Catalogue.from_json(store.read(request.run + keys.ITEMS))
    model = artifact.load(io.BytesIO(store.read(store.key(request.model_data))))
    endpoint = Endpoint(request.endpoint, variant=request.variant)
    predictor = LivePredictor(model, space, partial(endpoint.invoke, content_type=JSON))
    train, test = (space.decode(read_channel(store.read(request.run + key))[0]) for key in (keys.TRAIN, keys.TEST))
    shown = held_out(predictor, test)
    rated_users, rated_items = (np.concatenate(pair) for pair in zip(train, test, strict=True))
    document = {
        "predictions": shown.titled(catalogue),
        "recommendations": [
            {
                "user": int(user),
                "items": unseen(predictor, space, user, rated_items[rated_users == user]).titled(catalogue),
            }
            for user in np.unique(shown.users)
        ],
    }
    key = request.run + PREDICTIONS
    uri = store.write(key, json.dumps(document, ensure_ascii=False).encode(), content_type="application/json")
    verified = {"key": key, "uri": uri, "rows": predictor.rows, "largest_gap": predictor.largest_gap}
    log("verified", **verified)
    return verified
