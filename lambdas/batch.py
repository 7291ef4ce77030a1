"""A version → recommendations for every user, one Parquet file beside what the execution wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.storage import Store
from lambdas.logic.keys import BATCH
from lambdas.logic.serving.table import write_table


@dataclass(frozen=True)
class BatchEvent(Event):
    """`version` recommends; `run` is the prefix of the execution; `n` items for each user, without those they rated
    where `exclude_seen` says so.
    """

    version: str
    run: str
    n: int
    exclude_seen: bool


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises BrokenBundle."""
    request = BatchEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    bundle = BundleStore(store).load(request.version)
    key = request.run + BATCH
    with store.uploading(key) as upload:
        rows = write_table(upload, bundle, request.n, exclude_seen=request.exclude_seen)
    batch = {"uri": store.uri(key), "rows": rows, "bytes": upload.bytes, "users": len(bundle.space.users)}
    log("batch", version=request.version, **batch)
    return batch
