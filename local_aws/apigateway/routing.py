"""Which route takes a request.

Source: API Gateway Developer Guide, "Create routes for HTTP APIs in API Gateway", "Routing API requests": first the
stage, one that the path begins with or else `$default`; then the full match of method and path, then the match with
a greedy variable, then `$default`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from local_aws.apigateway.deployment import DEFAULT_ROUTE, DEFAULT_STAGE, Deployment, Route, Stage

VARIABLE = re.compile(r"\{([A-Za-z0-9._:-]+)(\+?)\}")


@dataclass(frozen=True)
class Match:
    """A route, and what its path's variables stand for."""

    route: Route
    parameters: dict[str, str] = field(default_factory=dict)


def stage_of(deployment: Deployment, path: str) -> tuple[Stage, str] | None:
    """The stage that a decoded path is for, and the path within it; None when there is none."""
    first, slash, rest = path[1:].partition("/")
    if first != DEFAULT_STAGE and first in deployment.stages:
        return deployment.stages[first], slash + rest or "/"
    default = deployment.stages.get(DEFAULT_STAGE)
    return (default, path) if default else None


def match(routes: Sequence[Route], method: str, path: str) -> Match | None:
    """The route for a method and a decoded path (within the stage); None when none takes it."""
    for route in sorted((route for route in routes if route.key != DEFAULT_ROUTE), key=_specificity):
        if route.method in (method, "ANY"):
            parameters = _parameters(_segments(route.path), _segments(path))
            if parameters is not None:
                return Match(route, parameters)
    default = next((route for route in routes if route.key == DEFAULT_ROUTE), None)
    return Match(default) if default else None


def _specificity(route: Route) -> tuple[tuple[int, ...], bool]:
    """Names before variables before greedy ones, from the left; a method of its own before ANY."""
    ranks = []
    for segment in _segments(route.path):
        variable = VARIABLE.fullmatch(segment)
        ranks.append(0 if variable is None else 2 if variable[2] else 1)
    return tuple(ranks), route.method == "ANY"


def _segments(path: str) -> list[str]:
    return path[1:].split("/")


def _parameters(wanted: list[str], given: list[str]) -> dict[str, str] | None:
    found = dict(_pairs(wanted, given))
    return found if None not in found.values() else None  # type: ignore[return-value]


def _pairs(wanted: list[str], given: list[str]) -> Iterator[tuple[str, str | None]]:
    """(variable, its value); the value None says that the path is another one."""
    for at, segment in enumerate(wanted):
        variable = VARIABLE.fullmatch(segment)
        here = given[at] if at < len(given) else ""
        if variable and variable[2]:
            yield variable[1], "/".join(given[at:]) or None
            return
        if variable:
            yield variable[1], here or None
        elif at >= len(given) or segment != here:
            yield segment, None
    if len(given) > len(wanted):
        yield "", None
