"""A shadow variant: it is sent copies of what the production variant is asked, and nobody hears its answers.

Source: SageMaker Developer Guide, "Shadow tests". The share of copies follows from the two weights.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from queue import Full, Queue

from local_aws.sagemaker.measures import Copies
from local_aws.sagemaker.variants import Variant

_WAITING = 256
"""Copies that may wait for a shadow that is slower than the production variant; more are dropped."""

_Copy = tuple[bytes, Mapping[str, str]]


class Shadow:
    """Sends copies in order, from a thread of its own: production neither waits for them nor fails with them."""

    def __init__(self, variant: Variant, *, production_weight: float, copies: Copies) -> None:
        self.variant, self._measured = variant, copies
        self._share = min(1.0, variant.weight / production_weight) if production_weight else 0.0
        self._credit = 0.0
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._copies: Queue[_Copy | None] = Queue(_WAITING)
        self._sender = threading.Thread(target=self._send, name=f"shadow {variant.name}", daemon=True)
        self._sender.start()

    def copy(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send this request too, when it is one of the share's."""
        with self._lock:
            self._credit += self._share
            if self._credit < 1 - 1e-9:
                return
            self._credit -= 1
        try:
            self._copies.put_nowait((body, headers))
        except Full:
            return

    def close(self) -> None:
        """End the container; copies that wait are dropped."""
        self._closed.set()
        self.variant.container.close()
        self._copies.put(None)  # there is room soon: with nothing to answer, the sender fails through what waits

    def join(self, timeout_s: float) -> None:
        """Wait until the last copy was answered, after `close`."""
        self._sender.join(timeout_s)

    def _send(self) -> None:
        while (copy := self._copies.get()) is not None:
            ask = partial(self._ask, *copy)
            self._measured.asked(self.variant.name, self.variant.instances, ask, is_over=self._closed.is_set)

    def _ask(self, body: bytes, headers: Mapping[str, str]) -> int:
        return self.variant.container.invoke(body, headers).status
