"""Each function finds what it imports: in its code asset, in the layers its template gives it, or in the runtime."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.infra.imports import closure
from tests.infra.rendering import Json, resources, without_hash
from tests.infra.synthesis import ROOT, Assembly

HANDLERS = (
    "api",
    "batch",
    "collect",
    "evaluate",
    "expire",
    "fetch",
    "prepare",
    "publish",
    "rank",
    "report",
    "restore",
    "retire",
    "teardown",
    "validate",
    "verify",
)
RUNTIME = {"boto3", "botocore"}
BESIDE_BOTO3 = {"dateutil", "jmespath", "s3transfer", "six", "urllib3"}
GLUE = {"awsglue", "boto3", "numpy", "py4j", "pyarrow", "pyspark"}
"""What Glue 5.1 brings along (its documentation, "Python modules already provided in AWS Glue"; py4j is PySpark's)."""
MOST_BYTES = 250 << 20
"""Lambda's limit for a function's code and layers together, unpacked (its documentation, "Quotas")."""
# Wheels do not say which environment they will run in; Lambda's is this.
LAMBDA = {"python_version": "3.14", "python_full_version": "3.14.0", "sys_platform": "linux", "extra": ""}

_GUARD = """
import sys

OURS = {{"lambdas", "prep", "fm"}}

class Guard:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        is_python = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if top not in {allowed} and top not in OURS and not is_python:
            raise ModuleNotFoundError(top + " is in no layer", name=name)

sys.meta_path.insert(0, Guard())
import {module}
"""


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
def test_starts_with_nothing_but_its_code_layers_and_runtime(
    dev: Assembly, functions: dict[str, Json], name: str
) -> None:
    """The same by doing it: an import that the reading above overlooks is refused here."""
    function = functions[f"lambdas.{name}.handler"]
    allowed = _importable(_layers(dev, function)) | RUNTIME | BESIDE_BOTO3
    code = dev.asset("Pipeline", function["Code"]["S3Key"])
    _start_only_with(allowed, code, f"lambdas.{name}")


def test_an_import_from_no_layer_would_be_found(dev: Assembly, functions: dict[str, Json]) -> None:
    code = dev.asset("Pipeline", functions["lambdas.prepare.handler"]["Code"]["S3Key"])
    with pytest.raises(AssertionError, match="ModuleNotFoundError: pyarrow is in no layer"):
        _start_only_with({"numpy"}, code, "prep.inputs")


def _start_only_with(allowed: set[str], code: Path, module: str) -> None:
    script = _GUARD.format(allowed=sorted(allowed), module=module)
    done = subprocess.run([sys.executable, "-B", "-c", script], cwd=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_script_of_the_spark_job_finds_what_it_imports_in_glue(dev: Assembly, functions: dict[str, Json]) -> None:
    code = dev.asset("Pipeline", functions["lambdas.prepare.handler"]["Code"]["S3Key"])
    _, foreign = closure(code, Path("lambdas", "spark_prepare.py"))
    assert foreign <= GLUE
    assert foreign > {"awsglue", "pyspark"}


def test_the_spark_job_runs_the_code_of_the_functions(pipeline: Json, functions: dict[str, Json]) -> None:
    (job,) = resources(pipeline, "AWS::Glue::Job").values()
    (key,) = {function["Code"]["S3Key"] for function in functions.values()}
    assert job["DefaultArguments"]["--extra-py-files"].endswith(f"/{key}")


def test_the_spark_job_runs_our_script(dev: Assembly, pipeline: Json) -> None:
    (job,) = resources(pipeline, "AWS::Glue::Job").values()
    script = dev.asset("Pipeline", job["Command"]["ScriptLocation"].rpartition("/")[2])
    assert script.read_bytes() == (ROOT / "lambdas" / "spark_prepare.py").read_bytes()


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
    for name in ("numpy", "pyarrow", "jsonschema", "matplotlib"):
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
