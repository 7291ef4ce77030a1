"""A request that was read, as operations take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lambdas.logic.api.rules import Id
from lambdas.logic.api.serving import Positions, Serving

Invoke = Callable[[bytes], bytes]
"""The body of a request to the endpoint → the answer's, both JSON. Raises EndpointSilent."""


class EndpointSilent(Exception):
    """The endpoint is not there, fails, or takes too long; the message says which."""


@dataclass(slots=True)
class Named:
    """How many ids a request names, and how many of them the live version does not know."""

    ids: int = 0
    unknown: int = 0

    def count(self, places: Positions) -> Positions:
        """Where they stand, −1 for those that it does not know."""
        self.ids += places.size
        self.unknown += int(np.count_nonzero(places < 0))
        return places

    @property
    def share(self) -> float | None:
        """Of requests that name any: 1 where one is unknown."""
        return float(self.unknown > 0) if self.ids else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """serving: the live version. path: the parameters in the path, as text. query, body: of the route's models.

    clock: seconds that only go forward. named: the ids that are looked up.
    """

    serving: Serving
    path: Mapping[str, str]
    query: Any
    body: Any
    invoke: Invoke
    clock: Callable[[], float]
    named: Named = field(default_factory=Named)

    def users(self, ids: Sequence[Id]) -> Positions:
        """Where users stand, (n,); −1 for those that the model does not know."""
        return self.named.count(self.serving.users(ids))

    def items(self, ids: Sequence[Id]) -> Positions:
        """Where items stand, (n,); −1 for those that there are not."""
        return self.named.count(self.serving.items(ids))
