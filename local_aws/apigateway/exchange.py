"""One request on its way through an API, and what is known about it when it has been answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from local_aws.apigateway.deployment import Deployment, Stage
from local_aws.apigateway.messages import Answer, Request
from local_aws.apigateway.routing import Match
from local_aws.iam import Identity


class Refused(Exception):
    """API Gateway's own answer. reason: for the log; kind: a name of its GatewayResponse types."""

    def __init__(self, status: int, message: str, *, kind: str, reason: str = "") -> None:
        super().__init__(reason or message)
        self.status, self.message, self.kind, self.reason = status, message, kind, reason


@dataclass(kw_only=True)
class Exchange:
    """Filled in step by step; what a refused request did not come to stays None or empty."""

    request: Request
    deployment: Deployment
    stage: Stage | None = None
    match: Match | None = None
    caller: Identity | None = None
    refused: Refused | None = None
    authorizer_error: str = ""
    integration_error: str = ""
    integration_request_id: str = ""
    integration_status: int | None = None
    """What Lambda's own API said: 200 when the function ran, well or not."""
    integration_s: float | None = None
    began: float = field(default_factory=time.monotonic)
    answer: Answer | None = None
    took_s: float = 0.0
