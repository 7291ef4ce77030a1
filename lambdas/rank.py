"""Ranking model and prepared channels → lists of what users have not rated, measured beside popularity's, and a gate.

The document in the bucket has counts by item too; what the state machine remembers is small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fm.evaluation.documents import evaluate_ranking
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.metrics import Metrics
from lambdas.common.runs import Run, load_model
from lambdas.common.storage import Store
from lambdas.logic import ranking
from lambdas.logic.channels import Ratings, decision_column, ratings_of
from lambdas.logic.gate import decide_ranking
from lambdas.logic.keys import RANKING
from lambdas.logic.ranking import Liked, Past, Ranked, check_same_ids
from lambdas.logic.scorers import scorer_of
from prep import keys
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.labels import LabelRule


@dataclass(frozen=True)
class RankEvent(Event):
    """`run`, `preparation` and `prepared` are the like model's, whose channels say who rated and liked what.

    `ranking_run` and `model_data` are the ranking model's; `gate` is the input's.
    """

    run: str
    ranking_run: str
    model_data: str
    preparation: Mapping[str, Any]
    prepared: Mapping[str, Any]
    gate: Mapping[str, Any]


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises ArtifactError, OtherIds, and MetricError where nobody liked anything in the test."""
    request, metrics = RankEvent.from_event(event), Metrics.read()
    store = Store(BucketEnvironment.read().bucket)
    rated = _Rated(Run(store, request.run), PrepareJob.from_json(request.preparation).label)
    ranking_run = Run(store, request.ranking_run)
    space = ranking_run.space()
    check_same_ids(rated.space, space)
    liked = rated.liked()
    past = rated.past(liked, request.prepared)
    scorer = scorer_of(load_model(store, request.model_data), space, ranking_run.encoder(space), liked.users)
    evaluation = evaluate_ranking(
        scorer, seen=past.seen(), liked=liked.pairs, train_likes=past.likes, popularity=past.ratings, k=ranking.K
    )
    ranked = Ranked(evaluation, liked)
    gate = decide_ranking(request.gate, ranked.comparison(), ranked.users())
    document = ranked.document(gate)
    content = json.dumps(document, indent=2, allow_nan=False).encode()
    small = ranking.small(document)
    small["key"] = store.write(request.run + RANKING, content, content_type="application/json")
    log("ranking", **small, **metrics.fields(Coverage=document["metrics"]["coverage"]))
    return small


class _Rated:
    """Who rated and liked what, by the channels of a run."""

    def __init__(self, run: Run, rule: LabelRule) -> None:
        self._run, self._rule = run, rule
        self.space: FeatureSpace = run.space()

    def liked(self) -> Liked:
        """Of the test channel."""
        return Liked(Ratings.joined(self._parts(keys.TEST)), self._rule, self.space)

    def past(self, liked: Liked, prepared: Mapping[str, Any]) -> Past:
        """Of the channels before it."""
        past = Past(liked.users, self.space)
        for key in keys.shards(keys.TRAIN, prepared["shards"]):
            for part in self._parts(key):
                past.add_train(part, self._rule)
        if prepared["validation_rows"]:
            for part in self._parts(keys.VALIDATION):
                past.add_seen(part)
        return past

    def _parts(self, key: str) -> Iterator[Ratings]:
        batches = self._run.batches(key, n_columns=self.space.feature_dim)
        yield from ratings_of(batches, self.space, decision_column(self.space, self._rule))
