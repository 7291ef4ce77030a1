"""The README's table of the execution input is the schema's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lambdas.logic.job import complete
from tests.docs.markdown import Markdown, plain

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _fields(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field that takes a value, by its dotted path."""
    for name, field in schema["properties"].items():
        path = f"{prefix}{name}"
        if "properties" in field:
            yield from _fields(field, f"{path}.")
        else:
            yield path, field


@pytest.fixture(scope="module")
def schema(root: Path) -> dict[str, Mapping[str, Any]]:
    document = json.loads((root / "lambdas" / "logic" / "execution_input.schema.json").read_text())
    return dict(_fields(document))


@pytest.fixture(scope="module")
def documented(readme: Markdown) -> dict[str, list[str]]:
    rows = readme.table("field")
    assert rows, "README.md has no table of fields"
    return {plain(cells[0]): cells for cells in rows}


def test_every_field_is_documented_and_every_documented_field_exists(
    documented: dict[str, list[str]], schema: dict[str, Mapping[str, Any]]
) -> None:
    assert list(documented) == list(schema)


def test_defaults_are_the_schemas(documented: dict[str, list[str]], schema: dict[str, Mapping[str, Any]]) -> None:
    shown = {name: cells[1] for name, cells in documented.items()}
    assert shown == {
        name: f"`{json.dumps(field['default'])}`" if "default" in field else "–" for name, field in schema.items()
    }


def test_choices_and_bounds_are_the_schemas(
    documented: dict[str, list[str]], schema: dict[str, Mapping[str, Any]]
) -> None:
    for name, field in schema.items():
        takes = documented[name][2]
        if "enum" in field:
            assert re.findall(r"`([^`]+)`", takes) == field["enum"], name
        bounds = {
            f"{field[bound]:g}" if field[bound] < 1e6 else str(field[bound]) for bound in BOUNDS if bound in field
        }
        if bounds:
            assert set(re.findall(r"[\d.]+", takes)) == bounds, name


def test_example_inputs_are_accepted(readme: Markdown) -> None:
    examples = [json.loads(fence.code) for fence in readme.fences() if fence.language == "json"]
    assert examples
    for example in [*examples, {}]:
        assert complete(example)["dataset"]["name"] == "ml-100k"
