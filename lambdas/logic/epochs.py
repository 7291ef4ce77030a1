"""Lines of a training job's log → metrics of the training rows, epoch by epoch."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

_LINE = re.compile(r"#quality_metric: host=\S+, epoch=(\d+), train (\S+) <(?:score|loss)>=(\S+)")
# As the container calls them (fm.log_lines) → as an evaluation does.
_NAMES = {
    "binary_classification_accuracy": "accuracy",
    "binary_classification_cross_entropy": "cross_entropy",
    "binary_f_1.000": "f1",
    "rmse": "rmse",
    "mse": "mse",
    "absolute_loss": "mae",
}


def epochs_of(lines: Iterable[str]) -> list[dict[str, Any]]:
    """`[{"epoch": 0, "cross_entropy": 0.68, ...}, ...]`, in the order of the epochs.

    An epoch of which less is told than of the first is left out, and so is what is no finite number. Where several
    instances print an epoch, the last one's figures stand.
    """
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        match = _LINE.search(line)
        if match and match[2] in _NAMES and _is_number(match[3]):
            epoch = int(match[1])
            found.setdefault(epoch, {"epoch": epoch})[_NAMES[match[2]]] = float(match[3])
    told = [found[epoch] for epoch in sorted(found)]
    return [metrics for metrics in told if metrics.keys() == told[0].keys()]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
