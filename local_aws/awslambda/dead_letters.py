"""What becomes of events that a function has failed for good: the queue of its DeadLetterConfig gets them as they were.

Source: Lambda Developer Guide, "Adding a dead-letter queue".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.awslambda import measures
from local_aws.awslambda.deployment import Deployment, Invocation, Outcome
from local_aws.awslambda.errors import InvalidParameterValueException
from local_aws.events.deliveries import queue_url
from local_aws.iam import authorize
from local_aws.iam.errors import AccessDenied
from local_aws.world import ACCOUNT, World

MAX_MESSAGE_BYTES = 1024
"""Of the attribute ErrorMessage."""
FUNCTION_FAILED = 200
"""ErrorCode of a function's own error: the status that Invoke answers with then."""

_log = logging.getLogger(__name__)


def target(spec: Mapping[str, Any]) -> str:
    """The ARN in a configuration's DeadLetterConfig; "" where there is none."""
    return str((spec.get("DeadLetterConfig") or {}).get("TargetArn") or "")


def check(spec: Mapping[str, Any], role_arn: str) -> None:
    """Lambda looks whether it could send before it takes a function. Topics are refused by name."""
    arn = target(spec)
    if not arn:
        return
    if arn.split(":")[2] != "sqs":
        raise InvalidParameterValueException(f"DeadLetterConfig {arn}: the local AWS sends dead letters to queues only")
    if f"::{ACCOUNT}:role/" not in role_arn:
        return
    try:
        authorize(role_arn, "sqs:SendMessage", arn)
    except AccessDenied as error:
        message = "The provided execution role does not have permissions to call SendMessage on SQS"
        raise InvalidParameterValueException(message) from error


def bury(world: World, deployment: Deployment, event: Invocation, outcome: Outcome) -> None:
    """Send the event as the function's role, if it has a queue for it; what reaches none is a metric, and lost."""
    arn = deployment.dead_letter_arn
    if not arn:
        return
    client = world.client("sqs", region=arn.split(":")[3], role_arn=deployment.role_arn, session=deployment.name)
    try:
        client.send_message(
            QueueUrl=queue_url(arn), MessageBody=event.event.decode(), MessageAttributes=_attributes(event, outcome)
        )
    except (ClientError, BotoCoreError) as error:
        _log.warning("event %s of %s did not reach its dead-letter queue: %s", event.request_id, deployment.arn, error)
        measures.not_buried(world.metrics, deployment, event)


def _attributes(event: Invocation, outcome: Outcome) -> dict[str, Any]:
    """An attribute may not be empty: an error without a message has none."""
    error = json.loads(outcome.payload)
    message = str(error.get("errorMessage") or "") if isinstance(error, dict) else ""
    attributes = {
        "RequestID": ("String", event.request_id),
        "ErrorCode": ("Number", str(FUNCTION_FAILED)),
        "ErrorMessage": ("String", message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore")),
    }
    return {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items() if value}
