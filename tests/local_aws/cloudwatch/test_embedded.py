"""The embedded metric format: what a document says, and documents that say nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.cloudwatch.embedded import samples
from local_aws.metrics import Metric

DOCUMENT: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1_574_109_732_004,
        "CloudWatchMetrics": [
            {
                "Namespace": "lambda-function-metrics",
                "Dimensions": [["functionVersion"], []],
                "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}, {"Name": "many"}],
            }
        ],
    },
    "functionVersion": "$LATEST",
    "time": 100,
    "many": [1, 2.5],
    "requestId": "989ffbf8-9ace-4817-a57c-e4dd734019ee",
}
""""Specification: Embedded metric format", its example, with a second metric and a second set of dimensions."""


def test_a_document() -> None:
    found = samples(json.dumps(DOCUMENT))
    dimensions = (("functionVersion", "$LATEST"),)
    assert {(metric.name, metric.dimensions, sample.unit, sample.total) for metric, sample in found} == {
        ("time", dimensions, "Milliseconds", 100.0),
        ("time", (), "Milliseconds", 100.0),
        ("many", dimensions, "None", 1.0),
        ("many", dimensions, "None", 2.5),
        ("many", (), "None", 1.0),
        ("many", (), "None", 2.5),
    }
    assert {metric.namespace for metric, _ in found} == {"lambda-function-metrics"}
    assert {sample.at_s for _, sample in found} == {1_574_109_732.004}
    assert Metric.of("n", "m", {"b": "1", "a": "2"}) == Metric.of("n", "m", {"a": "2", "b": "1"})


def directive(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["_aws"]["CloudWatchMetrics"][0]
    return found


BREAKS: list[Callable[[dict[str, Any]], Any]] = [
    lambda document: document.pop("time"),
    lambda document: document.update(time="100"),
    lambda document: document.update(time={"value": 100}),
    lambda document: document.update(time=True),
    lambda document: document.update(many=[0] * 101),
    lambda document: document.pop("functionVersion"),
    lambda document: document.update(functionVersion=3),
    lambda document: document.update(_aws=[]),
    lambda document: document["_aws"].pop("Timestamp"),
    lambda document: document["_aws"].update(Timestamp="now"),
    lambda document: document["_aws"].update(CloudWatchMetrics={}),
    lambda document: directive(document).pop("Namespace"),
    lambda document: directive(document).update(Namespace=""),
    lambda document: directive(document).update(Dimensions=[]),
    lambda document: directive(document).update(Dimensions=["functionVersion"]),
    lambda document: directive(document).update(Metrics=[{"Unit": "Count"}]),
    lambda document: directive(document).update(Metrics=[{"Name": "time", "Unit": "Parsecs"}]),
    lambda document: directive(document).update(Metrics=[{"Name": "time"}] * 101),
]


@pytest.mark.parametrize("damage", BREAKS)
def test_an_invalid_document_says_nothing(damage: Callable[[dict[str, Any]], Any]) -> None:
    document = copy.deepcopy(DOCUMENT)
    damage(document)
    assert samples(json.dumps(document)) == []


@pytest.mark.parametrize("message", ["", "plain", "{", "[]", json.dumps(DOCUMENT)[:-5], "INFO " + json.dumps(DOCUMENT)])
def test_other_log_events_say_nothing(message: str) -> None:
    assert samples(message) == []
