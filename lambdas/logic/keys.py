"""Where an execution's objects stand in the bucket."""

from __future__ import annotations

EVALUATION = "evaluation.json"
PREDICTIONS = "predictions.json"
RESULT = "result.json"
REPORT = "report.html"


def dataset_prefix(name: str) -> str:
    """The files of a dataset."""
    return f"datasets/{name}/"


def run_prefix(execution: str) -> str:
    """Everything one execution writes."""
    return f"runs/{execution}/"
