"""What of each algorithm can be tuned, and by which of its metrics.

Factorization machines: "Tune a Factorization Machines Model" in the developer guide. The ranges it lists are
recommendations; the hyperparameter it prints as `epoch` is `epochs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker import images
from local_aws.sagemaker.errors import ValidationException

_KINDS = ("Integer", "Continuous")
_GROUPS = ("bias", "linear", "factors")
_CONTINUOUS = ("lr", "wd", "init_sigma", "init_scale", "init_value")


@dataclass(frozen=True)
class Tunable:
    """`objectives`: metric to the way it is to go. `hyperparameters`: name to the kind of its numeric range."""

    objectives: Mapping[str, str]
    hyperparameters: Mapping[str, str]


FACTORIZATION_MACHINES = Tunable(
    objectives={
        "test:rmse": "Minimize",
        "test:binary_classification_accuracy": "Maximize",
        "test:binary_classification_cross_entropy": "Minimize",
        "test:binary_f_beta": "Maximize",
    },
    hyperparameters={
        **{f"{group}_{setting}": "Continuous" for group in _GROUPS for setting in _CONTINUOUS},
        "epochs": "Integer",
        "mini_batch_size": "Integer",
    },
)

_BY_REPOSITORY = {images.FACTORIZATION_MACHINES.repository: FACTORIZATION_MACHINES}


def check(image: str, objective: Mapping[str, str], ranges: Mapping[str, Any]) -> None:
    """Raise ValidationException for an objective or a range that the algorithm behind `image` does not have."""
    try:
        tunable = _BY_REPOSITORY[images.find(image).repository]
    except images.UnknownImage as error:
        # What the service says of an image that it knows no metrics of.
        raise ValidationException(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            f"definitions. ({error})"
        ) from error
    metric, direction = objective["MetricName"], objective["Type"]
    if tunable.objectives.get(metric) != direction:
        known = ", ".join(f"{way} {name}" for name, way in tunable.objectives.items())
        raise ValidationException(
            f"Objective {direction} {metric} is not one of this algorithm's, expected one of {known}"
        )
    for kind in _KINDS:
        for asked in ranges.get(f"{kind}ParameterRanges") or ():
            _check_range(tunable, asked["Name"], kind)
    for asked in ranges.get("CategoricalParameterRanges") or ():
        _check_range(tunable, asked["Name"], None)


def _check_range(tunable: Tunable, name: str, kind: str | None) -> None:
    wanted = tunable.hyperparameters.get(name)
    if wanted is None:
        known = ", ".join(sorted(tunable.hyperparameters))
        raise ValidationException(f"Hyperparameter {name!r} is not tunable for this algorithm, expected one of {known}")
    if kind not in (None, wanted):
        raise ValidationException(
            f"Hyperparameter {name!r} is not in {wanted}ParameterRanges but in {kind}ParameterRanges"
        )
