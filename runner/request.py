"""The execution input as given on the command line, and what of it the runner itself has to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prep.job import PrepareJob
from runner.errors import BadInput


def read_input(path: str) -> dict[str, Any]:
    """The JSON object in that file; an empty path is the empty input. Raises BadInput.

    Only what makes it an execution input at all is checked here: its fields are the state machine's to judge.
    """
    if not path:
        return {}
    try:
        given = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}, expected a JSON file with the execution input") from error
    except ValueError as error:  # also bytes that are not UTF-8
        raise BadInput(f"{path}: {error}, expected JSON") from error
    if not isinstance(given, dict):
        raise BadInput(f"{path}: {_short(given)}, expected a JSON object")
    return given


def dataset_name(given: Mapping[str, Any]) -> str | None:
    """The dataset the input names, if it names one."""
    name = _section(given, "dataset").get("name")
    return name if isinstance(name, str) else None


def prepare_job(given: Mapping[str, Any]) -> PrepareJob:
    """How the input wants the data prepared, whatever else it says. Raises BadJob for the first bad field of that."""
    dataset = {name: value for name, value in _section(given, "dataset").items() if name != "name"}
    fields: dict[str, Any] = {"input": dataset, "split": _section(given, "split"), "label": _section(given, "label")}
    if (blocks := _section(given, "features").get("blocks")) is not None:
        fields["features"] = blocks
    if (shards := _section(given, "prepare").get("shards")) is not None:
        fields["shards"] = shards
    return PrepareJob.from_json(fields)


def with_dataset(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The input, naming the dataset that was uploaded; one that names another, or restores a version, is left alone."""
    section = given.get("dataset", {})
    if not isinstance(section, dict) or "name" in section or "restore" in given:
        return dict(given)
    return {**given, "dataset": {**section, "name": name}}


def _section(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = given.get(name)
    return section if isinstance(section, dict) else {}


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
