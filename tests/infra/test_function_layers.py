"""Each function finds what it imports: in its code asset, in the layers its template gives it, or in the runtime."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.infra.imports import closure
from tests.infra.rendering import Json, resources, without_hash
from tests.infra.synthesis import Assembly

HANDLERS = ("evaluate", "fetch", "prepare", "report", "validate", "verify")
RUNTIME = {"boto3"}
MOST_BYTES = 250 << 20
"""Lambda's limit for a function's code and layers together, unpacked (its documentation, "Quotas")."""
# Wheels do not say which environment they will run in; Lambda's is this.
LAMBDA = {"python_version": "3.14", "python_full_version": "3.14.0", "sys_platform": "linux", "extra": ""}


@pytest.fixture(scope="module")
def functions(pipeline: Json) -> dict[str, Json]:
    return {properties["Handler"]: properties for properties in resources(pipeline, "AWS::Lambda::Function").values()}


def _layers(dev: Assembly, function: Json) -> list[Path]:
    """Folders of the layers that a function is given."""
    versions = resources(dev.template("Pipeline"), "AWS::Lambda::LayerVersion")
    given = [without_hash(layer.strip("${}")) for layer in function.get("Layers", [])]
    return [dev.asset("Pipeline", versions[name]["Content"]["S3Key"]) / "python" for name in given]


def _importable(layers: list[Path]) -> set[str]:
    return {path.stem for layer in layers for path in layer.iterdir() if path.is_dir() or path.suffix == ".py"}


def test_there_is_a_function_for_each_handler(functions: dict[str, Json]) -> None:
    assert functions.keys() == {f"lambdas.{name}.handler" for name in HANDLERS}


@pytest.mark.parametrize("name", HANDLERS)
def test_imports_are_in_the_code_or_the_layers(dev: Assembly, functions: dict[str, Json], name: str) -> None:
    function = functions[f"lambdas.{name}.handler"]
    code = dev.asset("Pipeline", function["Code"]["S3Key"])
    modules, foreign = closure(code, Path("lambdas", f"{name}.py"))
    assert len(modules) > 5, "the closure was not followed"
    assert foreign <= RUNTIME | _importable(_layers(dev, function))


@pytest.mark.parametrize("name", HANDLERS)
def test_no_layer_is_given_in_vain(dev: Assembly, functions: dict[str, Json], name: str) -> None:
    function = functions[f"lambdas.{name}.handler"]
    _, foreign = closure(dev.asset("Pipeline", function["Code"]["S3Key"]), Path("lambdas", f"{name}.py"))
    assert all(foreign & _importable([layer]) for layer in _layers(dev, function))


@pytest.mark.parametrize("name", HANDLERS)
def test_what_the_packages_of_the_layers_need_is_there(dev: Assembly, functions: dict[str, Json], name: str) -> None:
    installed = _distributions(_layers(dev, functions[f"lambdas.{name}.handler"]))
    for distribution in installed.values():
        for requirement in map(Requirement, distribution.requires or []):
            if requirement.marker is None or requirement.marker.evaluate(LAMBDA):
                found = installed.get(canonicalize_name(requirement.name))
                assert found, f"{distribution.name} needs {requirement}"
                assert requirement.specifier.contains(found.version)


def test_versions_in_the_layers_are_those_the_tests_run_with(dev: Assembly, functions: dict[str, Json]) -> None:
    layers = [layer for function in functions.values() for layer in _layers(dev, function)]
    here = {canonicalize_name(distribution.name): distribution.version for distribution in distributions()}
    for name in ("numpy", "pyarrow", "jsonschema"):
        assert _distributions(layers)[canonicalize_name(name)].version == here[canonicalize_name(name)]


@pytest.mark.parametrize("name", HANDLERS)
def test_code_and_layers_fit_into_a_function(dev: Assembly, functions: dict[str, Json], name: str) -> None:
    function = functions[f"lambdas.{name}.handler"]
    folders = [dev.asset("Pipeline", function["Code"]["S3Key"]), *_layers(dev, function)]
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()) < MOST_BYTES


def test_code_has_no_trainer_and_nothing_but_the_three_packages(dev: Assembly, functions: dict[str, Json]) -> None:
    (key,) = {function["Code"]["S3Key"] for function in functions.values()}
    code = dev.asset("Pipeline", key)
    assert {path.name for path in code.iterdir()} == {"lambdas", "prep", "fm"}
    assert not [path for path in code.rglob("*") if path.suffix in (".pyc", ".nbi", ".nbc")]
    assert not [path for path in code.rglob("*.py") if re.search(r"^\s*(import|from) numba", path.read_text(), re.M)]


def _distributions(layers: list[Path]) -> dict[str, Distribution]:
    found = distributions(path=[str(layer) for layer in layers])
    return {canonicalize_name(distribution.name): distribution for distribution in found}
