"""The README's table of the execution input is the schema's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Stage
from lambdas.logic.job import complete
from lambdas.logic.preparation import checked, preparation
from prep.input_spec import FORMATS
from prep.job import SHARD_ROWS
from prep.known import KNOWN
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
        if choices := field.get("enum") or field.get("items", {}).get("enum"):
            assert re.findall(r"`([^`]+)`", takes) == list(map(str, choices)), name
        bounds = {
            f"{field[bound]:g}" if field[bound] < 1e6 else str(field[bound]) for bound in BOUNDS if bound in field
        }
        if bounds:
            assert set(re.findall(r"[\d.]+", takes)) == bounds, name


def test_example_inputs_are_accepted(readme: Markdown) -> None:
    examples = [json.loads(text) for text in _inputs(readme)]
    assert len(examples) >= 3
    for example in [*examples, {}]:
        job = complete(example)
        if "restore" not in job:
            checked(preparation(job))


def _inputs(page: Markdown) -> Iterator[str]:
    """Blocks of JSON, files that shell blocks write, and inputs on command lines."""
    for fence in page.fences():
        if fence.language == "json":
            yield fence.code
        if fence.language == "bash":
            yield from re.findall(r"> input\.json <<'END'\n(.*?)\nEND\n", fence.code, re.DOTALL)
            yield from re.findall(r"--input '(\{.*\})'", fence.code)


def test_known_names_and_formats_are_those_of_prep(readme: Markdown) -> None:
    names = {name for cells in readme.table("`DATA`") for name in re.findall(r"`([^`]+)`", cells[0])}
    assert names == {*KNOWN, "sample"}
    formats = [name for cells in readme.table("`format`") for name in re.findall(r"`([^`]+)`", cells[0])]
    assert formats == [name for name in FORMATS if name != "auto"]
    assert f"one for every {SHARD_ROWS:,} rows" in readme.text
    assert f"From {Stage.glue_from_bytes >> 30} GiB of files on" in readme.text
