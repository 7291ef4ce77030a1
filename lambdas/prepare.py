"""Ratings in the bucket → training channels in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.storage import Store, StoreSink, StoreSource
from lambdas.logic.keys import dataset_prefix
from prep.job import PrepareJob
from prep.prepare import prepare


@dataclass(frozen=True)
class PrepareEvent(Event):
    """`run` is the execution's prefix, `preparation` the job as `prep` reads it."""

    dataset: str
    preparation: Mapping[str, Any]
    run: str


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises what `prep.prepare` does, each error named after what is wrong with the data."""
    request = PrepareEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    source = StoreSource(store, dataset_prefix(request.dataset), request.dataset)
    job = PrepareJob.from_json(request.preparation)
    prepared = prepare(source, job, StoreSink(store, request.run)).as_dict()
    log("prepared", **prepared)
    return prepared
