"""What an API answers with: an unchanging picture of its routes and stages, taken anew after every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_STAGE = "$default"
DEFAULT_ROUTE = "$default"
IAM = "AWS_IAM"


@dataclass(frozen=True, kw_only=True)
class Integration:
    """A Lambda function behind a route."""

    function_arn: str
    timeout_s: float


@dataclass(frozen=True, kw_only=True)
class Route:
    """`key` is `GET /users/{user}`, or `$default`. integration: None until the route has a target."""

    key: str
    authorization: str
    integration: Integration | None

    @property
    def method(self) -> str:
        """`ANY` takes every one."""
        return self.key.partition(" ")[0] if self.key != DEFAULT_ROUTE else "ANY"

    @property
    def path(self) -> str:
        """Empty for the default route."""
        return self.key.partition(" ")[2]


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """Requests a second, and how many at once above it; None: the account's own limit."""

    rate: float | None = None
    burst: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """A log group by its name, and one entry's format."""

    group: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A name under which the routes are reached; `$default` is reached without a name in the path."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=Throttle)
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    """By route key."""
    access_log: AccessLog | None = None

    def throttle_of(self, route: Route) -> Throttle:
        """The route's own settings where it has some, else the stage's."""
        own = self.route_throttles.get(route.key, Throttle())
        return Throttle(
            rate=self.throttle.rate if own.rate is None else own.rate,
            burst=self.throttle.burst if own.burst is None else own.burst,
        )


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything of one API that decides about a request."""

    api_id: str
    account: str
    region: str
    partition: str
    routes: tuple[Route, ...] = ()
    stages: Mapping[str, Stage] = field(default_factory=dict)

    def arn(self, stage: str, rest: str) -> str:
        """The execute-api ARN of something in a stage, as `GET/users/13`."""
        return f"arn:{self.partition}:execute-api:{self.region}:{self.account}:{self.api_id}/{stage}/{rest}"
