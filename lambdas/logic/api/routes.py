"""The routes: what each takes, answers and refuses. The OpenAPI document is made of this table too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from lambdas.logic.api import about, items, new_user, predicting, users
from lambdas.logic.api import answers as a
from lambdas.logic.api import requests as r
from lambdas.logic.api.call import Call
from lambdas.logic.api.problems import MethodNotAllowed, NoSuchRoute

Operation = Callable[[Call], object]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation. path: a template, `/items/{item}`. operation: None of the document itself, which needs no model.

    answer: a dataclass; None where the answer is a document of its own. refuses: statuses beyond those of every route.
    may_be_kept: its answer changes with the version alone, so a client may ask whether it has changed (ETag).
    """

    method: str
    path: str
    name: str
    summary: str
    operation: Operation | None
    query: type = r.NoQuery
    body: type | None = None
    answer: type | None
    refuses: tuple[HTTPStatus, ...] = ()
    may_be_kept: bool = False

    @property
    def key(self) -> str:
        """As API Gateway and the log have it."""
        return f"{self.method} {self.path}"

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Of a path as it arrives: decoded, so that an id may hold anything, even a slash."""
        return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>.+)", self.path), re.DOTALL)


_UNPROCESSABLE: Final = HTTPStatus.UNPROCESSABLE_ENTITY

# Where two match, the first counts: `/users/{user}` would match the recommendations of users too.
ROUTES: Final = (
    Route(
        method="GET",
        path="/users",
        name="findUsers",
        summary="Users by the beginning of their ids",
        operation=users.find,
        query=r.UsersQuery,
        answer=a.Users,
    ),
    Route(
        method="GET",
        path="/users/{user}/recommendations",
        name="recommend",
        summary="What a user would like; for somebody unknown what is popular",
        operation=users.recommend,
        query=r.RecommendationsQuery,
        answer=a.Recommendations,
    ),
    Route(
        method="GET",
        path="/users/{user}",
        name="showUser",
        summary="A user and what they liked",
        operation=users.show,
        answer=a.UserDetails,
    ),
    Route(
        method="GET",
        path="/items",
        name="findItems",
        summary="Items by title, genre and year, the most rated first",
        operation=items.find,
        query=r.ItemsQuery,
        answer=a.Items,
    ),
    Route(
        method="GET",
        path="/items/{item}/similar",
        name="showSimilar",
        summary="Items that are like one",
        operation=items.similar,
        query=r.SimilarQuery,
        answer=a.Similar,
    ),
    Route(
        method="GET",
        path="/items/{item}",
        name="showItem",
        summary="An item",
        operation=items.show,
        answer=a.ItemDetails,
    ),
    Route(
        method="POST",
        path="/predictions",
        name="predict",
        summary="Whether users like items: by the endpoint, or by its artifact where there is none",
        operation=predicting.predict,
        body=r.Pairs,
        answer=a.Predictions,
        refuses=(_UNPROCESSABLE,),
    ),
    Route(
        method="POST",
        path="/recommendations",
        name="recommendToNewUser",
        summary="What somebody new would like, by what they like and dislike",
        operation=new_user.recommend,
        body=r.NewUser,
        answer=a.Recommendations,
        refuses=(_UNPROCESSABLE,),
    ),
    Route(
        method="GET",
        path="/model",
        name="showModel",
        summary="The live version: its metrics and its data",
        operation=about.show,
        answer=a.ModelDetails,
        may_be_kept=True,
    ),
    Route(
        method="GET",
        path="/openapi.json",
        name="showOpenApi",
        summary="This document",
        operation=None,
        answer=None,
        may_be_kept=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Match:
    """The route of a request, and the parameters in its path."""

    route: Route
    parameters: Mapping[str, str]


def match(method: str, path: str, route_key: str = "", parameters: Mapping[str, str] | None = None) -> Match:
    """Where a request goes. path: decoded, as API Gateway gives it.

    route_key, parameters: of an API with a route for each of ours, where the gateway has told the parts of the path
    apart before it decoded them. Raises NoSuchRoute, MethodNotAllowed.
    """
    given: Mapping[str, Any] = parameters or {}
    for route in ROUTES:
        if route.key == route_key and set(route.path_parameters) == set(given):
            return Match(route, given)
    for route in ROUTES:
        if method != "HEAD" and (hit := route.pattern.fullmatch(path)):
            if route.method != method:
                raise MethodNotAllowed(f"{method} {path}, expected {route.method}", Allow=route.method)
            return Match(route, hit.groupdict())
    raise NoSuchRoute(f"{method} {path}: no such route, see /openapi.json")
