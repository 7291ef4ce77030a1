"""What the tasks of the two branches answer where nothing goes wrong."""

from __future__ import annotations

from typing import Any

PREPARED = {"like": {"feature_dim": 140, "shards": 1}, "ranking": {"feature_dim": 120, "shards": 2}}
FETCHED = {"bytes": 1_000_000}


def training(name: str) -> dict[str, Any]:
    """A training job as SageMaker describes it, as far as the machine reads it."""
    return {
        "TrainingJobName": name,
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://bucket/runs/one/model/{name}/output/model.tar.gz"},
        "FinalMetricDataList": [{"MetricName": "test:binary_f_beta", "Value": 0.75, "Timestamp": 1.0}],
        "TrainingTimeInSeconds": 60,
        "HyperParameters": {"epochs": "50"},
    }


def trained(name: str, *, tuning: Any = None) -> dict[str, Any]:
    """What is remembered of it."""
    return {
        "job": name,
        "model_data": f"s3://bucket/runs/one/model/{name}/output/model.tar.gz",
        "metrics": [{"name": "test:binary_f_beta", "value": 0.75}],
        "seconds": 60,
        "billable_seconds": None,
        "hyperparameters": {"epochs": "50"},
        "spot": False,
        "attempts": [],
        "tuning": tuning,
    }


def tuned(name: str, value: float, **hyperparameters: str) -> dict[str, Any]:
    """A tuning job whose best training reached `value` with these hyperparameters."""
    return {
        "HyperParameterTuningJobName": name,
        "TrainingJobStatusCounters": {"Completed": 4, "InProgress": 0},
        "BestTrainingJob": {
            "TrainingJobName": f"{name}-001",
            "TunedHyperParameters": hyperparameters,
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "test:rmse", "Value": value},
        },
    }


def of_branches(**over: Any) -> dict[str, list[Any]]:
    """Answers of every task of both branches; `over` are those of others, by their names."""
    return {
        "Prepare Ratings": [{"Payload": PREPARED["like"]}],
        "Prepare Ratings with Spark": [{"JobRunState": "SUCCEEDED"}],
        "Collect Preparation": [{"Payload": PREPARED["like"]}],
        "Tune Model": [tuned("tuned", 0.5, factors_lr="0.01")],
        "Train Model": [training("like")],
        "Prepare Ranking Ratings": [{"Payload": PREPARED["ranking"]}],
        "Prepare Ranking Ratings with Spark": [{"JobRunState": "SUCCEEDED"}],
        "Collect Ranking Preparation": [{"Payload": PREPARED["ranking"]}],
        "Train Ranking Model": [training("ranking")],
        **over,
    }
