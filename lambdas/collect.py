"""What the Spark job wrote about its preparation → the execution, as the function that prepares would have said it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.storage import Store
from prep import keys


@dataclass(frozen=True)
class CollectEvent(Event):
    """`run` is the execution's prefix."""

    run: str


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The content of `prepared.json`."""
    request = CollectEvent.from_event(event)
    prepared: dict[str, Any] = json.loads(Store(BucketEnvironment.read().bucket).read(request.run + keys.PREPARED))
    log("prepared", **prepared)
    return prepared
