"""Token buckets, on a clock that stands still until it is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local_aws.apigateway.deployment import Route, Stage, Throttle
from local_aws.apigateway.throttling import ACCOUNT_BURST, Throttling

LIMIT = Throttle(rate=2.0, burst=3)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def admitted(throttling: Throttling, count: int, throttle: Throttle = LIMIT, *, key: str = "GET /a") -> int:
    return sum(throttling.admits("$default", key, throttle) for _ in range(count))


def test_a_full_bucket_then_the_rate() -> None:
    clock = Clock()
    throttling = Throttling(clock)
    assert admitted(throttling, 10) == 3
    clock.now = 0.4
    assert admitted(throttling, 10) == 0
    clock.now = 1.5
    assert admitted(throttling, 10) == 3
    clock.now = 100.0
    assert admitted(throttling, 10) == 3


def test_each_route_and_each_stage_has_its_own() -> None:
    throttling = Throttling(Clock())
    assert admitted(throttling, 5) == admitted(throttling, 5, key="GET /b") == 3
    assert throttling.admits("other", "GET /a", LIMIT)


def test_new_settings_start_full_and_nothing_is_admitted_at_zero() -> None:
    throttling = Throttling(Clock())
    assert admitted(throttling, 5) == 3
    assert admitted(throttling, 9, Throttle(rate=2.0, burst=4)) == 4
    assert admitted(throttling, 9, Throttle(rate=0.0, burst=0)) == 0


def test_without_settings_the_accounts_limit_applies() -> None:
    assert admitted(Throttling(Clock()), ACCOUNT_BURST + 10, Throttle()) == ACCOUNT_BURST


@given(
    steps=st.lists(st.floats(0, 2, allow_nan=False), max_size=30),
    rate=st.floats(0, 10, allow_nan=False),
    burst=st.integers(0, 5),
)
def test_never_more_than_the_burst_and_the_rate(steps: list[float], rate: float, burst: int) -> None:
    clock = Clock()
    throttling = Throttling(clock)
    taken = 0
    for step in steps:
        clock.now += step
        taken += admitted(throttling, 3, Throttle(rate=rate, burst=burst))
        assert taken <= burst + rate * clock.now + 1e-6


def test_a_routes_own_settings_go_before_the_stages() -> None:
    stage = Stage(
        name="$default", throttle=Throttle(rate=50.0, burst=100), route_throttles={"GET /a": Throttle(rate=1.0)}
    )
    own = Route(key="GET /a", authorization="NONE", integration=None)
    other = Route(key="GET /b", authorization="NONE", integration=None)
    assert stage.throttle_of(own) == Throttle(rate=1.0, burst=100)
    assert stage.throttle_of(other) == Throttle(rate=50.0, burst=100)
