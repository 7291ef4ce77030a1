"""docs/dependencies.md says why each direct dependency is there, and every import comes with one of them."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.docs.markdown import Markdown, plain

SPARK = "requirements-spark.txt"
TRAIN = "bench/requirements-train.txt"
LISTS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", SPARK, TRAIN)
RUN_PACKAGES = ("app.py", "infra", "lambdas", "prep", "fm", "local_aws", "runner", "bench")


def _direct(path: Path) -> set[str]:
    lines = (line.strip() for line in path.read_text().splitlines())
    return {Requirement(line).name for line in lines if line and not line.startswith(("#", "-r"))}


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _with_all_they_need(names: set[str]) -> set[str]:
    """Those distributions and what they require, without extras, in normal form."""
    found: set[str] = set()
    waiting = [_normal(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(_normal(needed.name))
    return found


def _imports(root: Path) -> Iterator[tuple[str, str]]:
    """Top-level names that the code that runs imports, and where."""
    for package in RUN_PACKAGES:
        path = root / package
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(module.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                yield from ((name.partition(".")[0], str(module.relative_to(root))) for name in names)


@pytest.fixture(scope="module")
def page(root: Path) -> Markdown:
    return Markdown.read(root / "docs" / "dependencies.md")


def test_every_direct_dependency_is_explained_and_nothing_else(root: Path, page: Markdown) -> None:
    direct = set().union(*(_direct(root / name) for name in LISTS))
    direct |= set(json.loads((root / "package.json").read_text())["devDependencies"])
    assert {plain(cells[0]) for cells in page.table("package")} == direct


def test_every_layer_is_explained(root: Path, page: Markdown) -> None:
    layers = {
        requirements.parent.name: _direct(requirements) for requirements in root.glob("layers/*/requirements.txt")
    }
    assert {plain(cells[0]): {plain(cells[1])} for cells in page.table("layer")} == layers


def test_a_fresh_run_finds_every_import(root: Path) -> None:
    provided = _with_all_they_need(_direct(root / "requirements.txt"))
    modules = importlib.metadata.packages_distributions()
    with_spark = {"awsglue", "py4j"}  # Glue's own, and what PySpark itself speaks to Java by
    ours = {path.parent.name for path in root.glob("*/__init__.py")} | with_spark
    ours |= _direct(root / SPARK) | _direct(root / TRAIN)
    missing = {
        f"{module} in {where}"
        for module, where in _imports(root)
        if module not in sys.stdlib_module_names | ours
        and not provided & {_normal(name) for name in modules.get(module, [])}
    }
    assert not missing
