"""What the steps of the state machine remember of an execution, as the last one hands it to the report."""

from __future__ import annotations

from typing import Any

from prep.result import Counts, Prepared
from prep.split_rule import SplitRule

RUN = "runs/nightly/"


REPORTED = {"figures": {"cross_entropy": 0.5799, "f1": 0.7456}, "largest_gap": 0.00124}


def prepared() -> dict[str, Any]:
    """What a preparation says of itself."""
    return Prepared(
        name="tiny",
        synthetic=False,
        engine="python",
        format="ml-100k",
        format_found="found by its files",
        split=SplitRule(kind="given", name="ua").as_json(),
        task="binary_classifier",
        predictor_type="binary_classifier",
        features=[],
        users=1234,
        items=6,
        feature_dim=1240,
        ratings=Counts(train=40, test=8),
        train_rows=40,
        validation_rows=0,
        test_rows=8,
        positives=Counts(train=30, test=5),
        bytes=Counts(train=2560, test=512),
        shards=1,
        rejected_rows=0,
        rejected={},
        cold_rows=0,
        cold_items=Counts(),
    ).as_dict()


def remembered(
    *,
    synthetic: bool = False,
    decision: str = "accepted",
    deployed: bool = True,
    reported: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The event of the report function; `changes` are those of what was prepared."""
    return {
        "job": {"run": RUN},
        "fetched": {"dataset": "tiny", "source": "s3://bucket/datasets/tiny/", "how": "in the bucket", "bytes": 4096},
        "prepared": {**prepared(), "synthetic": synthetic, **(changes or {})},
        "training": {
            "job": "movie-recommender-dev-nightly-0-0",
            "model_data": f"s3://bucket/{RUN}model/job/output/model.tar.gz",
            "metrics": [],
            "seconds": None,
            "hyperparameters": {"epochs": "50", "num_factors": "64"},
        },
        "evaluation": {
            "metrics": {"accuracy": 0.71594, "cross_entropy": 0.58114, "f1": 0.74562, "auc": 0.78, "threshold": 0.5},
            "baselines": {
                "majority_accuracy": 0.5612,
                "prior_cross_entropy": 0.6868,
                "all_positive_f1": 0.7189,
                "blog_ml_100k": {"accuracy": 0.7159, "cross_entropy": 0.5811, "f1": 0.7456},
            },
            "reported": reported or REPORTED,
            "gate": {"decision": decision, "reasons": ["f1 0.7456, min_f1 0.7"]},
            "drift": {"measured": False, "reason": "not measured: no model is live"},
            "key": f"s3://bucket/{RUN}evaluation.json",
        },
        "endpoint": {
            "name": "movie-recommender-dev" if deployed else None,
            "config": "movie-recommender-dev-nightly-0-0" if deployed else None,
            "status": "InService" if deployed else None,
            "previous_config": None,
            "reason": "",
        },
        "predictions": {"key": f"{RUN}predictions.json", "uri": "s3://…", "rows": 30, "largest_gap": 2e-7}
        if deployed
        else None,
    }


def scored(title: str = "Ten (1999)") -> dict[str, Any]:
    """What the verification wrote to predictions.json."""
    rows = [
        {"user": 2, "item": 10, "title": title, "score": 0.81234, "predicted_label": 1},
        {"user": 3, "item": 11, "title": "item 11", "score": 0.25, "predicted_label": 0},
    ]
    return {"predictions": rows, "recommendations": [{"user": 2, "items": rows[:1]}]}
