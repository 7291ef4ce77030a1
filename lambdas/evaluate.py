"""Model artifact and test channel → metrics, and the gate's decision."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fm import artifact
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store
from lambdas.logic.channels import score_channel
from lambdas.logic.evaluation import compare, evaluate
from lambdas.logic.gate import decide
from lambdas.logic.keys import EVALUATION
from prep import keys


@dataclass(frozen=True)
class EvaluateEvent(Event):
    """`reported` is the job's final metrics, `gate` the input's thresholds, `positives` a count per channel."""

    run: str
    model_data: str
    reported: Sequence[Mapping[str, Any]]
    gate: Mapping[str, Any]
    positives: Mapping[str, int]
    train_rows: int


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises ArtifactError, EvaluationMismatch."""
    request = EvaluateEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    model = artifact.load(io.BytesIO(store.read(store.key(request.model_data))))
    with store.open(request.run + keys.TEST) as stream:
        labels, probabilities = score_channel(model, stream)
    counts = {"train_positives": request.positives["train"], "train_rows": request.train_rows}
    evaluation = evaluate(labels, probabilities, **counts)
    evaluation["reported"] = compare(evaluation["metrics"], request.reported)
    evaluation["gate"] = decide(request.gate, evaluation["metrics"], evaluation["baselines"])
    document = json.dumps(evaluation, indent=2).encode()
    evaluation["key"] = store.write(request.run + EVALUATION, document, content_type="application/json")
    log("evaluation", **evaluation)
    return evaluation
