"""Ratings in the bucket → training channels in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store, StoreSink, StoreSource
from lambdas.logic.keys import dataset_prefix
from prep.prepare import PrepareJob, prepare


@dataclass(frozen=True)
class PrepareEvent(Event):
    """`run` is the execution's prefix; `split` and `label` are those of the input."""

    dataset: str
    split: Mapping[str, Any]
    label: Mapping[str, Any]
    run: str

    def job(self) -> PrepareJob:
        """The same for `prep`."""
        return PrepareJob(
            split=self.split["name"], seed=self.split["seed"], liked_at_least=self.label["liked_at_least"]
        )


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises what `prep.prepare` does, each error named after what is wrong with the data."""
    request = PrepareEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    source = StoreSource(store, dataset_prefix(request.dataset), request.dataset)
    prepared = prepare(source, request.job(), StoreSink(store, request.run)).as_dict()
    log("prepared", **prepared)
    return prepared
