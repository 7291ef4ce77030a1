"""Access logs: one entry for each request, in the stage's own format.

Source: API Gateway Developer Guide, "Customize HTTP API access logs".
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping

from local_aws.apigateway.deployment import AccessLog
from local_aws.apigateway.events import clf_time, domain_prefix, epoch_ms
from local_aws.apigateway.exchange import Exchange
from local_aws.log_streams import LogDelivery, LogStream, Place

ABSENT = "-"
_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)")

_REQUEST: Mapping[str, Callable[[Exchange], object]] = {
    "accountId": lambda x: x.deployment.account,
    "apiId": lambda x: x.deployment.api_id,
    "domainName": lambda x: x.request.host,
    "domainPrefix": lambda x: domain_prefix(x.request),
    "extendedRequestId": lambda x: x.request.id,
    "httpMethod": lambda x: x.request.method,
    "identity.accountId": lambda x: x.caller and x.caller.account,
    "identity.caller": lambda x: x.caller and x.caller.user_id,
    "identity.principalOrgId": lambda x: None,
    "identity.sourceIp": lambda x: x.request.source_ip,
    "identity.user": lambda x: x.caller and x.caller.user_id,
    "identity.userAgent": lambda x: x.request.user_agent,
    "identity.userArn": lambda x: x.caller and x.caller.arn,
    "path": lambda x: x.request.path,
    "protocol": lambda x: x.request.protocol,
    "requestId": lambda x: x.request.id,
    "requestTime": lambda x: clf_time(x.request),
    "requestTimeEpoch": lambda x: epoch_ms(x.request),
    "routeKey": lambda x: x.match and x.match.route.key,
    "stage": lambda x: x.stage and x.stage.name,
}
_OUTCOME: Mapping[str, Callable[[Exchange], object]] = {
    "authorizer.error": lambda x: x.authorizer_error,
    "awsEndpointRequestId": lambda x: x.integration_request_id,
    "dataProcessed": lambda x: len(x.request.body) + (len(x.answer.body) if x.answer else 0),
    "error.message": lambda x: x.refused and x.refused.message,
    "error.messageString": lambda x: x.refused and json.dumps(x.refused.message),
    "error.responseType": lambda x: x.refused and x.refused.kind,
    "integration.error": lambda x: x.integration_error,
    "integration.integrationStatus": lambda x: x.integration_status,
    "integration.latency": lambda x: _ms(x.integration_s),
    "integration.requestId": lambda x: x.integration_request_id,
    "integration.status": lambda x: x.integration_status,
    "integrationErrorMessage": lambda x: x.integration_error,
    "integrationLatency": lambda x: _ms(x.integration_s),
    "integrationStatus": lambda x: x.integration_status,
    "responseLatency": lambda x: _ms(x.took_s),
    "responseLength": lambda x: len(x.answer.body) if x.answer else 0,
    "status": lambda x: x.answer and x.answer.status,
}
VARIABLES: Mapping[str, Callable[[Exchange], object]] = {**_REQUEST, **_OUTCOME}


def unknown_variables(template: str) -> list[str]:
    """The variables of a format that are not emulated."""
    return sorted({name for name in _VARIABLE.findall(template) if name not in VARIABLES})


def entry(template: str, exchange: Exchange) -> str:
    """The log entry of an answered request; what has no value is a dash.

    Values stand as they are, though the format be JSON: github.com/DataBiosphere/azul/issues/4348.
    """

    def value(found: re.Match[str]) -> str:
        known = VARIABLES[found[1]](exchange)
        return ABSENT if known is None or known == "" else str(known)

    return _VARIABLE.sub(value, template)


class AccessLogs:
    """Streams of one API's stages: one for each log group."""

    def __init__(self, delivery: LogDelivery, *, api_id: str, region: str) -> None:
        self._delivery, self._api_id, self._region = delivery, api_id, region
        self._streams: dict[str, LogStream] = {}
        self._lock = threading.Lock()

    def write(self, log: AccessLog, exchange: Exchange) -> None:
        """Have the entry delivered some time soon, by the service itself."""
        with self._lock:
            stream = self._streams.get(log.group)
            if stream is None:
                place = Place(
                    group=log.group, name=self._api_id, region=self._region, role_arn=None, session="apigateway"
                )
                stream = self._streams[log.group] = self._delivery.open(place)
        stream.write(entry(log.format, exchange))

    def close(self) -> None:
        """End all streams; what was written is still delivered."""
        with self._lock:
            for stream in self._streams.values():
                stream.close()


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
