"""Documents of an execution with planted answers: made by straight-line code from invented labels and scores.

Not the project's own evaluation: the report is tested against what the documents say, whoever writes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lambdas.logic.report.findings import Findings
from lambdas.logic.result import summarise
from tests.lambdas.remembered import remembered
from tests.lambdas.report.scores import POINTS, curves, labels_and_scores, metrics

ITEMS = 1682
USERS = 943
K = 10
METRICS = ("accuracy", "balanced_accuracy", "cross_entropy", "brier", "f1", "precision", "recall", "auc", "pr_auc")


def evaluation(threshold: float = 0.46) -> dict[str, Any]:
    """Of a classifier that beats its baselines in some measures, beyond doubt only in a few."""
    y, p = labels_and_scores()
    own = metrics(y, p, threshold)
    blurred = metrics(y, np.clip(0.1 + 0.8 * p, 0.01, 0.99), threshold)
    half = {name: 1.96 * 0.45 / np.sqrt(y.size) for name in METRICS}
    old = remembered()["evaluation"]
    return {
        **old,
        "task": "binary_classifier",
        "threshold": {"value": threshold, "measure": "f1", "chosen_on": "validation", "value_there": 0.7512},
        "metrics": own,
        "intervals": {name: [own[name] - half[name], own[name] + half[name]] for name in METRICS},
        "interval": {"level": 0.95, "resamples": 1000, "seed": 0, "unit": "rows"},
        "baselines": {**old["baselines"], "bias_only": blurred},
        "curves": curves(y, p),
        "reported": {"figures": {"cross_entropy": own["cross_entropy"] + 0.001}, "largest_gap": 0.001},
        "gate": {
            "decision": "accepted",
            "reasons": [
                "cross_entropy 0.5811, always predicting the share of likes has 0.6868",
                "auc 0.7800 of the challenger against 0.7712 of the champion: better by 0.0088 (95 % interval 0.0051 "
                "to 0.0126)",
            ],
            "comparison": {
                "measure": "auc",
                "champion": 0.7712,
                "challenger": 0.78,
                "worse_by": -0.0088,
                "interval": [-0.0126, -0.0051],
                "level": 0.95,
            },
        },
        "drift": {
            "measured": True,
            "reason": "PSI 0.3000 of items and 0.0100 of scores",
            "bins": {
                "items": {"before": [0.6, 0.4, 0.0], "now": [0.4, 0.35, 0.25]},
                "scores": {"before": [0.5, 0.5], "now": [0.45, 0.55]},
            },
        },
    }


def regression() -> dict[str, Any]:
    """Of a regressor."""
    old = remembered()["evaluation"]
    own = {"rmse": 0.9412, "mse": 0.8859, "mae": 0.7433, "rows": 9430}
    return {
        "task": "regressor",
        "metrics": own,
        "intervals": {"rmse": [0.93, 0.9524], "mse": [0.865, 0.907], "mae": [0.7342, 0.7524]},
        "interval": {"level": 0.95, "resamples": 1000, "seed": 0, "unit": "rows"},
        "baselines": {
            "mean": {"rmse": 1.1256, "mse": 1.267, "mae": 0.9447, "rows": 9430},
            "bias_only": {"rmse": 0.9601, "mse": 0.9218, "mae": 0.7601, "rows": 9430},
        },
        "reported": {"figures": {}, "largest_gap": None, "note": "the job reported none of test:rmse"},
        "gate": {"decision": "accepted", "reasons": ["no threshold asked for"]},
        "key": old["key"],
    }


def ranking(bins: int = POINTS) -> dict[str, Any]:
    """Of a ranking model that is better than popularity, in lists of K for USERS users."""
    names = ("precision@10", "recall@10", "ndcg@10", "map@10", "coverage", "novelty")
    own = dict(zip(names, (0.182, 0.201, 0.312, 0.17, 0.412, 9.1), strict=True))
    popular = dict(zip(names, (0.089, 0.105, 0.142, 0.061, 0.034, 7.4), strict=True))
    likes = np.round(420 * np.exp(-np.arange(bins) / 80) + 2).astype(int)
    recommended = np.zeros(bins, int)
    recommended[:300] = np.round(140 * np.exp(-np.arange(300) / 60)).astype(int)
    top = np.zeros(bins, int)
    top[:12] = (943, 943, 930, 900, 850, 800, 760, 700, 640, 590, 520, 854)
    return {
        "k": K,
        "users": USERS,
        "relevant": "liked in the test channel",
        "metrics": own,
        "intervals": {name: [0.95 * value, 1.05 * value] for name, value in own.items() if name != "coverage"},
        "sampled": None,
        "popularity": {
            "by": "ratings in training",
            "metrics": popular,
            "intervals": {name: [0.93 * value, 1.07 * value] for name, value in popular.items() if name != "coverage"},
        },
        "frequency": {
            "train_likes": likes.tolist(),
            "recommended_by_model": recommended.tolist(),
            "recommended_by_popularity": top.tolist(),
        },
        "gate": {"decision": "accepted", "reasons": ["ndcg@10 0.3120, popularity has 0.1420"]},
    }


def epochs(count: int = 50) -> list[dict[str, Any]]:
    """A loss that falls, and an accuracy that rises."""
    return [
        {
            "epoch": epoch,
            "accuracy": 0.74 - 0.18 * float(np.exp(-epoch / 9)),
            "cross_entropy": 0.53 + 0.155 * float(np.exp(-epoch / 9)),
        }
        for epoch in range(count)
    ]


def states() -> list[dict[str, Any]]:
    """Of an execution that polled twice, one state of which failed and was caught."""
    rows = [
        ("Validate Input", 0.0, 1.1, "SUCCEEDED"),
        ("Fetch Ratings", 1.12, 0.53, "SUCCEEDED"),
        ("Prepare Ratings", 1.66, 1.7, "SUCCEEDED"),
        ("Train Like Model", 3.4, 4.64, "SUCCEEDED"),
        ("Train Ranking Model", 3.4, 5.9, "SUCCEEDED"),
        ("Evaluate Model", 9.4, 0.8, "SUCCEEDED"),
        ("Create Model", 10.2, 0.11, "SUCCEEDED"),
        ("Create Endpoint Config", 10.32, 0.03, "SUCCEEDED"),
        ("Find Endpoint", 10.36, 0.1, "CAUGHT"),
        ("Create Endpoint", 10.47, 0.04, "SUCCEEDED"),
        ("Wait for Release", 10.51, 1.0, "SUCCEEDED"),
        ("Describe Release", 11.52, 0.03, "SUCCEEDED"),
        ("Wait for Release", 11.56, 1.0, "SUCCEEDED"),
        ("Describe Release", 12.57, 0.03, "SUCCEEDED"),
        ("Verify Predictions", 12.61, 0.8, "SUCCEEDED"),
        ("Report Result", 13.42, None, "RUNNING"),
    ]
    return [
        {"name": name, "entered": entered, "seconds": seconds, "status": status}
        for name, entered, seconds, status in rows
    ]


def people(users: int = 12) -> dict[str, Any]:
    """What the endpoint said: lists of K for each user, three held-out ratings each."""
    titles = (
        "Star Wars (1977)",
        "Ménage à trois & <i>co</i> (1968)",
        "七人の侍 (1954)",
        "The Long and Winding Title of a Film That Nobody Has Ever Managed to Say Out Loud in One Breath (1971)",
    )
    rows: list[dict[str, Any]] = [
        {
            "user": user,
            "item": item,
            "title": titles[(user + item) % 4],
            "score": round(0.98 - 0.03 * item - 0.01 * user, 5),
            "predicted_label": int(item < 8),
            "popularity_rank": 1 + 37 * item,
        }
        for user in range(1, users + 1)
        for item in range(K)
    ]
    return {
        "model": "ranking",
        "predictions": [row for row in rows if row["item"] < 3 and row["user"] <= 3],
        "recommendations": [
            {"user": user, "items": [row for row in rows if row["user"] == user]} for user in range(1, users + 1)
        ],
    }


def findings(*, synthetic: bool = False, **changed: Any) -> Findings:
    """Of an execution that had everything. `changed` fields are those of Findings."""
    event = remembered(
        synthetic=synthetic,
        changes={
            "name": "ml-100k",
            "users": USERS,
            "items": ITEMS,
            "feature_dim": USERS + ITEMS,
            "train_rows": 90570,
            "test_rows": 9430,
            "rejected_rows": 12,
            "rejected": {"not_a_number": 9, "duplicate": 3},
            "features": ["genres", "week"],
        },
    )
    event["training"] |= {"seconds": 41}
    given: dict[str, Any] = {
        "result": summarise(
            **event,
            ranking={"prepared": event["prepared"], "training": event["training"]},
            ranked=ranking(),
        ),
        "job": {"run": "runs/nightly/", "preset": "tuned", "label": {"liked_at_least": 4}},
        "evaluation": evaluation(),
        "ranking": ranking(),
        "scored": people(),
        "epochs": epochs(),
        "ranking_epochs": epochs(80),
        "states": states(),
        **changed,
    }
    return Findings(**given)
