"""Copies for a shadow variant: how many, and that nobody waits for them or fails with them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import Queue
from typing import Any

import pytest

from local_aws.metrics import Metric, Metrics
from local_aws.sagemaker.connections import Answer
from local_aws.sagemaker.measures import Copies
from local_aws.sagemaker.shadow import Shadow
from local_aws.sagemaker.variants import Variant

LONG_S, REGION = 60, "eu-central-1"


class Container:
    """Notes what it is asked; fails where told to, or waits until it is closed."""

    def __init__(self, *, error: Exception | None = None, hangs: bool = False, status: int = 200) -> None:
        self.asked: Queue[bytes] = Queue()
        self._error, self._hangs, self._closed, self._status = error, hangs, threading.Event(), status

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        assert headers == {"Accept": "*/*"}
        self.asked.put(body)
        if self._hangs:
            assert self._closed.wait(LONG_S)
        if self._error is not None:
            raise self._error
        return Answer(self._status, "text/plain", None, b"")

    def close(self) -> None:
        self._closed.set()


def shadow(container: Any, *, weight: float = 1.0, metrics: Metrics | None = None) -> Shadow:
    settings = {"VariantName": "s", "InitialVariantWeight": weight, "InitialInstanceCount": 1}
    copies = Copies(metrics or Metrics(), endpoint="e", region=REGION, config="c")
    return Shadow(Variant(settings, "image", container, datetime.now(UTC)), production_weight=2.0, copies=copies)


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


@pytest.mark.parametrize(
    ("container", "errors"),
    [
        (Container(), 0),
        (Container(status=500), 1),
        (Container(status=400), 0),
        (Container(error=ConnectionRefusedError()), 1),
    ],
    ids=["answers", "fails", "refuses", "is gone"],
)
def test_what_becomes_of_copies_is_measured_under_the_shadows_name(container: Container, errors: int) -> None:
    metrics = Metrics()
    made = shadow(container, weight=2.0, metrics=metrics)
    made.copy(b"a", {"Accept": "*/*"})
    made.copy(b"b", {"Accept": "*/*"})
    assert [container.asked.get(timeout=LONG_S) for _ in range(2)] == [b"a", b"b"], "the first is measured by then"
    measured = {name: _sum(metrics, name) for name in ("Invocations", "Invocation5XXErrors")}
    made.close()
    assert measured["Invocations"] >= 1
    assert measured["Invocation5XXErrors"] == measured["Invocations"] * errors


def test_what_the_end_of_a_shadow_cuts_off_is_no_error() -> None:
    container, metrics = Container(error=ConnectionResetError(), hangs=True), Metrics()
    made = shadow(container, weight=2.0, metrics=metrics)
    made.copy(b"a", {"Accept": "*/*"})
    container.asked.get(timeout=LONG_S)
    made.close()
    made.join(LONG_S)
    assert _sum(metrics, "Invocations") == 0


def _sum(metrics: Metrics, name: str) -> float:
    dimensions = {"EndpointName": "e", "VariantName": "s"}
    return sum(each.total for each in metrics.between(REGION, Metric.of("AWS/SageMaker", name, dimensions), 0, 9e9))


def test_a_shadow_that_hangs_holds_nobody_up() -> None:
    container = Container(hangs=True)
    made = shadow(container, weight=2.0)
    for _ in range(1000):
        made.copy(b"x", {"Accept": "*/*"})
    made.close()
    assert container.asked.get(timeout=LONG_S) == b"x"
