"""Executions written by hand, as summaries and as what people are shown of them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from prep.result import Counts, Prepared
from prep.split_rule import SplitRule
from runner.data import Ratings
from runner.execution import Ended
from runner.history import Visit
from runner.show import make_console, show_result
from runner.summary import assemble

START = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT: dict[str, Any] = {
    "status": str,
    "seconds": float,
    "dataset": {
        *("name", "synthetic", "users", "items", "train_rows", "test_rows", "rejected_rows", "feature_dim"),
        *("format", "format_found", "engine", "split", "features", "rejected", "shards"),
    },
    "states": list,
    "training": {"job", "hyperparameters", "seconds"},
    "metrics": {"accuracy", "cross_entropy", "f1", "auc", "threshold"},
    "baselines": {"majority_accuracy"},
    "gate": {"decision", "reasons"},
    "drift": {"measured", "reason"},
    "endpoint": {"name", "config", "status"},
    "predictions": list,
    "recommendations": list,
    "recommendations_note": str,
    "ranking": {"metrics", "intervals", "popularity", "gate"},
    "intervals": {"accuracy"},
    "iam": {"calls", "denied"},
    "artifacts": {"report", "bundle"},
    "version": str,
}
DATASET: dict[str, Any] = Prepared(
    name="tiny",
    synthetic=False,
    engine="python",
    format="ml-100k",
    format_found="found by its files",
    split=SplitRule(kind="given", name="ua").as_json(),
    task="binary_classifier",
    predictor_type="binary_classifier",
    features=[],
    users=2,
    items=3,
    feature_dim=5,
    ratings=Counts(train=4, test=2),
    train_rows=4,
    validation_rows=0,
    test_rows=2,
    positives=Counts(train=2, test=1),
    bytes=Counts(train=256, test=128),
    shards=1,
    rejected_rows=0,
    rejected={},
    cold_rows=0,
    cold_items=Counts(),
).as_dict()
OUTPUT: dict[str, Any] = {
    "decision": "deployed",
    "dataset": {**DATASET, "how": "in the bucket"},
    "training": {"job": "job-0", "hyperparameters": {"epochs": "50"}, "seconds": 5},
    "metrics": {"accuracy": 0.7111, "cross_entropy": 0.5822, "f1": 0.7433, "auc": 0.7644, "threshold": 0.5},
    "reported": {"figures": {"accuracy": 0.7111}, "largest_gap": 0.0},
    "baselines": {"majority_accuracy": 0.58, "prior_cross_entropy": 0.682, "all_positive_f1": 0.7341,
                  "blog_ml_100k": {"accuracy": 0.7159, "cross_entropy": 0.5811, "f1": 0.7456}},
    "gate": {"decision": "accepted", "reasons": ["good enough"]},
    "drift": {"measured": True, "reason": "PSI 0.3000 of items"},
    "intervals": {"accuracy": [0.7012, 0.7201]},
    "ranking": {
        "users": 934,
        "metrics": {"precision@10": 0.178, "recall@10": 0.323, "ndcg@10": 0.3037, "coverage": 0.278},
        "intervals": {"ndcg@10": [0.2894, 0.3187]},
        "popularity": {"metrics": {"precision@10": 0.084, "recall@10": 0.15, "ndcg@10": 0.1333, "coverage": 0.053}},
        "gate": {"decision": "accepted", "reasons": ["ndcg@10 above popularity's"]},
    },
    "endpoint": {"name": "live", "config": "config-0", "status": "InService"},
    "verified": {"uri": "s3://b/p.json", "rows": 2, "largest_gap": 0.0},
    "version": "nightly",
    "artifacts": {"model": "s3://b/m", "report": "s3://b/r", "bundle": "s3://b/models/nightly/"},
}  # fmt: skip
ROW = {"user": 1, "item": 3, "title": "Invented 3 (1990)", "score": 0.8181, "predicted_label": 1}
SCORED = {"predictions": [ROW], "recommendations": [{"user": 1, "items": [ROW]}]}
IAM = {"enforced": True, "calls": 12, "denied": 0, "denials": [], "unenforced": []}


def visit(name: str, status: Any, seconds: float) -> Visit:
    return Visit(name=name, kind="Task", entered=START, exited=START + timedelta(seconds=seconds), status=status)


def summary(ratings: Ratings, *, output: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    ended = {
        "arn": "arn:execution",
        "status": "SUCCEEDED",
        "seen": [visit("Train Model", "SUCCEEDED", 2.5)],
        "variables": {},
        "output": OUTPUT if output is None else output,
        "error": "",
        "cause": "",
    }
    return assemble(
        ended=Ended(**{**ended, **changes}),
        ratings=ratings,
        given={"dataset": {"name": "tiny-set"}},
        scored=SCORED,
        iam=IAM,
        seconds=12.5,
        seconds_by_part={"synth": 1.0, "execution": 2.5},
    )


def failed(ratings: Ratings, **variables: Any) -> dict[str, Any]:
    seen = [
        visit("Train Model", "CAUGHT", 2.5),
        visit("Clean Up", "SUCCEEDED", 0),
        visit("Fail Execution", "FAILED", 0),
    ]
    ended = Ended(
        arn="arn:execution",
        status="FAILED",
        seen=seen,
        variables=variables,
        output=None,
        error="AlgorithmError",
        cause="Train Model: AlgorithmError: out of memory",
    )
    return assemble(
        ended=ended, ratings=ratings, given={}, scored={}, iam=IAM, seconds=1.0, seconds_by_part={"execution": 1.0}
    )


def shown(document: dict[str, Any]) -> str:
    stream = io.StringIO()
    show_result(make_console(stream), document)
    return stream.getvalue()
