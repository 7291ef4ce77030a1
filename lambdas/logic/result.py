"""An execution's output, gathered from what its steps remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def summarise(
    *,
    job: Mapping[str, Any],
    fetched: Mapping[str, Any],
    prepared: Mapping[str, Any],
    training: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    endpoint: Mapping[str, Any],
    predictions: Mapping[str, Any] | None,
    ranking: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Counts, figures and `s3://` addresses; nothing of the data itself."""
    gate = evaluation["gate"]
    accepted = "deployed" if predictions else "trained"
    return {
        "decision": accepted if gate["decision"] == "accepted" else "rejected",
        "dataset": {**prepared, "source": fetched["source"], "how": fetched["how"]},
        "training": {key: training[key] for key in ("job", "hyperparameters", "seconds")},
        "metrics": evaluation["metrics"],
        "reported": evaluation["reported"],
        "baselines": evaluation["baselines"],
        "gate": gate,
        "ranking": dict(ranking) if ranking else None,
        "endpoint": {key: endpoint[key] for key in ("name", "config", "status")} if predictions else None,
        "verified": dict(predictions) if predictions else None,
        "artifacts": {"model": training["model_data"], "evaluation": evaluation["key"]},
    }
