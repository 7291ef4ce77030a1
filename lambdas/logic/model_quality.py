"""Figures in the words by which SageMaker Studio shows a registered model's quality.

Source: SageMaker Developer Guide, "Model quality metrics and Amazon CloudWatch monitoring": its names, and a value with
its standard deviation for each, which is "NaN" where there is but one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_OF_CLASSIFIER: Final = ("accuracy", "precision", "recall", "auc", "f1")
_OF_REGRESSOR: Final = ("mae", "mse", "rmse")


def model_quality(metrics: Mapping[str, Any], *, task: str) -> dict[str, Any]:
    """The one key that stands beside everything else in the evaluation's document."""
    is_regressor = task == "regressor"
    kind = "regression_metrics" if is_regressor else "binary_classification_metrics"
    names: tuple[str, ...] = _OF_REGRESSOR if is_regressor else _OF_CLASSIFIER
    known = {name: metrics[name] for name in names if metrics.get(name) is not None}
    return {kind: {name: {"value": value, "standard_deviation": "NaN"} for name, value in known.items()}}
