"""The events of one execution: appended while it runs, closed by the event that ends it, copied to its log group."""

from __future__ import annotations

import threading
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from local_aws.stepfunctions.logs import LogDelivery


class History(EventManager):
    """An event manager that nothing is added to once the execution has ended.

    Work that a stop or a timeout left behind goes on for a while; what it would report is not part of the history.
    """

    def __init__(self, log: LogDelivery | None) -> None:
        super().__init__()
        self._log = log
        self._gate = threading.RLock()
        self._closed = False

    def add_event(
        self,
        context: Any,
        event_type: HistoryEventType,
        event_details: Any = None,
        timestamp: Any = None,
        update_source_event_id: bool = True,
    ) -> int:
        """Append and return the event's id; nothing when closed or muted."""
        with self._gate:
            if self._closed or getattr(context, "muted", False):
                return int(context.last_published_event_id)
            return int(super().add_event(context, event_type, event_details, timestamp, update_source_event_id))

    def close(self, context: Any, event_type: HistoryEventType, event_details: Any) -> None:
        """Append the last event."""
        with self._gate:
            self.add_event(context, event_type, event_details)
            self._closed = True

    def _publish_history_log(
        self, event_id: int, source_event_id: int, event_type: HistoryEventType, timestamp: Any, event_details: Any
    ) -> None:
        if self._log is not None:
            self._log.write(event_id, source_event_id, event_type, timestamp, event_details)


def mute(frame: Any) -> None:
    """Keep what a frame and the frames inside it still report out of the history."""
    frame.event_history_context.muted = True
    for inner in list(frame._frames):
        mute(inner)
