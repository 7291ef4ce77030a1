"""SQS is moto's, behind IAM. What is put right here: a queue keeps its policy when something else of it is set.

What is added: queues are measured every minute ("Available CloudWatch metrics for Amazon SQS").
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any

from moto.sqs.models import Queue, SQSBackend, sqs_backends

from local_aws.events.timetable import Timetable
from local_aws.metrics import count
from local_aws.pace import SERVICE_MINUTE_S
from local_aws.world import World

NAMESPACE = "AWS/SQS"


def install(world: World) -> None:
    """Have SetQueueAttributes leave a policy that it does not name, which moto takes away; measure the queues."""
    kept = SQSBackend.set_queue_attributes

    @wraps(kept)
    def set_queue_attributes(self: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Queue:
        policy = self.get_queue(queue_name).policy
        return kept(self, queue_name, {"Policy": policy, **attributes} if policy else attributes)

    setattr(SQSBackend, "set_queue_attributes", set_queue_attributes)  # noqa: B010 - replaces a method
    timetable = Timetable()
    timetable.put("measures", _minutes(), partial(_measure, world))
    world.closing.append(timetable.close)


def _minutes() -> Iterator[datetime]:
    """The middle of each minute, so that every period of an alarm has as many data points as minutes."""
    minute = int(time.time() // SERVICE_MINUTE_S)
    while True:
        minute += 1
        yield datetime.fromtimestamp((minute + 0.5) * SERVICE_MINUTE_S, UTC)


def _measure(world: World, _: datetime) -> None:
    for region, backend in list(sqs_backends[world.account].items()):
        for queue in list(backend.queues.values()):
            measures = {
                "ApproximateNumberOfMessagesVisible": count(queue.approximate_number_of_messages),
                "ApproximateNumberOfMessagesNotVisible": count(queue.approximate_number_of_messages_not_visible),
                "ApproximateNumberOfMessagesDelayed": count(queue.approximate_number_of_messages_delayed),
            }
            world.metrics.publish(NAMESPACE, measures, region=region, dimensions=[{"QueueName": queue.name}])
