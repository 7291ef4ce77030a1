"""Figures in SageMaker's own words."""

from __future__ import annotations

from lambdas.logic.model_quality import model_quality


def test_a_classifiers_figures_have_the_names_that_studio_shows() -> None:
    metrics = {"accuracy": 0.7, "auc": 0.75, "f1": 0.72, "cross_entropy": 0.58, "threshold": 0.5, "precision": None}
    assert model_quality(metrics, task="ordinal") == {
        "binary_classification_metrics": {
            "accuracy": {"value": 0.7, "standard_deviation": "NaN"},
            "auc": {"value": 0.75, "standard_deviation": "NaN"},
            "f1": {"value": 0.72, "standard_deviation": "NaN"},
        }
    }


def test_a_regressors_too() -> None:
    found = model_quality({"rmse": 0.9, "mae": 0.7, "mse": 0.81}, task="regressor")
    assert found.keys() == {"regression_metrics"}
    assert found["regression_metrics"]["rmse"] == {"value": 0.9, "standard_deviation": "NaN"}
