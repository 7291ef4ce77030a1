"""Model artifact and prepared channels → measures beside their baselines and the live model's, and the gate's decision.

The document in the bucket has the curves too; what the state machine remembers is small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fm.errors import FmError
from fm.model import FactorizationMachine
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.runs import Run, load_model
from lambdas.common.storage import ForeignObject, LostObject, Store
from lambdas.logic import champion
from lambdas.logic.champion import Contestant, Encounter, NotComparable
from lambdas.logic.channels import (
    NoSuchThreshold,
    Ratings,
    ScoredChannel,
    UnlabelledChannel,
    column_of_cut,
    decision_column,
    ratings_of,
    score_channel,
)
from lambdas.logic.evaluation import CURVES, Evidence, evaluate
from lambdas.logic.gate import decide
from lambdas.logic.keys import EVALUATION, run_of
from lambdas.logic.reported import compare, figures
from prep import keys
from prep.errors import PrepError
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.labels import LabelRule


@dataclass(frozen=True)
class EvaluateEvent(Event):
    """`reported` is the job's final metrics; `preparation` what was prepared, and `prepared` what came of it.

    `threshold` and `gate` are the input's; `champion` is the live model, None where there is none.
    """

    run: str
    model_data: str
    reported: Sequence[Mapping[str, Any]]
    preparation: Mapping[str, Any]
    prepared: Mapping[str, Any]
    threshold: Mapping[str, Any]
    gate: Mapping[str, Any]
    champion: Mapping[str, Any] | None


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises ArtifactError, EvaluationMismatch, NoValidationRows."""
    request = EvaluateEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    rule = PrepareJob.from_json(request.preparation).label
    challenger = _Challenger(Run(store, request.run), load_model(store, request.model_data), rule)
    test = challenger.scored(keys.TEST)
    reported = compare(figures(test.rows, is_regressor=rule.task == "regressor"), request.reported)
    evidence = Evidence(
        space=challenger.space,
        train=challenger.trained(request.prepared["shards"]),
        validation=challenger.scored(keys.VALIDATION) if _is_chosen(request) else None,
        test=test,
    )
    document = evaluate(evidence, task=rule.task, threshold=request.threshold)
    document["reported"] = reported
    encounter = _encounter(store, request, Contestant.of(challenger.space, test), rule)
    document["champion"] = {**(request.champion or {}), **encounter.as_json()} if encounter else None
    document["gate"] = decide(request.gate, document["metrics"], document["baselines"], encounter)
    content = json.dumps(document, indent=2, allow_nan=False).encode()
    small = {name: value for name, value in document.items() if name != CURVES}
    small["key"] = store.write(request.run + EVALUATION, content, content_type="application/json")
    log("evaluation", **small)
    return small


class _Challenger:
    """The model under evaluation, and its own run's channels."""

    def __init__(self, run: Run, model: FactorizationMachine, rule: LabelRule) -> None:
        self._run, self._model = run, model
        self.space = run.space()
        self._column = decision_column(self.space, rule)

    def scored(self, key: str) -> ScoredChannel:
        batches = self._run.batches(key, n_columns=self._model.n_features)
        return score_channel(self._model, batches, self.space, self._column)

    def trained(self, shards: int) -> Ratings:
        return Ratings.joined(self._parts(shards))

    def _parts(self, shards: int) -> Iterator[Ratings]:
        for key in keys.shards(keys.TRAIN, shards):
            batches = self._run.batches(key, n_columns=self.space.feature_dim)
            yield from ratings_of(batches, self.space, self._column)


def _is_chosen(request: EvaluateEvent) -> bool:
    """Whether validation rows are needed, and there."""
    is_fixed = request.threshold.get("measure", "fixed") == "fixed"
    return not is_fixed and bool(request.prepared["validation_rows"])


def _encounter(store: Store, request: EvaluateEvent, challenger: Contestant, rule: LabelRule) -> Encounter | None:
    """With the live model. One that cannot be read or compared is told of, and never an error."""
    if request.champion is None or request.gate.get("champion") == "ignore":
        return None
    is_regressor = rule.task == "regressor"
    try:
        with store.noting_losses():
            rival = _rival(store, request, rule.cut)
        is_lenient = request.gate.get("champion", "not_worse") == "not_worse"
        tolerance = request.gate.get("champion_tolerance", 0.0) if is_lenient else 0.0
        return champion.meet(challenger, rival, is_regressor=is_regressor, tolerance=tolerance)
    except (NotComparable, LostObject, ForeignObject, FmError, PrepError, NoSuchThreshold, UnlabelledChannel) as error:
        return champion.not_judged(str(error))


def _rival(store: Store, request: EvaluateEvent, cut: float) -> Contestant:
    """The live model on the test channel of its own run."""
    artifact = str((request.champion or {}).get("model_data"))
    prefix = run_of(store.key(artifact))
    if prefix is None:
        raise NotComparable(f"its artifact {artifact} is not of an execution")
    run = Run(store, prefix)
    champion.check_same_holdout(request.prepared, run.prepared())
    space: FeatureSpace = run.space()
    model = load_model(store, artifact)
    batches = run.batches(keys.TEST, n_columns=model.n_features)
    return Contestant.of(space, score_channel(model, batches, space, column_of_cut(space, cut)))
