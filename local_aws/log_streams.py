"""What processes write, in CloudWatch Logs: through its API, by their roles, and after the fact, as on AWS."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

MAX_BATCH_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
"""Limits of PutLogEvents; each event counts its UTF-8 bytes and this."""
MAX_CHARACTERS = (MAX_BATCH_BYTES - EVENT_OVERHEAD_BYTES) // 4
"""Of one event: no more bytes than a batch may have, whatever the characters are. A longer line is several events."""
MAX_WAITING_BYTES = 64 * 1024 * 1024
"""Of all streams: a process does not wait for its log, so what comes faster than it is delivered is dropped."""
LINGER_S = 0.25
"""How long an event waits for others to be delivered with it: else a busy function costs less than its log."""

_log = logging.getLogger(__name__)


class Event(NamedTuple):
    """One log event; `size` is what PutLogEvents counts."""

    timestamp_ms: int
    message: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stream is, and who writes it: a session of a role, as a rule."""

    group: str
    name: str
    region: str
    role_arn: str | None
    """None: a service itself, as API Gateway and its access logs."""
    session: str


class LogStream:
    """One stream of a delivery; thread-safe."""

    def __init__(self, delivery: LogDelivery, place: Place) -> None:
        self._delivery, self.place = delivery, place
        self.dropped = 0
        """How many events there was no room for."""
        # The rest is the delivery's, under its lock.
        self.waiting: deque[Event] = deque()
        self.is_created = self.is_closed = False
        self.delivered = threading.Event()

    def write(self, *lines: str) -> None:
        """Have lines written some time soon; empty ones are no log events, and after the end there is no log."""
        self._delivery.accept(self, lines)

    def close(self, *, timeout_s: float = 0) -> None:
        """End it, and wait so long for what was written to be delivered."""
        self._delivery.finish(self)
        self.delivered.wait(timeout_s)


class LogDelivery:
    """One thread that delivers what all streams hold, in turn, and keeps nothing of those that are closed.

    As on AWS a role that may not write its log loses it, and no more; the audit of IAM calls has the denial.
    """

    def __init__(
        self, client: Callable[..., Any], *, max_waiting_bytes: int = MAX_WAITING_BYTES, linger_s: float = LINGER_S
    ) -> None:
        """client: `World.client`."""
        self._client, self._room, self._linger_s = client, max_waiting_bytes, linger_s
        self._due: dict[LogStream, float] = {}
        """When each stream that has something to be done is to be seen to, on the monotonic clock."""
        self._changed = threading.Condition()
        threading.Thread(target=self._deliver_for_ever, name="logs", daemon=True).start()

    def open(self, place: Place) -> LogStream:
        """A new stream; it is created with its first events."""
        return LogStream(self, place)

    def accept(self, stream: LogStream, lines: tuple[str, ...]) -> None:
        """Take lines of a stream, as far as there is room."""
        with self._changed:
            for event in _events(lines) if not stream.is_closed else ():
                if event.size > self._room:
                    stream.dropped += 1
                else:
                    self._room -= event.size
                    stream.waiting.append(event)
            if stream not in self._due:
                self._is_due(stream, in_s=self._linger_s)

    def finish(self, stream: LogStream) -> None:
        """Take nothing more of a stream."""
        with self._changed:
            stream.is_closed = True
            self._is_due(stream)

    def _is_due(self, stream: LogStream, *, in_s: float = 0.0) -> None:
        self._due[stream] = time.monotonic() + in_s
        self._changed.notify_all()

    def _deliver_for_ever(self) -> None:
        while True:
            self._deliver_next()

    def _deliver_next(self) -> None:
        stream, batch = self._next()
        try:
            if batch:
                self._put(stream, batch)
        except (ClientError, BotoCoreError) as error:
            # The role may not, the group was deleted twice over, or this server is about to end.
            _log.info("%s: %d log events lost: %s", stream.place, len(batch), error)
        except Exception:  # noqa: BLE001 - a thread has no caller, and the next events are none the worse
            _log.exception("%s: %d log events lost", stream.place, len(batch))
        self._settle(stream)

    def _next(self) -> tuple[LogStream, list[Event]]:
        with self._changed:
            while (stream := self._first_due()) is None:
                self._changed.wait(min(self._due.values()) - time.monotonic() if self._due else None)
            del self._due[stream]
            batch = take_batch(stream.waiting)
            self._room += sum(event.size for event in batch)
            if stream.waiting:
                self._is_due(stream)  # after those that are due already
        return stream, batch

    def _first_due(self) -> LogStream | None:
        first = min(self._due, key=self._due.__getitem__, default=None)
        return first if first is not None and self._due[first] <= time.monotonic() else None

    def _settle(self, stream: LogStream) -> None:
        with self._changed:
            if stream.is_closed and not stream.waiting and not stream.delivered.is_set():
                stream.delivered.set()
                if stream.dropped:
                    _log.warning("%s: %d log events dropped, there was no room", stream.place, stream.dropped)

    def _put(self, stream: LogStream, batch: list[Event]) -> None:
        place = stream.place
        client = self._client("logs", region=place.region, role_arn=place.role_arn, session=place.session)
        if not stream.is_created:
            _create(client, place)
            stream.is_created = True
        # A clock that was set back would have the whole batch refused.
        ordered = sorted(batch, key=lambda event: event.timestamp_ms)
        events = [{"timestamp": event.timestamp_ms, "message": event.message} for event in ordered]
        try:
            client.put_log_events(logGroupName=place.group, logStreamName=place.name, logEvents=events)
        except client.exceptions.ResourceNotFoundException:
            # Deleted since.
            _create(client, place)
            client.put_log_events(logGroupName=place.group, logStreamName=place.name, logEvents=events)


def take_batch(waiting: deque[Event]) -> list[Event]:
    """Take off the front what one PutLogEvents may hold; empty only when nothing waits."""
    batch: list[Event] = []
    size = 0
    while waiting and len(batch) < MAX_BATCH_EVENTS and (size := size + waiting[0].size) <= MAX_BATCH_BYTES:
        batch.append(waiting.popleft())
    return batch


def _events(lines: tuple[str, ...]) -> Iterator[Event]:
    now_ms = int(time.time() * 1000)
    for line in lines:
        for start in range(0, len(line), MAX_CHARACTERS):
            message = line[start : start + MAX_CHARACTERS]
            yield Event(now_ms, message, len(message.encode()) + EVENT_OVERHEAD_BYTES)


def _create(client: Any, place: Place) -> None:
    """The group is asked for only when it is missing: roles are often allowed no more than streams."""
    try:
        _create_stream(client, place)
    except client.exceptions.ResourceNotFoundException:
        try:
            client.create_log_group(logGroupName=place.group)
        except client.exceptions.ResourceAlreadyExistsException:
            _log.debug("%s: another stream was quicker", place.group)
        _create_stream(client, place)


def _create_stream(client: Any, place: Place) -> None:
    try:
        client.create_log_stream(logGroupName=place.group, logStreamName=place.name)
    except client.exceptions.ResourceAlreadyExistsException:
        _log.debug("%s: the stream is there already", place.name)
