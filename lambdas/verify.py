"""The live endpoint → titled predictions that its artifact confirms."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from fm import artifact
from lambdas.common.endpoint import Endpoint
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store
from lambdas.logic.keys import PREDICTIONS
from lambdas.logic.predictions import LivePredictor, Pairs, held_out, seen_items, unseen
from prep import keys
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.inference import JSON
from prep.recordio import read_batches


@dataclass(frozen=True)
class VerifyEvent(Event):
    """`endpoint` and `variant` are asked; `run`, `model_data` and `shards` of the training channel say about what."""

    run: str
    model_data: str
    endpoint: str
    variant: str
    shards: int


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises PredictionMismatch, and the endpoint's own errors."""
    request = VerifyEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    space = FeatureSpace.from_json(store.read(request.run + keys.FEATURE_SPACE))
    side = SideData.from_bytes(store.read(request.run + keys.SIDE_DATA)) if space.blocks else SideData()
    catalogue = Catalogue.from_json(store.read(request.run + keys.ITEMS))
    model = artifact.load(io.BytesIO(store.read(store.key(request.model_data))))
    endpoint = Endpoint(request.endpoint, variant=request.variant)
    predictor = LivePredictor(model, Encoder(space, side).encode, partial(endpoint.invoke, content_type=JSON))
    shown = held_out(predictor, next(_pairs(store, space, request.run + keys.TEST)))
    objects = [request.run + key for key in (*keys.shards(keys.TRAIN, request.shards), keys.TEST)]
    seen = seen_items(shown.users, chain.from_iterable(_pairs(store, space, key) for key in objects))
    document = {
        "predictions": shown.titled(catalogue),
        "recommendations": [
            {"user": user, "items": unseen(predictor, space, user, items).titled(catalogue)}
            for user, items in seen.items()
        ],
    }
    key = request.run + PREDICTIONS
    uri = store.write(key, json.dumps(document, ensure_ascii=False).encode(), content_type="application/json")
    verified = {"key": key, "uri": uri, "rows": predictor.rows, "largest_gap": predictor.largest_gap}
    log("verified", **verified)
    return verified


def _pairs(store: Store, space: FeatureSpace, key: str) -> Iterator[Pairs]:
    """Users and items of one object's records, part by part: a channel need not fit in memory."""
    with store.open(key) as stream:
        for rows, _ in read_batches(stream, n_columns=space.feature_dim):
            yield space.decode(rows)
