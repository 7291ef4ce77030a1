"""A sandbox's stream in its function's log group, written by the function's role."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from local_aws.awslambda.deployment import Deployment
from local_aws.log_streams import LogDelivery, LogStream, Place


def open_stream(logs: LogDelivery, deployment: Deployment) -> LogStream:
    """A new stream, named as Lambda names them."""
    return logs.open(
        Place(
            group=deployment.logging.group,
            name=f"{datetime.now(UTC):%Y/%m/%d}/[{deployment.version}]{uuid.uuid4().hex}",
            region=deployment.region,
            role_arn=deployment.role_arn,
            session=deployment.name,
        )
    )
