"""A request that was read, as operations take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.logic.api.serving import Serving

Invoke = Callable[[bytes], bytes]
"""The body of a request to the endpoint → the answer's, both JSON. Raises EndpointSilent."""


class EndpointSilent(Exception):
    """The endpoint is not there, fails, or takes too long; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """serving: the live version. path: the parameters in the path, as text. query, body: of the route's models.

    clock: seconds that only go forward.
    """

    serving: Serving
    path: Mapping[str, str]
    query: Any
    body: Any
    invoke: Invoke
    clock: Callable[[], float]
