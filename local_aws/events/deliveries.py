"""Deliveries to targets: by threads of their own, tried again as the policy says, and what becomes of those that fail.

EventBridge and EventBridge Scheduler share their rules: 185 tries again within 24 hours unless told otherwise, with
growing distances; what is not permitted or not there is not tried again (EventBridge User Guide, "How EventBridge
retries delivering events"). The distances are not documented: here they double, in the local AWS's pace.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.events.timetable import Timetable
from local_aws.pace import paced

MAX_RUNNING = 8
"""Deliveries that are under way at once; each is a few calls of the local AWS's own APIs."""
FIRST_DELAY_S, LONGEST_DELAY_S = 10, 3600
"""Between two tries, on AWS."""

_DENIED = ("AccessDenied", "AuthorizationError", "NotAuthorized", "KMSAccessDenied")
_GONE = ("NotFound", "DoesNotExist", "NonExistent", "NoSuch")
_THROTTLED = ("Throttl", "TooManyRequests", "LimitExceeded")
_log = logging.getLogger(__name__)


class DeliveryFailed(Exception):
    """A try that failed. code: of the dead-letter queue's ERROR_CODE; is_final: another would fail in the same way."""

    def __init__(self, code: str, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.code, self.is_final = code, is_final


@dataclass(frozen=True, kw_only=True)
class Given:
    """A delivery that was given up. exhausted: which limit of the policy ended it, None where no try could help."""

    failure: DeliveryFailed
    retries: int
    exhausted: str | None


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Limits on AWS's scale."""

    attempts: int = 185
    age_s: int = 86_400

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> RetryPolicy:
        """A target's RetryPolicy, with the service's defaults."""
        given = target.get("RetryPolicy") or {}
        return cls(
            attempts=given.get("MaximumRetryAttempts", cls.attempts),
            age_s=given.get("MaximumEventAgeInSeconds", cls.age_s),
        )


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One thing for one target.

    attempt: makes try number n, from 1, and raises DeliveryFailed, or what botocore raises; given_up: takes what is
    left when there is no other try; about: what the log calls it.
    """

    attempt: Callable[[int], None]
    given_up: Callable[[Given], None]
    policy: RetryPolicy
    about: str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


class Deliveries:
    """The threads, and the tries that wait."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="delivery")

    def send(self, delivery: Delivery, *, number: int = 1) -> None:
        """Deliver some time soon. Nothing happens once `close` was called."""
        try:
            self._threads.submit(self._try, delivery, number)
        except RuntimeError:
            _log.debug("%s: the local AWS stops", delivery.about)

    def close(self) -> None:
        """Start no other; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _try(self, delivery: Delivery, number: int) -> None:
        try:
            delivery.attempt(number)
        except Exception as error:  # noqa: BLE001 - a thread has no caller; what is not an API's error is still told
            self._failed(delivery, number, failure_of(error))

    def _failed(self, delivery: Delivery, number: int, failure: DeliveryFailed) -> None:
        delay_s = paced(min(FIRST_DELAY_S * 2 ** min(number - 1, 20), LONGEST_DELAY_S))
        again = datetime.now(UTC) + timedelta(seconds=delay_s)
        exhausted = None
        if not failure.is_final:
            if number > delivery.policy.attempts:
                exhausted = "MaximumRetryAttempts"
            elif again > delivery.since + timedelta(seconds=paced(delivery.policy.age_s)):
                exhausted = "MaximumEventAgeInSeconds"
            else:
                self._timetable.put(
                    ("retry", uuid.uuid4()), iter([again]), lambda _: self.send(delivery, number=number + 1)
                )
                return
        _log.warning("%s was not delivered: %s: %s", delivery.about, failure.code, failure)
        try:
            delivery.given_up(Given(failure=failure, retries=number - 1, exhausted=exhausted))
        except (DeliveryFailed, ClientError, BotoCoreError) as error:
            _log.warning("%s did not reach its dead-letter queue either: %s", delivery.about, error)


def failure_of(error: Exception) -> DeliveryFailed:
    """Why a try failed, in EventBridge's codes ("Considerations when using a dead-letter queue")."""
    if isinstance(error, DeliveryFailed):
        return error
    if not isinstance(error, ClientError):
        if not isinstance(error, BotoCoreError):
            _log.error("a delivery failed", exc_info=error)
        return DeliveryFailed("UNKNOWN", f"{type(error).__name__}: {error}", is_final=False)
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if any(word in code for word in _DENIED):
        return DeliveryFailed("NO_PERMISSIONS", message, is_final=True)
    if any(word in code for word in _GONE):
        return DeliveryFailed("NO_RESOURCE", message, is_final=True)
    if any(word in code for word in _THROTTLED):
        return DeliveryFailed("THROTTLING", message, is_final=False)
    is_servers = error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
    return DeliveryFailed("ERROR_FROM_TARGET" if is_servers else "SDK_CLIENT_ERROR", message, is_final=False)


def queue_url(arn: str) -> str:
    """A queue's URL, without asking for it, which would take a permission more."""
    _, _, _, region, account, name = arn.split(":", 5)
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def dead_letter(client: Any, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put a failed delivery into a queue, by a client of SQS that may. Raises ClientError."""
    texts = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items() if text}
    client.send_message(QueueUrl=queue_url(queue_arn), MessageBody=body, MessageAttributes=texts)


def attributes_of(given: Given) -> dict[str, str]:
    """The attributes that the dead letters of both services have; an empty one is left out."""
    return {
        "ERROR_CODE": given.failure.code,
        "ERROR_MESSAGE": str(given.failure),
        "RETRY_ATTEMPTS": str(given.retries),
        "EXHAUSTED_RETRY_CONDITION": given.exhausted or "",
    }
