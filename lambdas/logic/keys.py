"""Where an execution's objects stand in the bucket."""

from __future__ import annotations

import re

EVALUATION = "evaluation.json"
REFERENCE = "reference.json"
RANKING = "ranking.json"
PREDICTIONS = "predictions.json"
RESULT = "result.json"
REPORT = "report.html"
BATCH = "batch/recommendations.parquet"
MODELS = "models/"
DATASETS = "datasets"


def dataset_prefix(name: str) -> str:
    """The files of a dataset."""
    return f"{DATASETS}/{name}/"


def run_prefix(execution: str) -> str:
    """Everything one execution writes."""
    return f"runs/{execution}/"


def version_prefix(version: str) -> str:
    """The files of a published version."""
    return f"{MODELS}{version}/"


def run_of(key: str) -> str | None:
    """The prefix of the execution that wrote an artifact, of `runs/<execution>/model/…`; None for other keys."""
    found = re.match(r"(runs/[^/]+/)model/", key)
    return found[1] if found else None
