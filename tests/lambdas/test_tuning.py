"""What the state machine asks of SageMaker's tuning jobs, for the inputs that people give."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.job import complete
from lambdas.logic.tuning import METRICS, RANGES, REAL, WHOLE, tuning

VALIDATED: dict[str, Any] = {"split": {"validation": 0.1, "seed": (1 << 32) - 1}}


def _tuning(**tune: Any) -> dict[str, Any]:
    job = {**complete({**VALIDATED, "tune": {"jobs": 8, **tune}}), "name": "movie-recommender-dev-monday-0123abcd"}
    found = tuning(job, prefix="mr-dev")
    assert found is not None
    return found


def test_no_tuning_unless_asked_for() -> None:
    assert tuning({**complete({}), "name": "a-0123abcd"}, prefix="mr-dev") is None


def test_the_name_leaves_room_for_factors_and_attempts() -> None:
    name = _tuning()["name"]
    assert name == "mr-dev-0123abcd"
    assert len(f"{name}-1000-99-99") <= 32


def test_what_is_looked_for_is_not_given_too() -> None:
    """SageMaker refuses a hyperparameter that is static and has a range."""
    found = _tuning()
    ranged = {entry["Name"] for kind in found["ranges"].values() for entry in kind}
    assert ranged == set(RANGES)
    assert not ranged & set(found["static"])
    assert "num_factors" not in found["static"], "it comes with each job"
    assert found["static"] == {"mini_batch_size": "1000", "predictor_type": "binary_classifier"}


def test_ranges_are_strings_of_their_kind() -> None:
    found = _tuning(ranges={"epochs": [3, 9], "factors_wd": [1e-6, 1e-3]})["ranges"]
    assert found == {
        "IntegerParameterRanges": [{"Name": "epochs", "MinValue": "3", "MaxValue": "9", "ScalingType": "Auto"}],
        "ContinuousParameterRanges": [
            {"Name": "factors_wd", "MinValue": "1e-06", "MaxValue": "0.001", "ScalingType": "Logarithmic"}
        ],
    }


def test_default_ranges_are_within_the_documented_ones() -> None:
    for name, (least, most) in RANGES.items():
        low, high = WHOLE.get(name, REAL)
        assert low <= least < most <= high


def test_no_more_trainings_at_a_time_than_there_are() -> None:
    assert _tuning(parallel=10, jobs=3)["parallel"] == 3


def test_factors_are_those_of_the_hyperparameters_unless_said() -> None:
    assert _tuning()["num_factors"] == [64]
    assert _tuning(num_factors=[16, 128])["num_factors"] == [16, 128]


@pytest.mark.parametrize("objective", ["cross_entropy", "accuracy", "f1"])
def test_the_objective_is_a_metric_of_the_algorithm(objective: str) -> None:
    kind, metric = METRICS[objective]
    assert _tuning(objective=objective)["objective"] == {"Type": kind, "MetricName": metric}


def test_a_regressor_is_judged_by_its_error() -> None:
    job = complete({**VALIDATED, "label": {"task": "regressor"}, "tune": {"jobs": 1}})
    found = tuning({**job, "name": "a-0123abcd"}, prefix="mr-dev")
    assert found is not None
    assert found["objective"] == {"Type": "Minimize", "MetricName": "test:rmse"}
