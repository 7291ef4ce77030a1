"""The execution input as given on the command line, and what of it the runner itself has to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prep.prepare import PrepareJob
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
    """What of the input decides whether the data can be prepared. Raises UnknownSplit, BadJob.

    A value of the wrong type is left to the state machine, which names every bad field at once.
    """
    split, liked = _section(given, "split").get("name"), _section(given, "label").get("liked_at_least")
    fields: dict[str, Any] = {}
    if isinstance(split, str):
        fields["split"] = split
    if isinstance(liked, int | float) and not isinstance(liked, bool):
        fields["liked_at_least"] = liked
    return PrepareJob(**fields)


def with_dataset(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The input, naming the dataset that was uploaded; an input that names one is left as it is."""
    section = given.get("dataset", {})
    if not isinstance(section, dict) or "name" in section:
        return dict(given)
    return {**given, "dataset": {**section, "name": name}}


def _section(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = given.get(name)
    return section if isinstance(section, dict) else {}


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
