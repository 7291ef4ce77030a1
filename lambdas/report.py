"""Everything the execution learnt → its result and a report that opens in a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.history import events
from lambdas.common.log import log, of_execution
from lambdas.common.storage import Store
from lambdas.common.training_log import TrainingLog
from lambdas.logic.epochs import epochs_of
from lambdas.logic.keys import REPORT, RESULT
from lambdas.logic.report.findings import Findings
from lambdas.logic.report.page import as_html
from lambdas.logic.result import summarise, with_cost, with_release, with_version
from lambdas.logic.states import states_of

_BESIDE = ("execution", "states", "published", "batch", "package", "released")
"""Keys of the event that say nothing of the models themselves."""


@dataclass(frozen=True)
class ReportEvent(Event):
    """What each step of the state machine remembered.

    `predictions` is None when nothing was deployed; `ranking` (its preparation and training) and `ranked` (its
    evaluation) are None when no ranking model was trained; `published` (the version and where its serving bundle is)
    when the gate rejected; `package` (ARN and status in the model registry) too; `batch` (where everybody's
    recommendations are) when none was asked for; `released` unless an alarm sent the release back, or a trial began.
    Where `evaluation` and `ranked` have a `key`, the whole document is there. `execution` is the ARN of the execution,
    whose history tells when its states ran, unless `states` does.
    """

    job: Mapping[str, Any]
    fetched: Mapping[str, Any]
    prepared: Mapping[str, Any]
    training: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    endpoint: Mapping[str, Any]
    predictions: Mapping[str, Any] | None
    ranking: Mapping[str, Any] | None = None
    ranked: Mapping[str, Any] | None = None
    published: Mapping[str, Any] | None = None
    batch: Mapping[str, Any] | None = None
    package: Mapping[str, Any] | None = None
    released: Mapping[str, Any] | None = None
    states: Sequence[Mapping[str, Any]] | None = None


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Returns the execution's output: what was decided, counts, metrics, and where everything stands.

    Raises MalformedDocument.
    """
    request = ReportEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    run = request.job["run"]
    result = summarise(**{name: value for name, value in vars(request).items() if name not in _BESIDE})
    result, states = with_version(result, request.published, request.batch, request.package), _states(request)
    result = with_release(result, request.released)
    training, ranking = request.training, request.ranking
    result = with_cost(result, request.job, training=training, ranking=ranking, states=states or ())
    page = as_html(_findings(request, result, states, store)).encode()
    result["artifacts"]["report"] = store.write(run + REPORT, page, content_type="text/html; charset=utf-8")
    result["artifacts"]["result"] = store.uri(run + RESULT)
    store.write(run + RESULT, json.dumps(result, indent=2).encode(), content_type="application/json")
    log("result", decision=result["decision"], report=result["artifacts"]["report"])
    return result


def _findings(
    request: ReportEvent, result: Mapping[str, Any], states: Sequence[Mapping[str, Any]] | None, store: Store
) -> Findings:
    return Findings(
        result=result,
        job=request.job,
        evaluation=_whole(store, request.evaluation),
        ranking=_whole(store, request.ranked) if request.ranked else None,
        scored=json.loads(store.read(request.predictions["key"])) if request.predictions else None,
        epochs=_epochs(request.training),
        ranking_epochs=_epochs(request.ranking["training"]) if request.ranking else None,
        states=states,
    )


def _states(request: ReportEvent) -> Sequence[Mapping[str, Any]] | None:
    if request.states is None and request.execution is not None:
        return states_of(events(request.execution))
    return request.states


def _epochs(training: Mapping[str, Any]) -> list[dict[str, Any]]:
    return epochs_of(TrainingLog(training["job"]).lines())


def _whole(store: Store, remembered: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a step wrote, curves and all, with what the state machine remembers of it."""
    document = json.loads(store.read(store.key(remembered["key"]))) if "key" in remembered else {}
    return {**remembered, **document}
