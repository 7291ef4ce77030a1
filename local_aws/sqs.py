"""SQS is moto's, behind IAM. What is put right here: a queue keeps its policy when something else of it is set."""

from __future__ import annotations

from functools import wraps
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from local_aws.world import World


def install(world: World) -> None:
    """Have SetQueueAttributes leave a policy that it does not name: moto takes it away."""
    del world
    kept = SQSBackend.set_queue_attributes

    @wraps(kept)
    def set_queue_attributes(self: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Queue:
        policy = self.get_queue(queue_name).policy
        return kept(self, queue_name, {"Policy": policy, **attributes} if policy else attributes)

    setattr(SQSBackend, "set_queue_attributes", set_queue_attributes)  # noqa: B010 - replaces a method
