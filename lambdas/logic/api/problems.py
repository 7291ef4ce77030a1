"""What the API refuses, as RFC 9457 has it told ("Problem Details for HTTP APIs").

ApiProblem
├── BadRequest           400  parameters or a body that cannot be used; every problem at once
├── NoSuchRoute          404
├── UnknownItem          404
├── MethodNotAllowed     405
├── UnknownIds           422  ids in a body that no item or user has
├── Broken               500
└── NothingPublished     503  no version is live yet
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, ClassVar, Final

from lambdas.logic.api.rules import ABSENT, Absent, Rule

CONTENT_TYPE: Final = "application/problem+json"
MOST_SHOWN: Final = 100
"""Errors of one request that are listed; the detail counts the rest."""
_RETRY_AFTER_S: Final = 30


@dataclass(frozen=True)
class RequestError:
    """One thing that is wrong with a request."""

    in_: Annotated[str, Rule(description="Where: query, body or path")]
    name: Annotated[str, Rule(description="Of the parameter, or the place in the body: pairs[3].item")]
    problem: Annotated[str, Rule(description="The value, and what was expected")]


@dataclass(frozen=True)
class Problem:
    """Why a request was refused (RFC 9457)."""

    type: Annotated[str, Rule(description="about:blank: the status says what kind of problem it is")]
    title: Annotated[str, Rule(description="The status in words")]
    status: int
    detail: Annotated[str, Rule(description="What was wrong, for people")]
    errors: Annotated[list[RequestError] | Absent, Rule(description="Everything that is wrong with the request")] = (
        ABSENT
    )


class ApiProblem(Exception):
    """Base of what is answered instead of an answer."""

    status: ClassVar[HTTPStatus]

    def __init__(self, detail: str, errors: Sequence[RequestError] = (), **headers: str) -> None:
        super().__init__(detail)
        self._detail, self._errors = detail, errors
        self.headers: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}

    def as_problem(self) -> Problem:
        """The document."""
        errors = list(self._errors) or ABSENT
        return Problem("about:blank", self.status.phrase, self.status.value, self._detail, errors)


class BadRequest(ApiProblem):
    """Parameters or a body that cannot be used."""

    status = HTTPStatus.BAD_REQUEST


class NoSuchRoute(ApiProblem):
    """A path that leads nowhere."""

    status = HTTPStatus.NOT_FOUND


class UnknownItem(ApiProblem):
    """An item that the data does not have."""

    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(ApiProblem):
    """A path that takes other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class UnknownIds(ApiProblem):
    """A body that is sound, of users or items that the data does not have."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Broken(ApiProblem):
    """Our fault; the log says what it is."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self) -> None:
        super().__init__("the request could not be answered, and the function's log says why")


class NothingPublished(ApiProblem):
    """No version is live, or the one that is cannot be read and none was read before."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str) -> None:
        super().__init__(detail, Retry_After=str(_RETRY_AFTER_S))


class Complaints:
    """Gathers what is wrong with one part of a request."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.found: list[RequestError] = []
        self.count = 0

    def add(self, name: str, problem: str) -> None:
        """Of a million wrong values the first ones are kept."""
        self.count += 1
        if len(self.found) < MOST_SHOWN:
            self.found.append(RequestError(self._where, name, problem))


def refuse(kind: type[ApiProblem], *parts: Complaints) -> None:
    """Raises ``kind`` with everything that the parts have found, if they have found anything."""
    count = sum(part.count for part in parts)
    if not count:
        return
    errors = [error for part in parts for error in part.found][:MOST_SHOWN]
    first = f"{errors[0].in_}, {errors[0].name}: {errors[0].problem}"
    raise kind(first if count == 1 else f"{count} problems, the first in {first}", errors)
