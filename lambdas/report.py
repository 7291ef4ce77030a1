"""Everything the execution learnt → its result and a report that opens in a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store
from lambdas.logic.keys import REPORT, RESULT
from lambdas.logic.report import as_html
from lambdas.logic.result import summarise


@dataclass(frozen=True)
class ReportEvent(Event):
    """What each step of the state machine remembered; `predictions` is None when nothing was deployed."""

    job: Mapping[str, Any]
    fetched: Mapping[str, Any]
    prepared: Mapping[str, Any]
    training: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    endpoint: Mapping[str, Any]
    predictions: Mapping[str, Any] | None


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Returns the execution's output: what was decided, counts, metrics, and where everything stands."""
    request = ReportEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    run = request.job["run"]
    result = summarise(**vars(request))
    scored = json.loads(store.read(request.predictions["key"])) if request.predictions else None
    page = as_html(result, scored).encode()
    result["artifacts"]["report"] = store.write(run + REPORT, page, content_type="text/html; charset=utf-8")
    result["artifacts"]["result"] = store.uri(run + RESULT)
    store.write(run + RESULT, json.dumps(result, indent=2).encode(), content_type="application/json")
    log("result", decision=result["decision"], report=result["artifacts"]["report"])
    return result
