"""One request: its route, the live version, what is wrong with it, its answer, a line in the log."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.logic.api.call import Call, Invoke, Named
from lambdas.logic.api.messages import Event, Request, Response, answered, refused
from lambdas.logic.api.openapi import document
from lambdas.logic.api.problems import ApiProblem, BadRequest, Broken, Complaints, refuse
from lambdas.logic.api.reading import Choices, read_body, read_query
from lambdas.logic.api.routes import Match, Operation, Route, match
from lambdas.logic.api.serving import Serving

Log = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """live: the live version, or NothingPublished. invoke: asks the endpoint. log: takes a message and its fields.

    clock: seconds that only go forward. metrics: figures by their names → what the log's line has of them.
    """

    live: Callable[[], Serving]
    invoke: Invoke
    log: Log
    clock: Callable[[], float] = time.monotonic
    metrics: Callable[..., Mapping[str, Any]] = dict

    def answer(self, event: Event) -> dict[str, Any]:
        """What the gateway is to send on; whatever happens, it is an answer."""
        started = time.perf_counter()
        told: dict[str, Any] = {"request": _id_of(event), "route": None, "version": None}
        named = Named()
        try:
            response = self._answer(Request.of(event), told, named)
        except ApiProblem as problem:
            response = refused(problem)
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer gets one, and the log has the reason
            told |= {"error": type(error).__name__, "trace": traceback.format_exc()}
            response = refused(Broken())
        milliseconds = round(1000 * (time.perf_counter() - started), 3)
        # Neither path nor query: they name people, and what they look for.
        figures = self.metrics(UnknownIds=named.share)
        self.log("request", **told, status=response.status.value, ms=milliseconds, unknown=named.unknown, **figures)
        return response.as_result()

    def _answer(self, request: Request, told: dict[str, Any], named: Named) -> Response:
        found = match(request.method, request.path, request.route_key, request.parameters)
        route = found.route
        told["route"] = route.key
        if route.operation is None:
            _read(route, request, {})
            answer: object = document()
        else:
            serving = self.live()
            told["version"] = serving.version
            answer = self._operated(route.operation, found, request, serving, named)
        return answered(answer, may_be_kept=route.may_be_kept, if_none_match=request.if_none_match)

    def _operated(self, operation: Operation, found: Match, request: Request, serving: Serving, named: Named) -> object:
        query, body = _read(found.route, request, serving.choices)
        call = Call(
            serving=serving,
            path=found.parameters,
            query=query,
            body=body,
            invoke=self.invoke,
            clock=self.clock,
            named=named,
        )
        return operation(call)


def _id_of(event: Event) -> str | None:
    """By which the gateway's access log knows the request."""
    found = event.get("requestContext")
    return found.get("requestId") if isinstance(found, dict) else None


def _read(route: Route, request: Request, choices: Choices) -> tuple[Any, Any]:
    """The query and the body. Raises BadRequest with all that is wrong with either."""
    in_query, in_body = Complaints("query"), Complaints("body")
    query = read_query(route.query, request.query, choices, in_query)
    body = None
    if route.body is not None:
        content = request.content(in_body)
        body = None if in_body.count else read_body(route.body, content, choices, in_body)
    refuse(BadRequest, in_query, in_body)
    return query, body
