"""Metrics embedded in log events (CloudWatch User Guide, "Specification: Embedded metric format").

As on AWS what is no valid document is a log event like any other, and nothing is said about it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import StringShape
from moto.core.utils import get_service_model

from local_aws.metrics import Metric, Sample

MAX_METRICS = MAX_VALUES = 100
"""Of one directive, and of one metric that is an array."""
MAX_DIMENSIONS = 30
_MAX_NAME, _MAX_DIMENSION_NAME = 1024, 250


class _Invalid(Exception):
    """The document does not keep to the specification."""


def samples(message: str) -> list[tuple[Metric, Sample]]:
    """The data points of a log event; none where it holds no valid document."""
    if not message.startswith("{") or '"CloudWatchMetrics"' not in message:
        return []
    try:
        return list(_document(json.loads(message)))
    except (ValueError, _Invalid):
        return []


def _document(root: Any) -> Iterator[tuple[Metric, Sample]]:
    metadata = _need(root.get("_aws"), dict)
    at_s = _number(metadata.get("Timestamp")) / 1000
    for directive in _need(metadata.get("CloudWatchMetrics"), list):
        yield from _directive(_need(directive, dict), root, at_s)


def _directive(directive: Mapping[str, Any], root: Mapping[str, Any], at_s: float) -> Iterator[tuple[Metric, Sample]]:
    namespace = _text(directive.get("Namespace"), _MAX_NAME)
    definitions = _need(directive.get("Metrics"), list)
    if len(definitions) > MAX_METRICS:
        raise _Invalid
    keys_of_sets = _need(directive.get("Dimensions"), list)
    if not keys_of_sets:
        raise _Invalid
    sets = [_dimensions(_need(keys, list), root) for keys in keys_of_sets]
    for definition in definitions:
        name = _text(_need(definition, dict).get("Name"), _MAX_NAME)
        unit = definition.get("Unit", "None")
        if unit not in _units():
            raise _Invalid
        for value in _values(root.get(name)):
            for dimensions in sets:
                yield Metric.of(namespace, name, dimensions), Sample(at_s, unit, 1, value, value, value)


def _dimensions(keys: list[Any], root: Mapping[str, Any]) -> dict[str, str]:
    if len(keys) > MAX_DIMENSIONS:
        raise _Invalid
    return {key: _text(root.get(key), _MAX_NAME) for key in (_text(key, _MAX_DIMENSION_NAME) for key in keys)}


def _values(target: Any) -> list[float]:
    values = target if isinstance(target, list) else [target]
    if len(values) > MAX_VALUES:
        raise _Invalid
    return [_number(value) for value in values]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _Invalid
    return float(value)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise _Invalid
    return value


def _need(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise _Invalid
    return value


def _units() -> list[str]:
    shape: StringShape = get_service_model("cloudwatch").shape_for("StandardUnit")
    return list(shape.enum)
