"""The live endpoint → titled predictions that its artifact confirms; and recommendations by the model made for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.common.endpoint import Endpoint
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.runs import Run, load_model
from lambdas.common.storage import Store
from lambdas.logic.channels import Ratings, decision_column, ratings_of
from lambdas.logic.keys import PREDICTIONS
from lambdas.logic.predictions import Encode, LivePredictor, Score, artifact_score, held_out
from lambdas.logic.ranking import check_same_ids
from lambdas.logic.recommending import Seen, recommendations
from prep import keys
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.inference import JSON
from prep.job import PrepareJob
from prep.triplet import Triplet


@dataclass(frozen=True)
class VerifyEvent(Event):
    """`endpoint` and `variant` are asked; `run`, `model_data` and `shards` of the training channel say about what.

    `preparation` is the like model's. `ranking` has `run` and `model_data` of the ranking model, or is None.
    """

    run: str
    model_data: str
    endpoint: str
    variant: str
    shards: int
    preparation: Mapping[str, Any]
    ranking: Mapping[str, str] | None


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises PredictionMismatch, and the endpoint's own errors."""
    request = VerifyEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    run, job = Run(store, request.run), PrepareJob.from_json(request.preparation)
    space, catalogue = run.space(), run.catalogue()
    column = decision_column(space, job.label)

    def ratings(key: str) -> Iterator[Ratings]:
        return ratings_of(run.batches(key, n_columns=space.feature_dim), space, column)

    invoke = partial(Endpoint(request.endpoint, variant=request.variant).invoke, content_type=JSON)
    encode = _rows(run.encoder(space), None if column is None else job.label.decision)
    predictor = LivePredictor(load_model(store, request.model_data), encode, invoke)
    test = next(ratings(keys.TEST))
    shown = held_out(predictor.score, space, test)
    seen = Seen(space.positions_of_users(shown.users), space)
    for key in keys.shards(keys.TRAIN, request.shards):
        seen.add_train(ratings(key))
    for key in (keys.VALIDATION, keys.TEST) if job.split.validation else (keys.TEST,):
        seen.add_held_out(ratings(key))
    score = _ranking_score(store, space, request.ranking) if request.ranking else predictor.score
    document = {
        "predictions": shown.titled(catalogue),
        "model": "ranking" if request.ranking else "like",
        "recommendations": recommendations(score, space, seen, catalogue),
    }
    key = request.run + PREDICTIONS
    uri = store.write(key, json.dumps(document, ensure_ascii=False).encode(), content_type="application/json")
    verified = {"key": key, "uri": uri, "rows": predictor.rows, "largest_gap": predictor.largest_gap}
    log("verified", **verified)
    return verified


def _ranking_score(store: Store, space: FeatureSpace, ranking: Mapping[str, str]) -> Score:
    """The ranking model's own, which no endpoint serves. Raises ArtifactError, OtherIds."""
    run = Run(store, ranking["run"])
    ranking_space = run.space()
    check_same_ids(space, ranking_space)
    return artifact_score(load_model(store, ranking["model_data"]), run.encoder(ranking_space).encode)


def _rows(encoder: Encoder, threshold: int | None) -> Encode:
    """Rows by ids; of the ordinal task with the column of the threshold that decides."""
    if threshold is None:
        return encoder.encode

    def encode(users: NDArray[Any], items: NDArray[Any]) -> Triplet:
        return encoder.encode(users, items, thresholds=np.full(users.size, threshold))

    return encode
