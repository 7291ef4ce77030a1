"""What becomes of a request: route, throttle, caller, function, answer, log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import unquote

from local_aws import iam
from local_aws.apigateway import functions, measures
from local_aws.apigateway.access_log import AccessLogs
from local_aws.apigateway.deployment import DEFAULT_ROUTE, IAM, Deployment, Stage
from local_aws.apigateway.events import event
from local_aws.apigateway.exchange import Exchange, Refused
from local_aws.apigateway.functions import IntegrationFailed
from local_aws.apigateway.messages import Answer, Request, refusal
from local_aws.apigateway.results import MalformedResult, answer_of
from local_aws.apigateway.routing import Match, match, stage_of
from local_aws.apigateway.throttling import Throttling
from local_aws.iam.errors import CredentialsRefused, ExpiredCredentials, IamError, MissingCredentials
from local_aws.metrics import Metrics

SERVICE = "execute-api"
ACTION = f"{SERVICE}:Invoke"

_KINDS: Mapping[type[IamError], str] = {
    MissingCredentials: "MISSING_AUTHENTICATION_TOKEN",
    ExpiredCredentials: "EXPIRED_TOKEN",
    CredentialsRefused: "INVALID_SIGNATURE",
}
"""API Gateway's GatewayResponse types, the most particular first."""


class Gateway:
    """One API. `deployment` may be replaced at any time; a request sees one of them from its start to its end."""

    def __init__(self, deployment: Deployment, logs: AccessLogs, metrics: Metrics) -> None:
        self.deployment = deployment
        self._logs, self._metrics = logs, metrics
        self._throttling = Throttling()

    def answer(self, request: Request) -> Answer:
        """Never raises: what goes wrong is an answer, and a log entry."""
        exchange = Exchange(request=request, deployment=self.deployment)
        try:
            answer = self._through(exchange)
        except Refused as refused:
            exchange.refused = refused
            answer = refusal(refused.status, refused.message)
        exchange.answer = answer
        exchange.took_s = time.monotonic() - exchange.began
        measures.answered(self._metrics, exchange)
        if exchange.stage and exchange.stage.access_log:
            self._logs.write(exchange.stage.access_log, exchange)
        return answer

    def _through(self, exchange: Exchange) -> Answer:
        stage, found, path = _route(exchange)
        if not self._throttling.admits(stage.name, found.route.key, stage.throttle_of(found.route)):
            raise Refused(429, "Too Many Requests", kind="THROTTLED")
        if found.route.authorization == IAM:
            _authorize(exchange, stage, path)
        return _integrate(exchange, stage, found)


def _route(exchange: Exchange) -> tuple[Stage, Match, str]:
    """The stage, the route, and the path within the stage. Raises Refused."""
    request, deployment = exchange.request, exchange.deployment
    if not request.is_decodable:
        raise Refused(400, "Bad Request", kind="BAD_REQUEST_PARAMETERS")
    staged = stage_of(deployment, request.path)
    if staged is None:
        raise Refused(404, "Not Found", kind="RESOURCE_NOT_FOUND")
    exchange.stage, path = staged
    exchange.match = match(deployment.routes, request.method, path)
    if exchange.match is None:
        raise Refused(404, "Not Found", kind="RESOURCE_NOT_FOUND")
    return exchange.stage, exchange.match, path


def _authorize(exchange: Exchange, stage: Stage, path: str) -> None:
    request, deployment = exchange.request, exchange.deployment
    try:
        caller = iam.identify(request.signable, service=SERVICE, region=deployment.region)
        # Decoded as often as the function gets it: else a Deny could be walked around.
        resource = deployment.arn(stage.name, request.method + unquote(path))
        iam.authorize_caller(caller, ACTION, resource, source_ip=request.source_ip, user_agent=request.user_agent)
    except IamError as error:
        exchange.authorizer_error = str(error)
        kind = next((kind for of, kind in _KINDS.items() if isinstance(error, of)), "ACCESS_DENIED")
        raise Refused(403, "Forbidden", kind=kind, reason=str(error)) from error
    exchange.caller = caller


def _integrate(exchange: Exchange, stage: Stage, found: Match) -> Answer:
    request, deployment, route = exchange.request, exchange.deployment, found.route
    if route.integration is None:
        raise Refused(500, "Internal Server Error", kind="API_CONFIGURATION_ERROR")
    # The console's own permissions end in `/*/$default` for the default route.
    where = route.key if route.key == DEFAULT_ROUTE else request.method + route.path
    began = time.monotonic()
    try:
        result = functions.invoke(
            route.integration.function_arn,
            event(request, found, deployment=deployment, stage=stage, caller=exchange.caller),
            source_arn=deployment.arn(stage.name, where),
            timeout_s=route.integration.timeout_s,
        )
        exchange.integration_status, exchange.integration_request_id = 200, result.request_id
        return answer_of(result.payload)
    except IntegrationFailed as error:
        exchange.integration_error, exchange.integration_request_id = str(error), error.request_id
        if error.request_id:
            exchange.integration_status = 200
        if error.is_unavailable:
            raise Refused(503, "Service Unavailable", kind="INTEGRATION_TIMEOUT") from error
        raise Refused(500, "Internal Server Error", kind="INTEGRATION_FAILURE") from error
    except MalformedResult as error:
        exchange.integration_error = str(error)
        raise Refused(500, "Internal Server Error", kind="INTEGRATION_FAILURE") from error
    finally:
        exchange.integration_s = time.monotonic() - began
