"""Model artifact and prepared channels → measures beside their baselines and the live model's, and the gate's decision.

The document in the bucket has the curves too; what the state machine remembers is small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fm.errors import FmError
from fm.model import FactorizationMachine
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.metrics import Metrics
from lambdas.common.runs import Run, load_model
from lambdas.common.storage import ForeignObject, LostObject, Store
from lambdas.logic import champion, drift
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
from lambdas.logic.drift import Known, NotMeasurable, Reference
from lambdas.logic.evaluation import CURVES, Evidence, evaluate
from lambdas.logic.folding import folded_of
from lambdas.logic.gate import decide
from lambdas.logic.keys import EVALUATION, REFERENCE, run_of
from lambdas.logic.model_quality import model_quality
from lambdas.logic.reported import compare, figures
from prep import keys
from prep.errors import PrepError
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.labels import LabelRule

_METRICS = {
    "Drift": "index",
    "ScoreDrift": "scores",
    "ItemDrift": "items",
    "UnknownItems": "unknown_items",
    "UnknownUsers": "unknown_users",
}
_UNFIT = (NotComparable, LostObject, ForeignObject, FmError, PrepError, NoSuchThreshold, UnlabelledChannel)
"""What keeps a live model from being held against anything."""


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


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises ArtifactError, EvaluationMismatch, NoValidationRows."""
    request, metrics = EvaluateEvent.from_event(event), Metrics.read()
    store = Store(BucketEnvironment.read().bucket)
    rule = PrepareJob.from_json(request.preparation).label
    challenger = _Challenger(Run(store, request.run), load_model(store, request.model_data), rule)
    test, train = challenger.scored(keys.TEST), challenger.trained(request.prepared["shards"])
    reported = compare(figures(test.rows, is_regressor=rule.task == "regressor"), request.reported)
    evidence = Evidence(
        space=challenger.space,
        train=train,
        validation=challenger.scored(keys.VALIDATION) if _is_chosen(request) else None,
        test=test,
    )
    document = evaluate(evidence, task=rule.task, threshold=request.threshold)
    document["reported"] = reported
    rival = _Champion(store, request)
    encounter = _encounter(request, Contestant.of(challenger.space, test), rival, rule)
    document["champion"] = {**(request.champion or {}), **encounter.as_json()} if encounter else None
    document["gate"] = decide(request.gate, document["metrics"], document["baselines"], encounter)
    document["drift"] = _drift(request, challenger.space, train, rival)
    log("drift", reason=document["drift"]["reason"], **metrics.fields(**_measured(document["drift"])))
    store.write(request.run + REFERENCE, challenger.reference(train).to_json(), content_type="application/json")
    quality = model_quality(document["metrics"], task=rule.task)
    content = json.dumps({**document, **quality}, indent=2, allow_nan=False).encode()
    small = {name: value for name, value in document.items() if name != CURVES}
    small["key"] = store.write(request.run + EVALUATION, content, content_type="application/json")
    log("evaluation", **small)
    return small


class _Challenger:
    """The model under evaluation, and its own run's channels."""

    def __init__(self, run: Run, model: FactorizationMachine, rule: LabelRule) -> None:
        self._run, self._model, self._rule = run, model, rule
        self.space = run.space()
        self._column = decision_column(self.space, rule)

    def scored(self, key: str) -> ScoredChannel:
        batches = self._run.batches(key, n_columns=self._model.n_features)
        return score_channel(self._model, batches, self.space, self._column)

    def trained(self, shards: int) -> Ratings:
        return Ratings.joined(self._parts(shards))

    def reference(self, train: Ratings) -> Reference:
        """What later models' ratings are held against. Raises MetricError."""
        decision = self._rule.decision if self._rule.task == "ordinal" else None
        folded = folded_of(self._model, self.space, self._run.encoder(self.space), decision)
        return Reference.of(folded, train, decision)

    def _parts(self, shards: int) -> Iterator[Ratings]:
        for key in keys.shards(keys.TRAIN, shards):
            batches = self._run.batches(key, n_columns=self.space.feature_dim)
            yield from ratings_of(batches, self.space, self._column)


class _Champion:
    """The live model, and what its own run has left; read when it is needed."""

    def __init__(self, store: Store, request: EvaluateEvent) -> None:
        self._store = store
        self._artifact = str((request.champion or {}).get("model_data"))
        self.noting_losses = store.noting_losses

    def contestant(self, prepared: Mapping[str, Any], cut: float) -> Contestant:
        """On the test channel of its own run. Raises NotComparable."""
        champion.check_same_holdout(prepared, self._run.prepared())
        batches = self._run.batches(keys.TEST, n_columns=self._model.n_features)
        scored = score_channel(self._model, batches, self._space, column_of_cut(self._space, cut))
        return Contestant.of(self._space, scored)

    def known(self) -> Known:
        """What drift is measured by. Raises NotMeasurable."""
        reference = Reference.from_json(self._run.read(REFERENCE))
        try:
            folded = folded_of(self._model, self._space, self._run.encoder(self._space), reference.decision)
        except ValueError as error:
            raise NotMeasurable(str(error)) from error
        return Known(space=self._space, folded=folded, reference=reference)

    @cached_property
    def _run(self) -> Run:
        prefix = run_of(self._store.key(self._artifact))
        if prefix is None:
            raise NotComparable(f"its artifact {self._artifact} is not of an execution")
        return Run(self._store, prefix)

    @cached_property
    def _space(self) -> FeatureSpace:
        return self._run.space()

    @cached_property
    def _model(self) -> FactorizationMachine:
        return load_model(self._store, self._artifact)


def _is_chosen(request: EvaluateEvent) -> bool:
    """Whether validation rows are needed, and there."""
    is_fixed = request.threshold.get("measure", "fixed") == "fixed"
    return not is_fixed and bool(request.prepared["validation_rows"])


def _encounter(request: EvaluateEvent, challenger: Contestant, rival: _Champion, rule: LabelRule) -> Encounter | None:
    """With the live model. One that cannot be read or compared is told of, and never an error."""
    if request.champion is None or request.gate.get("champion") == "ignore":
        return None
    is_regressor = rule.task == "regressor"
    try:
        with rival.noting_losses():
            theirs = rival.contestant(request.prepared, rule.cut)
        is_lenient = request.gate.get("champion", "not_worse") == "not_worse"
        tolerance = request.gate.get("champion_tolerance", 0.0) if is_lenient else 0.0
        return champion.meet(challenger, theirs, is_regressor=is_regressor, tolerance=tolerance)
    except _UNFIT as error:
        return champion.not_judged(str(error))


def _drift(request: EvaluateEvent, space: FeatureSpace, train: Ratings, rival: _Champion) -> dict[str, Any]:
    """Of the ratings just prepared from the live model's. What cannot be measured is told, and never an error."""
    if request.gate.get("champion") == "ignore":
        return drift.not_measured("the input says to look at no live model")
    if request.champion is None:
        return drift.not_measured("no model is live")
    try:
        with rival.noting_losses():
            live = rival.known()
        return drift.measure(live, train, space).as_json()
    except (*_UNFIT, NotMeasurable) as error:
        return drift.not_measured(str(error))


def _measured(found: Mapping[str, Any]) -> dict[str, float | None]:
    """The metrics of a drift, by their names in CloudWatch."""
    return {metric: found.get(name) for metric, name in _METRICS.items()}
