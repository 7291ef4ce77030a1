"""Copies for a shadow variant: how many, and that nobody waits for them or fails with them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import Queue
from typing import Any

import pytest

from local_aws.sagemaker.shadow import Shadow
from local_aws.sagemaker.variants import Variant

LONG_S = 60


class Container:
    """Notes what it is asked; fails where told to, or waits until it is closed."""

    def __init__(self, *, error: Exception | None = None, hangs: bool = False) -> None:
        self.asked: Queue[bytes] = Queue()
        self._error, self._hangs, self._closed = error, hangs, threading.Event()

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> None:
        assert headers == {"Accept": "*/*"}
        self.asked.put(body)
        if self._hangs:
            assert self._closed.wait(LONG_S)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self._closed.set()


def shadow(container: Any, *, weight: float = 1.0) -> Shadow:
    settings = {"VariantName": "s", "InitialVariantWeight": weight}
    return Shadow(Variant(settings, "image", container, datetime.now(UTC)), production_weight=2.0)


@pytest.mark.parametrize(("weight", "expected"), [(2.0, 8), (1.0, 4), (0.5, 2), (0.0, 0), (9.0, 8)])
def test_the_weights_say_how_many_copies_there_are(weight: float, expected: int) -> None:
    container = Container()
    made = shadow(container, weight=weight)
    for number in range(8):
        made.copy(bytes([number]), {"Accept": "*/*"})
    assert len([container.asked.get(timeout=LONG_S) for _ in range(expected)]) == expected
    made.close()
    assert container.asked.empty()


def test_a_shadow_that_fails_is_asked_on() -> None:
    container = Container(error=ConnectionRefusedError())
    made = shadow(container, weight=2.0)
    made.copy(b"a", {"Accept": "*/*"})
    made.copy(b"b", {"Accept": "*/*"})
    assert [container.asked.get(timeout=LONG_S) for _ in range(2)] == [b"a", b"b"]
    made.close()


def test_a_shadow_that_hangs_holds_nobody_up() -> None:
    container = Container(hangs=True)
    made = shadow(container, weight=2.0)
    for _ in range(1000):
        made.copy(b"x", {"Accept": "*/*"})
    made.close()
    assert container.asked.get(timeout=LONG_S) == b"x"
