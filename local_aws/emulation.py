"""What of AWS is here. Everything else is refused by its name, whatever moto would answer.

moto has many more services and actions. It answers some as if the work were done, some with a traceback, and those
it lacks with an HTML page; SDKs try the latter two again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import get_input_stream

from local_aws.apigateway.supported import ACTIONS as API_ACTIONS
from local_aws.ec2 import supported as ec2
from local_aws.iam.refusals import not_emulated
from local_aws.iam.requests import Environ, buffer, operation_hint, protocol_of, request_view, signature
from local_aws.iam.services import BY_SIGNING_NAME
from local_aws.world import World

Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_WHOLE: frozenset[str] = frozenset()
_ACTIVITIES = ("CreateActivity", "DeleteActivity", "DescribeActivity", "GetActivityTask", "ListActivities")
_EVENT_SETTINGS = ("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
_QUERIES = ("DescribeQueries", "GetQueryResults", "StartQuery", "StopQuery")
_URLS = ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig")

_APIS = frozenset(name for model in ("apigatewayv2", "apigateway") for name in get_service_model(model).operation_names)

SERVICES: Mapping[str, frozenset[str]] = {
    "apigateway": _APIS - API_ACTIONS,
    "application-autoscaling": _WHOLE,
    "budgets": _WHOLE,
    "cloudformation": _WHOLE,
    "dynamodb": _WHOLE,
    "ec2": ec2.absent(),
    "ecr": frozenset({"DescribeImageScanFindings", "StartImageScan"}),
    "events": _WHOLE,
    "glue": _WHOLE,
    "iam": _WHOLE,
    "kms": _WHOLE,
    "lambda": frozenset({*_URLS, *_EVENT_SETTINGS}),
    "logs": frozenset({*_QUERIES, "CreateExportTask", "PutMetricFilter"}),
    "monitoring": _WHOLE,
    "s3": _WHOLE,
    "sagemaker": _WHOLE,
    "scheduler": _WHOLE,
    "sns": _WHOLE,
    "sqs": _WHOLE,
    "ssm": frozenset({"CreateMaintenanceWindow", "SendCommand"}),
    "states": frozenset(_ACTIVITIES),
    "sts": _WHOLE,
    "xray": _WHOLE,
}
"""The services that are here, by the name requests are signed for, and which of their actions moto only pretends."""


def install(world: World) -> None:
    """Put the refusals before moto."""
    world.middlewares.append(Emulated)


@dataclass(frozen=True)
class Emulated:
    """WSGI middleware: answers NotEmulated (HTTP 400) in the caller's protocol to what is not here."""

    application: Wsgi

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        signed = signature(environ)
        service = signed.service if signed else "s3"
        _keep_body(environ, service)
        refused = SERVICES.get(service)
        if refused is None or (refused and _asked(environ, service)[0].rpartition(".")[2] in refused):
            return _refuse(environ, start_response, service)
        unsaid = _Unsaid(start_response, may_say_404=service == "s3")
        try:
            body = self.application(environ, unsaid.start)
        except (NotImplementedError, ImportError):  # an action that moto lacks, a service whose libraries are not there
            return _refuse(environ, start_response, service)
        text = unsaid.body(body)
        return _refuse(environ, start_response, service) if text is None else text


class _Unsaid:
    """The beginning of moto's answer, held back while it may be the page of a web server that has no such route."""

    def __init__(self, start_response: Callable[..., Any], *, may_say_404: bool) -> None:
        self._start_response, self._may_say_404 = start_response, may_say_404
        self._held: tuple[str, list[tuple[str, str]]] | None = None

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """WSGI's start_response."""
        if self._may_say_404 or not status.startswith(("404", "405")):
            return self._start_response(status, headers, exc_info)
        self._held = status, headers
        return None

    def body(self, parts: Iterable[bytes]) -> Iterable[bytes] | None:
        """The answer's body; None when there was no route, or nothing behind it. AWS's own 404s say something."""
        if self._held is None:
            return parts
        body = b"".join(parts)
        if not body or body.startswith(b"<!doctype html>"):
            return None
        self._start_response(*self._held)
        return [body]


def _keep_body(environ: Environ, service: str) -> None:
    """See to it that after moto has read the body a form can still be named, and nobody waits for what was read."""
    if service != "s3" and environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        buffer(environ)
        return
    environ["wsgi.input"] = get_input_stream(environ)
    environ["wsgi.input_terminated"] = True


def _refuse(environ: Environ, start_response: Callable[..., Any], service: str) -> list[bytes]:
    what, protocol = _asked(environ, service)
    return not_emulated(what, service=service, protocol=protocol).respond(environ, start_response)


def _asked(environ: Environ, service: str) -> tuple[str, str]:
    """`Service.Action` as AWS's model of the service has it, as far as one knows, and the protocol to answer in."""
    mapped = BY_SIGNING_NAME.get(service)
    for name in mapped.models if mapped else (service,):
        try:
            model = get_service_model(name)
            operation, _ = get_service_router(name).match(request_view(environ))
            return f"{model.service_id}.{operation.name}", determine_request_protocol(
                model, environ.get("CONTENT_TYPE")
            )
        except (UnknownServiceError, NotFound, NotImplementedError):
            continue
    return f"{service}.{operation_hint(environ)}", protocol_of(environ, mapped)
