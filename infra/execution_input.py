"""The input of executions that start by themselves, held against the schema that the first function goes by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

_SCHEMA = Path(__file__).resolve().parents[1] / "lambdas" / "logic" / "execution_input.schema.json"
_NOT_TO_SET = {
    "overlap": "left out: a schedule skips, an upload waits",
    "restore": "left out: a version is restored by hand",
}


def check_input(given: Mapping[str, Any], *, setting: str) -> None:
    """Raises ValueError that names every bad field as one of the setting, its value and what was expected.

    The schema does not know how fields go together, nor the ranges of hyperparameters: an execution finds that.
    """
    problems = [*_not_to_set(given), *_against_schema(given)]
    if problems:
        raise ValueError("; ".join(f"{setting}{problem}" for problem in problems))


def _not_to_set(given: Mapping[str, Any]) -> Iterator[str]:
    for name, expected in _NOT_TO_SET.items():
        if name in given:
            yield f".{name}: {given[name]!r}, expected it {expected}"


def _against_schema(given: Mapping[str, Any]) -> list[str]:
    validator = Draft202012Validator(json.loads(_SCHEMA.read_text()))
    found = sorted(validator.iter_errors(dict(given)), key=lambda error: error.json_path)
    return [_in_words(error) for error in found if not (error.path and error.path[0] in _NOT_TO_SET)]


def _in_words(error: ValidationError) -> str:
    return f"{error.json_path.removeprefix('$')}: {error.message}"
