"""The part of a job that says how ratings are prepared, as `prep` reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdas.logic.job import InvalidInput
from prep.errors import BadJob
from prep.job import PrepareJob


def preparation(job: Mapping[str, Any]) -> dict[str, Any]:
    """The completed execution input → the JSON of a `prep.job.PrepareJob`; the same for a function and for Spark."""
    return _of_label(job, dict(job["label"]), features=list(job["features"]["blocks"]))


def ranking_preparation(job: Mapping[str, Any]) -> dict[str, Any]:
    """The same of the ranking model: users and items alone, which are all that recommending has to go by."""
    label = {name: job["ranking"][name] for name in ("negatives", "likes_repeated")}
    return _of_label(job, {"task": "ranking", "liked_at_least": job["label"]["liked_at_least"], **label}, features=[])


def _of_label(job: Mapping[str, Any], label: dict[str, Any], *, features: list[str]) -> dict[str, Any]:
    spec = {name: value for name, value in job["dataset"].items() if name != "name" and value != {}}
    return {
        "input": spec,
        "split": dict(job["split"]),
        "label": label,
        "features": features,
        "shards": job["prepare"].get("shards"),
        "least_shards": job["training"]["instance_count"],
    }


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The same, where it is a job: some rules go beyond one field of the schema. Raises InvalidInput."""
    try:
        job = PrepareJob.from_json(given)
        job.label.check_scale(*job.input.scale)
    except BadJob as error:
        raise InvalidInput(_of_the_input(str(error))) from error
    return given


def _of_the_input(message: str) -> str:
    """A message of `prep`, with the field as the execution's input calls it."""
    named = f"label.{message}" if message.startswith(("liked_at_least", "thresholds", "task")) else message
    return re.sub("^input([.:])", r"dataset\1", named)
