"""Tries, and what becomes of a delivery that cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local_aws.events import deliveries
from local_aws.events.deliveries import Deliveries, Delivery, DeliveryFailed, Given, RetryPolicy, failure_of
from local_aws.events.timetable import Timetable

WAIT_S = 60


def refusal(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Anything")


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliveries]:
    monkeypatch.setattr(deliveries, "FIRST_DELAY_S", 1)
    timetable = Timetable()
    made = Deliveries(timetable)
    yield made
    made.close()
    timetable.close()


class Target:
    """Fails as it is told; keeps the number of each try, and what was given up."""

    def __init__(self, sender: Deliveries, *, fails: Callable[[int], Exception | None], policy: RetryPolicy) -> None:
        self.tries: SimpleQueue[int] = SimpleQueue()
        self.given_up: SimpleQueue[Given] = SimpleQueue()
        self._fails = fails
        sender.send(Delivery(attempt=self._attempt, given_up=self.given_up.put, policy=policy, about="a test"))

    def _attempt(self, number: int) -> None:
        self.tries.put(number)
        if error := self._fails(number):
            raise error


def test_what_fails_is_tried_again_until_it_does_not(sender: Deliveries) -> None:
    target = Target(sender, fails=lambda number: refusal("Busy", 503) if number < 3 else None, policy=RetryPolicy())
    assert [target.tries.get(timeout=WAIT_S) for _ in range(3)] == [1, 2, 3]
    assert target.given_up.empty()


def test_as_often_as_the_policy_says(sender: Deliveries) -> None:
    target = Target(sender, fails=lambda _: refusal("Busy", 503), policy=RetryPolicy(attempts=2))
    given = target.given_up.get(timeout=WAIT_S)
    assert (given.retries, given.exhausted, given.failure.code) == (2, "MaximumRetryAttempts", "ERROR_FROM_TARGET")
    assert target.tries.qsize() == 3


def test_and_as_long(sender: Deliveries) -> None:
    target = Target(sender, fails=lambda _: refusal("Busy", 503), policy=RetryPolicy(age_s=2))
    given = target.given_up.get(timeout=WAIT_S)
    assert given.exhausted == "MaximumEventAgeInSeconds"
    assert given.retries < 3


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_no_other_try_would_change_is_given_up_at_once(sender: Deliveries, code: str) -> None:
    target = Target(sender, fails=lambda _: refusal(code), policy=RetryPolicy())
    given = target.given_up.get(timeout=WAIT_S)
    assert (given.retries, given.exhausted) == (0, None)


def test_nothing_is_tried_once_it_is_closed(sender: Deliveries) -> None:
    sender.close()
    assert Target(sender, fails=lambda _: None, policy=RetryPolicy()).tries.empty()


@pytest.mark.parametrize(
    ("error", "code", "is_final"),
    [
        (refusal("AccessDenied", 403), "NO_PERMISSIONS", True),
        (refusal("AuthorizationError", 403), "NO_PERMISSIONS", True),
        (refusal("StateMachineDoesNotExist"), "NO_RESOURCE", True),
        (refusal("AWS.SimpleQueueService.NonExistentQueue"), "NO_RESOURCE", True),
        (refusal("TooManyRequestsException", 429), "THROTTLING", False),
        (refusal("InternalError", 500), "ERROR_FROM_TARGET", False),
        (refusal("ValidationException"), "SDK_CLIENT_ERROR", False),
        (EndpointConnectionError(endpoint_url="http://localhost"), "UNKNOWN", False),
        (KeyError("a fault of ours"), "UNKNOWN", False),
        (DeliveryFailed("FAILED_TO_ASSUME_ROLE", "no", is_final=True), "FAILED_TO_ASSUME_ROLE", True),
    ],
)
def test_codes_of_the_dead_letter_queue(error: Exception, code: str, *, is_final: bool) -> None:
    failure = failure_of(error)
    assert (failure.code, failure.is_final) == (code, is_final)


def test_the_defaults_are_those_of_the_service() -> None:
    assert RetryPolicy.of({}) == RetryPolicy(attempts=185, age_s=86_400)
    assert RetryPolicy.of({"RetryPolicy": {"MaximumRetryAttempts": 0}}) == RetryPolicy(attempts=0, age_s=86_400)
